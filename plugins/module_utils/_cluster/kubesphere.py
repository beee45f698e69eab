# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is: its KubeSphere version, its role among clusters, the APIs that it serves, what is switched on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster import shared_object
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

NOTIFICATION_GROUP = "notification.kubesphere.io"
CLUSTER_CONFIGURATION = (
    "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
)
API_SERVER = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-apiserver"
AGENT = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-agent"
NOTIFICATION_MANAGER = f"/apis/{NOTIFICATION_GROUP}/v2beta2/notificationmanagers/notification-manager"
SECRET_NAMESPACE = "kubesphere-monitoring-federated"  # noqa: S105 - the name of a namespace

#: Release families that the roles know how to write; the others are told apart and refused.
SUPPORTED = ("3.3", "3.4")


@dataclass(frozen=True)
class Facts:
    """What ``cluster_info`` returns and what templates see as ``kubesphere_cluster``."""

    version: str
    family: str
    role: str
    api_versions: dict[str, list[str]]
    notification_api_version: str
    secret_namespace: str
    alerting_enabled: bool
    alerting_installed: bool
    monitoring_enabled: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as a task's result shows them."""
        return dict(vars(self))


def read_facts(cluster: Cluster) -> Facts:
    """Read what the cluster is, in one round of reads."""
    cluster.prefetch(["/apis", CLUSTER_CONFIGURATION, NOTIFICATION_MANAGER, shared_object.PATH])
    served = _served(cluster.get("/apis"))
    configuration = cluster.get(CLUSTER_CONFIGURATION) or {}
    version = _version(cluster, configuration)
    family = _family(served, version)
    manager = cluster.get(NOTIFICATION_MANAGER) or {}
    spec = configuration.get("spec") or {}
    status = configuration.get("status") or {}
    return Facts(
        version=version,
        family=family,
        role=_role(spec, cluster, family),
        api_versions=served,
        notification_api_version=_notification_api_version(family, served),
        secret_namespace=(manager.get("spec") or {}).get("defaultSecretNamespace") or SECRET_NAMESPACE,
        alerting_enabled=(spec.get("alerting") or {}).get("enabled") is True,
        alerting_installed=(status.get("alerting") or {}).get("status") == "enabled",
        monitoring_enabled=(status.get("monitoring") or {}).get("status") == "enabled",
    )


def require_supported(facts: Facts) -> None:
    """Raise before any write on a cluster that the roles do not know how to handle."""
    if not facts.family:
        raise OperationError(
            "This cluster serves no notification.kubesphere.io: KubeSphere is not installed, or its monitoring "
            "component (which brings the notification CRDs) is not enabled. Nothing was changed."
        )
    if facts.family not in SUPPORTED:
        raise OperationError(
            f"This cluster runs KubeSphere {facts.version or facts.family}; this version of kubesphere.dingtalk writes "
            f"{' and '.join(SUPPORTED)} only. Nothing was changed; take the cluster out of the inventory.",
            kubesphere_cluster=facts.as_dict(),
        )
    if facts.role == "member":
        raise OperationError(
            "This cluster is a member of a multi-cluster set-up: its notification settings come from its host cluster, "
            "which overwrites them here. This version of kubesphere.dingtalk handles host and single clusters only. "
            "Nothing was changed; put the host cluster into the inventory instead.",
            kubesphere_cluster=facts.as_dict(),
        )


def _served(groups: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {
        group["name"]: [version["version"] for version in group["versions"]]
        for group in (groups or {}).get("groups", [])
        if group["name"].endswith("kubesphere.io") or group["name"] == "monitoring.coreos.com"
    }


def _version(cluster: Cluster, configuration: Mapping[str, Any]) -> str:
    """Return the version as text without the leading v, empty when the cluster does not say."""
    core = ((configuration.get("status") or {}).get("core") or {}).get("version")
    label = ((configuration.get("metadata") or {}).get("labels") or {}).get("version")
    text = core or label or _deployed_version(cluster)
    return str(text).removeprefix("v")


def _deployed_version(cluster: Cluster) -> str:
    for path in (API_SERVER, AGENT):
        deployment = cluster.get(path)
        if deployment:
            label = (deployment["metadata"].get("labels") or {}).get("version")
            image = deployment["spec"]["template"]["spec"]["containers"][0].get("image", "")
            return str(label or image.rpartition(":")[2])
    return ""


def _family(served: Mapping[str, list[str]], version: str) -> str:
    """Return the release family; what is served decides, and the version text only where two serve the same."""
    notification = set(served.get(NOTIFICATION_GROUP, []))
    if not notification:
        return ""
    if notification == {"v2beta1"}:
        return "3.1"
    if "v2beta1" not in notification:
        return "4.1"
    if "v2beta1" in served.get("alerting.kubesphere.io", []):
        return "3.4"
    return "3.2" if re.match(r"3\.2\b", version) else "3.3"


def _notification_api_version(family: str, served: Mapping[str, list[str]]) -> str:
    """Return the version that the console of this release writes: its controllers lose what another one holds."""
    wanted = "v2beta1" if family in ("3.1", "3.2", "3.3") else "v2beta2"
    return wanted if wanted in served.get(NOTIFICATION_GROUP, []) else ""


def _role(spec: Mapping[str, Any], cluster: Cluster, family: str) -> str:
    role = (spec.get("multicluster") or {}).get("clusterRole") or "none"
    if not spec and not family.startswith("3") and cluster.get(AGENT):
        return "member"
    return "single" if role == "none" else str(role)
