# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubeconfig, either a file that is read once or inline content."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from .._core import yaml_text
from .._core.masking import Secrets

SECRET_KEYS = {"token", "password", "client-key-data", "client-certificate-data", "id-token", "refresh-token"}
#: The fields of a user that provide expiring tokens; all others are static.
RENEWING = ("exec", "auth-provider")


def read_kubeconfig(path: str) -> Any:
    """Return the content of a file, not to be modified; raises ``OSError``, ``NotYaml`` or ``UnicodeDecodeError``."""
    return _read(path, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=1)  # each cluster is validated, then used; no secret is cached longer than that
def _read(path: str, _written: int) -> Any:
    with open(path, encoding="utf-8") as file:
        return yaml_text.load(file)


def is_inline(kubeconfig: Any) -> bool:
    """Return whether an option contains a kubeconfig, as a map or a string, rather than a path."""
    if isinstance(kubeconfig, str):
        return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")
    return isinstance(kubeconfig, Mapping)


def content_of(kubeconfig: Any) -> Any:
    """Return the content of an inline kubeconfig; raises ``NotYaml``."""
    return yaml_text.load(kubeconfig) if isinstance(kubeconfig, str) else kubeconfig


def hide_inline(kubeconfig: Any, secrets: Secrets) -> None:
    """Add an inline kubeconfig's credentials to the secrets, as high verbosity shows a task's options."""
    if not is_inline(kubeconfig):
        return
    if isinstance(kubeconfig, str):
        secrets.add(kubeconfig)
    with suppress(yaml_text.NotYaml):
        hide_credentials(content_of(kubeconfig), secrets)


def hide_credentials(content: Any, secrets: Secrets) -> None:
    """Add the credentials in a kubeconfig's content to the secrets."""
    if isinstance(content, Mapping):
        for key, item in content.items():
            if key in SECRET_KEYS and isinstance(item, str):
                secrets.add(item)
            hide_credentials(item, secrets)
    elif isinstance(content, list):
        for item in content:
            hide_credentials(item, secrets)


def renews_tokens(content: Any) -> bool:
    """Return whether a token of a kubeconfig may have to be renewed during its use."""
    users = (content.get("users") if isinstance(content, Mapping) else None) or []
    entries = [item.get("user") for item in users if isinstance(item, Mapping)]
    return any(name in user for user in entries if isinstance(user, Mapping) for name in RENEWING)
