# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of a cluster: built-in ones and those of CustomResourceDefinitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.simulators.kubernetes.objects.schemas import Schema

Json = dict[str, Any]
ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update")


@dataclass(frozen=True)
class Resource:
    """A kind of a group with all its served versions.

    ``unconditional_update`` is whether a PUT may omit metadata.resourceVersion; ``schemas`` and ``webhook``
    (``spec.conversion.webhook``) are those of a custom resource.
    """

    group: str
    versions: tuple[str, ...]
    plural: str
    kind: str
    namespaced: bool
    storage: str = "v1"
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    generation: bool = False
    unconditional_update: bool = True
    custom: bool = False
    verbs: tuple[str, ...] = ALL_VERBS
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    webhook: Json | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.group, self.plural

    def api_version(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version


def _built_in(group: str, plural: str, kind: str, namespaced: bool = True, **more: Any) -> Resource:
    return Resource(group, ("v1",), plural, kind, namespaced, singular=kind.lower(), **more)


_RBAC = "rbac.authorization.k8s.io"

NAMESPACES = _built_in("", "namespaces", "Namespace", False, short_names=("ns",), subresources=("status",))
SECRETS = _built_in("", "secrets", "Secret")
CONFIG_MAPS = _built_in("", "configmaps", "ConfigMap", short_names=("cm",))
PODS = _built_in("", "pods", "Pod", short_names=("po",), subresources=("log", "status"))
SERVICES = _built_in("", "services", "Service", short_names=("svc",), subresources=("proxy", "status"))
DEPLOYMENTS = _built_in(
    "apps", "deployments", "Deployment", short_names=("deploy",), subresources=("status",), generation=True
)
STATEFUL_SETS = _built_in(
    "apps", "statefulsets", "StatefulSet", short_names=("sts",), subresources=("status",), generation=True
)
DAEMON_SETS = _built_in(
    "apps", "daemonsets", "DaemonSet", short_names=("ds",), subresources=("status",), generation=True
)
NODES = _built_in("", "nodes", "Node", False, short_names=("no",), subresources=("status",))
DEFINITIONS = _built_in(
    "apiextensions.k8s.io",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    False,
    short_names=("crd", "crds"),
    subresources=("status",),
    generation=True,
    unconditional_update=False,
)
CLUSTER_ROLES = _built_in(_RBAC, "clusterroles", "ClusterRole", False)
CLUSTER_ROLE_BINDINGS = _built_in(_RBAC, "clusterrolebindings", "ClusterRoleBinding", False)
ROLES = _built_in(_RBAC, "roles", "Role")
ROLE_BINDINGS = _built_in(_RBAC, "rolebindings", "RoleBinding")
ACCESS_REVIEWS = _built_in(
    "authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", False, verbs=("create",)
)

BUILT_IN = (
    NAMESPACES,
    SECRETS,
    CONFIG_MAPS,
    PODS,
    SERVICES,
    NODES,
    DEPLOYMENTS,
    STATEFUL_SETS,
    DAEMON_SETS,
    DEFINITIONS,
    CLUSTER_ROLES,
    CLUSTER_ROLE_BINDINGS,
    ROLES,
    ROLE_BINDINGS,
    ACCESS_REVIEWS,
)


def from_definition(definition: Json) -> Resource:
    """Return the resource that a CustomResourceDefinition defines."""
    spec, names = definition["spec"], definition["spec"]["names"]
    versions = spec["versions"]
    conversion = spec.get("conversion") or {}
    return Resource(
        group=spec["group"],
        versions=tuple(by_priority(version["name"] for version in versions if version["served"])),
        plural=names["plural"],
        kind=names["kind"],
        namespaced=spec["scope"] == "Namespaced",
        storage=next(version["name"] for version in versions if version["storage"]),
        singular=names.get("singular") or names["kind"].lower(),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(sorted({name for version in versions for name in version.get("subresources") or {}})),
        generation=True,
        unconditional_update=False,
        custom=True,
        schemas={version["name"]: Schema(version["schema"]["openAPIV3Schema"]) for version in versions},
        webhook=conversion["webhook"] if conversion.get("strategy") == "Webhook" else None,
    )


_VERSION = re.compile(r"^v(\d+)(?:(alpha|beta)(\d+))?$")


def by_priority(versions: Iterable[str]) -> list[str]:
    """Sort versions as Kubernetes does: v2, v1, v1beta2, v1beta1, v1alpha1, then other names alphabetically."""

    def rank(version: str) -> tuple[int, int, int, str]:
        match = _VERSION.match(version)
        if not match:
            return (3, 0, 0, version)
        stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
        return (stage, -int(match[1]), -int(match[3] or 0), version)

    return sorted(versions, key=rank)


class Catalogue:
    """All kinds of one cluster."""

    def __init__(self) -> None:
        self._resources = {resource.key: resource for resource in BUILT_IN}

    def add(self, resource: Resource) -> None:
        self._resources[resource.key] = resource

    def remove(self, resource: Resource) -> None:
        self._resources.pop(resource.key, None)

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        resource = self._resources.get((group, plural))
        return resource if resource and version in resource.versions else None

    def group(self, group: str) -> list[Resource]:
        return [resource for resource in self._resources.values() if resource.group == group]

    def groups(self) -> list[str]:
        """Return the names of all groups except the core group, in the order of their addition."""
        return list(dict.fromkeys(resource.group for resource in self._resources.values() if resource.group))
