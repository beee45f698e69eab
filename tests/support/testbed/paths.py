# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API paths of manifests."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plural(kind: str) -> str:
    """Return the resource name of a kind."""
    return f"{kind.lower()}{'es' if kind.endswith('s') else 's'}"


def collection(manifest: Json) -> str:
    """Return the path of the collection of a manifest's kind, in its namespace if it has one."""
    api_version, namespace = manifest["apiVersion"], manifest["metadata"].get("namespace")
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{place}/{plural(manifest['kind'])}"


def path(manifest: Json) -> str:
    return f"{collection(manifest)}/{manifest['metadata']['name']}"
