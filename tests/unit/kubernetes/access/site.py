# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTPS server that records how it is reached, and kubeconfigs for it, written to files as kubectl reads them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import ApiServerConnection

Json = dict[str, Any]
NAME = "api.example"


@dataclass
class Site:
    """A server whose certificate is for loopback, one whose certificate is for ``api.example``, and a folder.

    ``seen``: the headers of each request, with the name in the client certificate as ``Certificate``.
    """

    folder: Path
    authority: trustme.CA
    seen: list[dict[str, list[str]]] = field(default_factory=list)
    url: str = ""
    named_url: str = ""

    @property
    def ca(self) -> str:
        return encoded(self.authority.cert_pem.bytes())

    def kubeconfig(self, user: Any = None, **cluster: Any) -> Json:
        """Return a kubeconfig for the server; a field of the cluster that is None is left out."""
        given = {"server": self.url, "certificate-authority-data": self.ca, **cluster}
        fields = {name: value for name, value in given.items() if value is not None}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": fields}],
            "users": [{"name": "u", "user": user or {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }

    def file(self, content: Any, name: str = "kubeconfig") -> str:
        """Write a kubeconfig and return its path."""
        path = self.folder / name
        path.write_text(yaml.safe_dump(content))
        return str(path)

    def reach(self, content: Any, **options: Any) -> dict[str, list[str]]:
        """Send a request with a kubeconfig, or with options alone if it is None, and return its headers."""
        self.seen.clear()
        access = {} if content is None else {"kubeconfig": self.file(content)}
        connection = ApiServerConnection({**access, "request_timeout": 10, **options}, Secrets())
        assert connection.text("/version") == "v1"
        return self.seen[-1]

    def refused(self, content: Any, **options: Any) -> str:
        """Return the message of the error for a kubeconfig; nothing may have been sent."""
        with pytest.raises(OperationError) as error:
            self.reach(content, **options)
        assert self.seen == []
        return error.value.message


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def header(seen: Mapping[str, list[str]], name: str) -> list[str]:
    return seen.get(name.lower(), [])
