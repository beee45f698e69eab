# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reference to an object: API version, kind, name and namespace, as in a manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import INVALID, OperationError

# (group, kind) -> (resource, namespaced) of the kinds that the collection writes, or reads to find out where alerts go;
# others cost a discovery request.
KNOWN_RESOURCES = {
    ("", "ConfigMap"): ("configmaps", True),
    ("", "Secret"): ("secrets", True),
    ("notification.kubesphere.io", "Config"): ("configs", False),
    ("notification.kubesphere.io", "NotificationManager"): ("notificationmanagers", False),
    ("notification.kubesphere.io", "Receiver"): ("receivers", False),
    ("notification.kubesphere.io", "Router"): ("routers", False),
    ("notification.kubesphere.io", "Silence"): ("silences", False),
    ("installer.kubesphere.io", "ClusterConfiguration"): ("clusterconfigurations", True),
    ("kubesphere.io", "InstallPlan"): ("installplans", False),
    ("monitoring.coreos.com", "Alertmanager"): ("alertmanagers", True),
    ("monitoring.coreos.com", "Prometheus"): ("prometheuses", True),
    ("alerting.kubesphere.io", "RuleGroup"): ("rulegroups", True),
    ("alerting.kubesphere.io", "ClusterRuleGroup"): ("clusterrulegroups", False),
    ("alerting.kubesphere.io", "GlobalRuleGroup"): ("globalrulegroups", False),
    ("monitoring.coreos.com", "PrometheusRule"): ("prometheusrules", True),
    ("monitoring.coreos.com", "ThanosRuler"): ("thanosrulers", True),
    ("", "Node"): ("nodes", False),
    ("apps", "Deployment"): ("deployments", True),
    ("apps", "StatefulSet"): ("statefulsets", True),
    ("apps", "DaemonSet"): ("daemonsets", True),
}
#: The names of most kinds: DNS subdomain names (k8s.io/apimachinery, pkg/util/validation, IsDNS1123Subdomain).
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_MAX_NAME = 253


@dataclass(frozen=True)
class ObjectRef:
    """A reference to an object. References with the same ``key`` mean the same object in any API version."""

    api_version: str
    kind: str
    name: str
    namespace: str | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any], place: str) -> ObjectRef:
        """Return the reference of a manifest; ``place`` is its name in errors."""
        metadata = manifest.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        values = {
            "apiVersion": manifest.get("apiVersion"),
            "kind": manifest.get("kind"),
            "metadata.name": metadata.get("name"),
        }
        missing = [field for field, value in values.items() if not isinstance(value, str) or not value]
        if missing:
            raise OperationError(f"{place}: {', '.join(missing)} missing; a manifest requires them", finding=INVALID)
        return cls(
            str(values["apiVersion"]), str(values["kind"]), str(values["metadata.name"]), metadata.get("namespace")
        )

    @classmethod
    def from_key(cls, key: str, api_version: str) -> ObjectRef:
        """Return the reference of a :attr:`key` and an API version."""
        kind, *rest = key.split("/")
        return cls(api_version, kind.partition(".")[0], rest[-1], rest[0] if len(rest) > 1 else None)

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def has_valid_name(self) -> bool:
        """Whether an object of most kinds can have this name, such as a node or a workload."""
        return len(self.name) <= _MAX_NAME and bool(_NAME.fullmatch(self.name))

    @property
    def key(self) -> str:
        """The identity without the API version: ``Secret/namespace/name``, ``Config.group/name``."""
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return "/".join([kind, *([self.namespace] if self.namespace else []), self.name])

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"

    @property
    def root(self) -> str:
        """The path of the API version: ``/api/v1`` or ``/apis/GROUP/VERSION``."""
        return f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
