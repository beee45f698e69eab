# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which object a manifest means, and where the API server keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .._core.errors import OperationError

if TYPE_CHECKING:
    from .client import Cluster

# (group, kind) -> (resource, namespaced) of what the collection itself writes; anything else is asked of the server.
KNOWN_RESOURCES = {
    ("", "ConfigMap"): ("configmaps", True),
    ("", "Secret"): ("secrets", True),
    ("notification.kubesphere.io", "Config"): ("configs", False),
    ("notification.kubesphere.io", "NotificationManager"): ("notificationmanagers", False),
    ("notification.kubesphere.io", "Receiver"): ("receivers", False),
    ("notification.kubesphere.io", "Router"): ("routers", False),
    ("installer.kubesphere.io", "ClusterConfiguration"): ("clusterconfigurations", True),
    ("kubesphere.io", "InstallPlan"): ("installplans", False),
    ("monitoring.coreos.com", "Prometheus"): ("prometheuses", True),
    ("alerting.kubesphere.io", "RuleGroup"): ("rulegroups", True),
    ("alerting.kubesphere.io", "ClusterRuleGroup"): ("clusterrulegroups", False),
    ("alerting.kubesphere.io", "GlobalRuleGroup"): ("globalrulegroups", False),
    ("monitoring.coreos.com", "PrometheusRule"): ("prometheusrules", True),
}


class NotServed(OperationError):
    """The cluster does not serve the kind in this API version."""


@dataclass(frozen=True)
class Reference:
    """An object's address. Two references with the same ``key`` mean the same object, whatever their API versions."""

    api_version: str
    kind: str
    name: str
    namespace: str | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any], place: str) -> Reference:
        """Return the address in a manifest; ``place`` names the manifest in the error."""
        metadata = manifest.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        values = {
            "apiVersion": manifest.get("apiVersion"),
            "kind": manifest.get("kind"),
            "metadata.name": metadata.get("name"),
        }
        missing = [field for field, value in values.items() if not isinstance(value, str) or not value]
        if missing:
            raise OperationError(f"{place}: {', '.join(missing)} missing; a manifest names its object by them")
        return cls(
            str(values["apiVersion"]), str(values["kind"]), str(values["metadata.name"]), metadata.get("namespace")
        )

    @classmethod
    def from_key(cls, key: str, api_version: str) -> Reference:
        """Return the address that :attr:`key` and an API version describe."""
        kind, *rest = key.split("/")
        return cls(api_version, kind.partition(".")[0], rest[-1], rest[0] if len(rest) > 1 else None)

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def key(self) -> str:
        """The identity without the API version: ``Secret/namespace/name``, ``Config.group/name``."""
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return "/".join([kind, *([self.namespace] if self.namespace else []), self.name])

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"

    def root(self) -> str:
        """Return the path of the API version: ``/api/v1`` or ``/apis/GROUP/VERSION``."""
        return f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"

    def collection(self, cluster: Cluster) -> str:
        """Return the path that a POST goes to."""
        resource, namespaced = KNOWN_RESOURCES.get((self.group, self.kind)) or self._discover(cluster)
        root = cluster.roots.get((self.group, self.kind)) or self.root()
        if not namespaced:
            return f"{root}/{resource}"
        if not self.namespace:
            raise OperationError(f"{self}: metadata.namespace missing; {self.kind} is a namespaced kind")
        return f"{root}/namespaces/{quote(self.namespace, safe='')}/{resource}"

    def path(self, cluster: Cluster) -> str:
        """Return the path of the object."""
        return f"{self.collection(cluster)}/{quote(self.name, safe='')}"

    def _discover(self, cluster: Cluster) -> tuple[str, bool]:
        served = (cluster.get(self.root()) or {}).get("resources", [])
        for resource in served:
            if resource["kind"] == self.kind and "/" not in resource["name"]:
                return resource["name"], resource["namespaced"]
        raise NotServed(
            f"{self}: this cluster does not serve {self.kind} in {self.api_version}; "
            "install the component that brings its CRD, or correct apiVersion and kind"
        )
