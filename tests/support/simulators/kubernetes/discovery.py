# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The discovery documents, which list the resources of a cluster."""

from __future__ import annotations

from typing import Any

from tests.support.simulators.kubernetes.objects.resources import Catalogue, Resource, by_priority
from tests.support.simulators.kubernetes.statuses import PathUnknown

Json = dict[str, Any]

VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.4", "gitTreeState": "clean", "platform": "linux/amd64"}


def document(catalogue: Catalogue, path: str) -> Json:
    """Return a discovery document. Raises PathUnknown for groups and versions that are not served."""
    match path.strip("/").split("/"):
        case ["version"]:
            return dict(VERSION)
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case ["apis"]:
            groups = [_group(catalogue, group) for group in catalogue.groups()]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["apis", group] if catalogue.group(group):
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(catalogue, group)}
        case ["api", version]:
            return _resources(catalogue, "", version)
        case ["apis", group, version]:
            return _resources(catalogue, group, version)
    raise PathUnknown(path)


def _group(catalogue: Catalogue, group: str) -> Json:
    served = {version for resource in catalogue.group(group) for version in resource.versions}
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in by_priority(served)]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resources(catalogue: Catalogue, group: str, version: str) -> Json:
    served = [resource for resource in catalogue.group(group) if version in resource.versions]
    if not served:
        raise PathUnknown(f"{group}/{version}")
    entries = [entry for resource in served for entry in _entries(resource)]
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _entries(resource: Resource) -> list[Json]:
    common = {"namespaced": resource.namespaced, "kind": resource.kind}
    optional = {"shortNames": list(resource.short_names), "categories": list(resource.categories)}
    main = {
        "name": resource.plural,
        "singularName": resource.singular,
        **common,
        "verbs": list(resource.verbs),
        **{key: value for key, value in optional.items() if value},
    }
    verbs = {"status": ["get", "patch", "update"], "proxy": ["create", "delete", "get", "patch", "update"]}
    below = [
        {"name": f"{resource.plural}/{name}", "singularName": "", **common, "verbs": verbs[name]}
        for name in resource.subresources
        if name in verbs
    ]
    return [main, *below]
