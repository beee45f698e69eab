# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubeconfig: its file, read once for all that is asked of it, or its content in an option."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from .._core import yaml_text
from .._core.masking import Secrets

SECRET_KEYS = {"token", "password", "client-key-data", "client-certificate-data", "id-token", "refresh-token"}
#: What gives a user a token that runs out; any other stays as it is.
RENEWING = ("exec", "auth-provider")


def read_kubeconfig(path: str) -> Any:
    """Return what the file holds, for reading only; raises ``OSError``, ``NotYaml`` or ``UnicodeDecodeError``."""
    return _read(path, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=1)  # checked and used one after the other, and no secret is kept longer than that
def _read(path: str, _written: int) -> Any:
    with open(path, encoding="utf-8") as file:
        return yaml_text.load(file)


def is_inline(kubeconfig: Any) -> bool:
    """Tell whether an option holds a kubeconfig's content, as a map or as a text, and no path."""
    if isinstance(kubeconfig, str):
        return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")
    return isinstance(kubeconfig, Mapping)


def content_of(kubeconfig: Any) -> Any:
    """Return what an inline kubeconfig holds; raises ``NotYaml``."""
    return yaml_text.load(kubeconfig) if isinstance(kubeconfig, str) else kubeconfig


def hide_inline(kubeconfig: Any, secrets: Secrets) -> None:
    """Keep an inline kubeconfig's credentials from being shown: a task's options are, at high verbosity."""
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
    """Tell whether a token of a kubeconfig may have to be asked for anew while it is used."""
    users = (content.get("users") if isinstance(content, Mapping) else None) or []
    given = [item.get("user") for item in users if isinstance(item, Mapping)]
    return any(name in user for user in given if isinstance(user, Mapping) for name in RENEWING)
