# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubeconfig's file, read once for all that is asked of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import yaml_text

#: What gives a user a token that runs out; any other stays as it is.
RENEWING = ("exec", "auth-provider")


def read_kubeconfig(path: str) -> Any:
    """Return what the file holds, for reading only; raises ``OSError``, ``NotYaml`` or ``UnicodeDecodeError``."""
    return _read(path, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=1)  # checked and used one after the other, and no secret is kept longer than that
def _read(path: str, _written: int) -> Any:
    with open(path, encoding="utf-8") as file:
        return yaml_text.load(file)


def renews_tokens(content: Any) -> bool:
    """Tell whether a token of a kubeconfig may have to be asked for anew while it is used."""
    users = (content.get("users") if isinstance(content, Mapping) else None) or []
    given = [item.get("user") for item in users if isinstance(item, Mapping)]
    return any(name in user for user in given if isinstance(user, Mapping) for name in RENEWING)
