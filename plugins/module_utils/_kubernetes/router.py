# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API paths of a cluster's objects, by group and kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from .._core.errors import INVALID, OperationError
from .client import Cluster
from .object_ref import KNOWN_RESOURCES, ObjectRef


class NotServed(OperationError):
    """The cluster does not serve the kind in this API version."""


@dataclass(frozen=True)
class ObjectRouter:
    """Returns the paths of objects. ``roots``: (group, kind) -> the root path, for objects outside kube-apiserver."""

    cluster: Cluster
    roots: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def collection(self, reference: ObjectRef) -> str:
        """Return the path for a POST of the object; raises :class:`NotServed`."""
        resource, namespaced = KNOWN_RESOURCES.get((reference.group, reference.kind)) or self._discover(reference)
        root = self.roots.get((reference.group, reference.kind)) or reference.root
        if not namespaced:
            return f"{root}/{resource}"
        if not reference.namespace:
            raise OperationError(
                f"{reference}: metadata.namespace missing; {reference.kind} is a namespaced kind", finding=INVALID
            )
        return f"{root}/namespaces/{quote(reference.namespace, safe='')}/{resource}"

    def path(self, reference: ObjectRef) -> str:
        """Return the path of the object."""
        return f"{self.collection(reference)}/{quote(reference.name, safe='')}"

    def is_elsewhere(self, reference: ObjectRef) -> bool:
        """Return whether the object's kind is served outside kube-apiserver."""
        return (reference.group, reference.kind) in self.roots

    def _discover(self, reference: ObjectRef) -> tuple[str, bool]:
        served = (self.cluster.get(reference.root) or {}).get("resources", [])
        # A subresource such as `deployments/status` may have the kind of its object.
        for resource in served:
            if resource["kind"] == reference.kind and "/" not in resource["name"]:
                return resource["name"], resource["namespaced"]
        raise NotServed(
            f"{reference}: this cluster does not serve {reference.kind} in {reference.api_version}; "
            "install the component that provides its CRD, or correct apiVersion and kind",
            finding="KD316",
        )
