# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metadata of objects that decides whether a write takes place: version, pending deletion, preconditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def metadata(manifest: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the metadata of an object, empty if there is none."""
    found = (manifest or {}).get("metadata")
    return found if isinstance(found, Mapping) else {}


def resource_version(manifest: Mapping[str, Any] | None) -> str:
    """Return the resourceVersion of an object, empty if there is none."""
    return str(metadata(manifest).get("resourceVersion") or "")


def is_older(version: str, other: str) -> bool:
    """Return whether a resourceVersion is older than another one; an empty one is that of a missing object.

    Kubernetes guarantees that those of one resource can be compared as numbers.
    """
    if not version or not other:
        return bool(other) and not version
    return version.isdecimal() and other.isdecimal() and int(version) < int(other)


def finalizers(manifest: Mapping[str, Any] | None) -> list[str]:
    """Return the finalizers of an object."""
    return [str(name) for name in (metadata(manifest).get("finalizers") or ())]


def is_terminating(manifest: Mapping[str, Any] | None) -> bool:
    """Return whether the deletion of an object was requested and is pending."""
    return bool(metadata(manifest).get("deletionTimestamp"))


def delete_options(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options to delete exactly the version of an object that was read."""
    preconditions = {name: metadata(manifest)[name] for name in ("uid", "resourceVersion")}
    return {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
