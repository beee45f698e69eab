# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is: its KubeSphere version, its role among clusters, the APIs that it serves, what is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._alertmanager import config as alertmanager
from .._core import yaml_text
from .._core.errors import OperationError
from .._kubernetes import shared_configmap
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .releases import EXTENSIONS_GROUP, KUBESPHERE_4, NOTIFICATION_GROUP, Release, detect_release

CLUSTER_CONFIGURATION = (
    "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
)
KUBESPHERE_CONFIG = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-config"
API_SERVER = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-apiserver"
AGENT = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-agent"
NOTIFICATION_MANAGERS = f"/apis/{NOTIFICATION_GROUP}/{{version}}/notificationmanagers/notification-manager"
SECRET_NAMESPACE = "kubesphere-monitoring-federated"  # noqa: S105 - the name of a namespace
MONITORING_NAMESPACE = "kubesphere-monitoring-system"
CREDENTIALS = "/api/v1/namespaces/{namespace}/secrets/global-dingtalk-config-secret"


@dataclass(frozen=True)
class Facts:
    """What ``cluster_info`` returns and what templates see as ``kubesphere_cluster``."""

    version: str
    release: str
    role: str
    api_versions: dict[str, list[str]]
    notification_api_version: str
    manager_api_version: str
    secret_namespace: str
    #: The namespace that references to the Secret must name, as notification-manager looks elsewhere by itself.
    secret_reference_namespace: str
    #: The kind that holds Alertmanager's configuration, empty where it is not on this cluster.
    alertmanager_in: str
    #: The kind that holds the cluster's name in messages, empty where KubeSphere gives it.
    cluster_name_in: str
    alerting_enabled: bool
    alerting_installed: bool
    monitoring_enabled: bool
    #: Which release the cluster is taken for, where that does not go without saying; empty otherwise.
    assumed_release: str = ""
    #: The way that was taken where the cluster leaves a choice.
    assumptions: list[str] = field(default_factory=list)
    #: In KubeSphere 4, where alerting policies are wished: KubeSphere's name for the cluster, the version of extension
    #: whizard-alerting to install, and whether labels of clusters say where.
    alerting_cluster: str = ""
    alerting_version: str = ""
    alerting_by_selector: bool = False

    @property
    def is_kubesphere_4_member(self) -> bool:
        """Tell whether this is a member in KubeSphere 4, where its host has all that notifies."""
        return self.role == "member" and self.release == KUBESPHERE_4

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as a task's result shows them."""
        return dict(vars(self))


def read_facts(cluster: Cluster) -> Facts:
    """Read what the cluster is, in one round of reads."""
    manager_path = NOTIFICATION_MANAGERS.format(version="v2beta2")
    cluster.prefetch(["/apis", CLUSTER_CONFIGURATION, manager_path, shared_configmap.PATH])
    served = _served(cluster.get("/apis"))
    configuration = cluster.get(CLUSTER_CONFIGURATION) or {}
    reported = _reported_version(configuration)
    deployed = {} if reported else cluster.get(API_SERVER) or cluster.get(AGENT) or {}
    version = (reported or _deployed_version(deployed)).removeprefix("v")
    is_agent = bool(deployed) and deployed["metadata"]["name"] == "ks-agent"
    release = detect_release(served, version, is_agent)
    role, assumptions = _role(cluster, release, configuration, is_agent)
    manager = _manager(cluster, release) if release.manager_version else {}
    namespace, named = _secret_namespace(cluster, release, manager, assumptions)
    assumptions += _ways(release, role)
    spec = configuration.get("spec") or {}
    status = configuration.get("status") or {}
    return Facts(
        version=version,
        release=release.line,
        role=role,
        api_versions=served,
        notification_api_version=release.config_version,
        manager_api_version=release.manager_version,
        secret_namespace=namespace,
        secret_reference_namespace=named,
        alertmanager_in=_alertmanager_in(release, role, served),
        cluster_name_in=_cluster_name_in(release, role),
        alerting_enabled=(spec.get("alerting") or {}).get("enabled") is True,
        alerting_installed=(status.get("alerting") or {}).get("status") == "enabled",
        monitoring_enabled=(status.get("monitoring") or {}).get("status") == "enabled",
        assumed_release=release.assumed,
        assumptions=assumptions,
    )


def require_supported(facts: Facts) -> None:
    """Raise before any write on a cluster that has nothing which could notify."""
    if not facts.release:
        raise OperationError(
            "This cluster serves no notification.kubesphere.io: KubeSphere is not installed, or its monitoring "
            "component (which brings the notification CRDs) is not enabled. Nothing was changed."
        )
    if not facts.notification_api_version and not facts.is_kubesphere_4_member:
        raise OperationError(
            "This cluster serves no notification.kubesphere.io: in KubeSphere 4, the extension whizard-notification "
            "brings it. Install that on this cluster first. Nothing was changed.",
            kubesphere_cluster=facts.as_dict(),
        )


def _served(groups: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {
        group["name"]: [version["version"] for version in group["versions"]]
        for group in (groups or {}).get("groups", [])
        if group["name"].endswith("kubesphere.io") or group["name"] == "monitoring.coreos.com"
    }


def _reported_version(configuration: Mapping[str, Any]) -> str:
    """Return what the installer says, empty when it does not."""
    core = ((configuration.get("status") or {}).get("core") or {}).get("version")
    label = ((configuration.get("metadata") or {}).get("labels") or {}).get("version")
    return str(core or label or "")


def _deployed_version(deployment: Mapping[str, Any]) -> str:
    if not deployment:
        return ""
    label = (deployment["metadata"].get("labels") or {}).get("version")
    image = deployment["spec"]["template"]["spec"]["containers"][0].get("image", "")
    return str(label or image.rpartition(":")[2])


def _role(
    cluster: Cluster, release: Release, configuration: Mapping[str, Any], is_agent: bool
) -> tuple[str, list[str]]:
    """Return host, member or single, and what was assumed."""
    if release.line == KUBESPHERE_4 and not configuration:
        # In KubeSphere 4 every cluster with an API server of its own is a host, be it without members.
        return ("member" if is_agent else "host"), []
    multicluster = (configuration.get("spec") or {}).get("multicluster") or {}
    if not configuration and release.line:
        multicluster = _configured(cluster).get("multicluster") or {}
        if not multicluster:
            assumed = (
                "Neither ClusterConfiguration nor kubesphere-config tells a role: it is taken for a single cluster."
            )
            return "single", [assumed]
    role = multicluster.get("clusterRole") or "none"
    return ("single" if role == "none" else str(role)), []


def _configured(cluster: Cluster) -> Mapping[str, Any]:
    """Return what KubeSphere's own components are configured with, as far as the account may read it."""
    try:
        data = (cluster.get(KUBESPHERE_CONFIG) or {}).get("data") or {}
        content = yaml_text.load(data.get("kubesphere.yaml") or "{}")
    except (ClusterError, yaml_text.NotYaml):
        return {}
    return content if isinstance(content, Mapping) else {}


def _manager(cluster: Cluster, release: Release) -> Mapping[str, Any]:
    return cluster.get(NOTIFICATION_MANAGERS.format(version=release.manager_version)) or {}


def _secret_namespace(
    cluster: Cluster, release: Release, manager: Mapping[str, Any], assumptions: list[str]
) -> tuple[str, str]:
    """Return where the Secret is, and the namespace that references must name, empty where they need none."""
    reported = (manager.get("spec") or {}).get("defaultSecretNamespace")
    if reported or release.line != KUBESPHERE_4:
        return reported or SECRET_NAMESPACE, ""
    if not release.manager_version:
        return MONITORING_NAMESPACE, ""
    places = {name: CREDENTIALS.format(namespace=name) for name in (MONITORING_NAMESPACE, SECRET_NAMESPACE)}
    cluster.prefetch(places.values())
    found = [name for name, path in places.items() if _is_there(cluster, path)]
    if found[:1] == [SECRET_NAMESPACE]:
        assumptions.append(
            f"NotificationManager names no defaultSecretNamespace; the Secret that is there, in {SECRET_NAMESPACE}, is "
            "used, and references name its namespace, as notification-manager looks in its own."
        )
        return SECRET_NAMESPACE, SECRET_NAMESPACE
    assumptions.append(
        f"NotificationManager names no defaultSecretNamespace: the Secret is kept in {MONITORING_NAMESPACE}, where "
        "notification-manager looks."
    )
    return MONITORING_NAMESPACE, ""


def _ways(release: Release, role: str) -> list[str]:
    """Return which way is taken where KubeSphere does not say how it works inside."""
    if role == "single":
        return []
    if release.line != KUBESPHERE_4:
        return [
            "Notification settings are written on the host alone: KubeSphere copies them to members, and undoes "
            "changes of its copies."
        ]
    if role == "member":
        return ["Policies of this member are read and written through the API of its host, wherever they are kept."]
    return [
        f"Values of extensions are taken to be those of {alertmanager.EXTENSION} {alertmanager.EXTENSION_VERSION} and "
        "whizard-alerting 1.0.3, whichever version is installed; what is to be installed is the version that "
        "KubeSphere recommends."
    ]


def _is_there(cluster: Cluster, path: str) -> bool:
    """Tell whether there is an object; one that may not be read is none of ours."""
    try:
        return cluster.get(path) is not None
    except ClusterError as error:
        if error.status == 403:
            return False
        raise


def _alertmanager_in(release: Release, role: str, served: Mapping[str, Any]) -> str:
    if release.line != KUBESPHERE_4:
        return "Secret"
    if role == "member":
        return ""
    return "InstallPlan" if EXTENSIONS_GROUP in served else "Secret"


def _cluster_name_in(release: Release, role: str) -> str:
    """Return where the label ``cluster`` of alerts is set.

    notification-manager sets it: 1.x always, 2.x where an alert has none. In 3.4 NotificationManager is copied from the
    host to all members, so what is set there would be the name of all; an external label of Prometheus is not copied.
    """
    if release.line == KUBESPHERE_4 and role == "member":
        return ""
    return "Prometheus" if release.line == "3.4" and role != "single" else "NotificationManager"
