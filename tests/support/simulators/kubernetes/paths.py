# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resource and the verb of a request, by its path and method."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from tests.support.simulators.kubernetes.recording import METHODS


@dataclass(frozen=True)
class Target:
    """An object, or all objects of a kind. ``rest`` is the path after a subresource: ``…/proxy/api/v2/status``."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""


def target_of(path: str) -> Target | None:
    """Return the target of a path; None for non-resource paths such as /version and /apis/GROUP/VERSION."""
    match [unquote(part) for part in path.strip("/").split("/")]:
        case ["api", version, *parts] if parts:
            return _target("", version, parts)
        case ["apis", group, version, *parts] if parts:
            return _target(group, version, parts)
    return None


def _target(group: str, version: str, parts: list[str]) -> Target:
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 2 and parts[2] not in ("status", "finalize"):
        namespace, parts = parts[1], parts[2:]
    plural, name, subresource, *rest = (*parts, "", "", "")[: max(len(parts), 3)]
    return Target(group, version, plural, namespace, name, subresource, "/".join(rest))


_BY_METHOD = {method: verb for verb, method in METHODS.items() if verb != "deletecollection"}


def verb_of(method: str, target: Target | None) -> str:
    """Return the verb in authorization rules and audit logs."""
    if target is None:
        return method.lower()
    if method in ("GET", "HEAD"):
        return "get" if target.name else "list"
    if method == "DELETE" and not target.name:
        return "deletecollection"
    return _BY_METHOD.get(method, method.lower())
