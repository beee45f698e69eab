# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of objects: Kubernetes guarantees that those of one resource can be compared as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resource_version(manifest: Mapping[str, Any] | None) -> str:
    """Return the resourceVersion of an object, empty if there is none."""
    return str(((manifest or {}).get("metadata") or {}).get("resourceVersion") or "")


def is_older(version: str, other: str) -> bool:
    """Return whether a resourceVersion is older than another one; an empty one is that of a missing object."""
    if not version or not other:
        return bool(other) and not version
    return version.isdecimal() and other.isdecimal() and int(version) < int(other)
