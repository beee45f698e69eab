# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about a cluster: its KubeSphere version, multi-cluster role, served APIs and enabled components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._alertmanager import config as alertmanager
from .._core import yaml_text
from .._core.errors import OperationError
from .._kubernetes import shared_configmap
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .._kubernetes.namespaces import FEDERATED_NAMESPACE, MONITORING_NAMESPACE
from .releases import EXTENSIONS_GROUP, NOTIFICATION_GROUP, SUPPORTED, Release, detect_release, is_too_old

CLUSTER_CONFIGURATION = (
    "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
)
KUBESPHERE_CONFIG = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-config"
API_SERVER = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-apiserver"
AGENT = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-agent"
NOTIFICATION_MANAGERS = f"/apis/{NOTIFICATION_GROUP}/{{version}}/notificationmanagers/notification-manager"
CREDENTIALS = "/api/v1/namespaces/{namespace}/secrets/global-dingtalk-config-secret"


@dataclass(frozen=True)
class Facts:
    """The facts that ``cluster_info`` returns and that templates see as ``kubesphere_cluster``."""

    version: str
    release: str
    is_kubesphere_4: bool
    role: str
    api_versions: dict[str, list[str]]
    notification_api_version: str
    manager_api_version: str
    secret_namespace: str
    #: The namespace that references to the Secret must specify, empty for notification-manager's default.
    secret_reference_namespace: str
    #: The kind that contains Alertmanager's configuration, empty if it is not on this cluster.
    alertmanager_in: str
    #: The kind that sets the cluster's name in messages, empty if KubeSphere sets it.
    cluster_name_in: str
    alerting_enabled: bool
    alerting_installed: bool
    monitoring_enabled: bool
    #: Assumption about the release, empty if it is certain.
    assumed_release: str = ""
    #: Assumptions where the cluster does not determine the behaviour.
    assumptions: list[str] = field(default_factory=list)
    #: In KubeSphere 4, if alerting policies or notifications are desired: KubeSphere's name of the cluster, the version
    #: of extension whizard-alerting to install, and whether a cluster selector places it.
    alerting_cluster: str = ""
    alerting_version: str = ""
    alerting_by_selector: bool = False
    #: The part of the extension whose rulers evaluate the rules, and the clusters on which it is installed, with the
    #: Alertmanager URLs to which others have their rulers send alerts.
    alerting_ruler: str = ""
    alerting_urls: dict[str, list[str]] = field(default_factory=dict)
    #: The same for two hosts of an inventory that are one cluster; empty if it is unknown.
    cluster_uid: str = ""

    @property
    def is_kubesphere_4_member(self) -> bool:
        """Whether this is a member in KubeSphere 4, where only the host has notification settings."""
        return self.role == "member" and self.is_kubesphere_4

    def as_dict(self) -> dict[str, Any]:
        """Return the facts for a task's result."""
        return dict(vars(self))


def read_facts(cluster: Cluster) -> Facts:
    """Read the facts of a cluster; the objects that most clusters need are prefetched together."""
    manager_path = NOTIFICATION_MANAGERS.format(version="v2beta2")
    cluster.prefetch(["/apis", CLUSTER_CONFIGURATION, manager_path, shared_configmap.PATH])
    served = _served(cluster.get("/apis"))
    configuration = read_configuration(cluster) or {}
    reported = _reported_version(configuration)
    deployed = {} if reported else cluster.get(API_SERVER) or cluster.get(AGENT) or {}
    version = (reported or _deployed_version(deployed)).removeprefix("v")
    is_agent = bool(deployed) and deployed["metadata"]["name"] == "ks-agent"
    release = detect_release(served, version, is_agent)
    role, assumptions = _role(cluster, release, configuration, is_agent)
    manager = _manager(cluster, release) if release.manager_version else {}
    namespace, reference_namespace = _secret_namespace(cluster, release, manager, assumptions)
    assumptions += _behaviour_assumptions(release, role)
    spec = configuration.get("spec") or {}
    status = configuration.get("status") or {}
    return Facts(
        version=version,
        release=release.line,
        is_kubesphere_4=release.is_kubesphere_4,
        role=role,
        api_versions=served,
        notification_api_version=release.config_version,
        manager_api_version=release.manager_version,
        secret_namespace=namespace,
        secret_reference_namespace=reference_namespace,
        alertmanager_in=_alertmanager_in(release, role, served),
        cluster_name_in=_cluster_name_in(release, role),
        alerting_enabled=(spec.get("alerting") or {}).get("enabled") is True,
        alerting_installed=(status.get("alerting") or {}).get("status") == "enabled",
        monitoring_enabled=(status.get("monitoring") or {}).get("status") == "enabled",
        assumed_release=release.assumed,
        assumptions=assumptions,
        cluster_uid=_first_uid((configuration, deployed, manager)),
    )


def read_cluster_uid(cluster: Cluster) -> str:
    """Return the ``cluster_uid`` of a cluster whose other facts do not matter; empty if it cannot be read.

    Compare it with others of this function only, as it does not find out which of the objects are in use.
    """
    try:
        return _first_uid(_readable(cluster, path) for path in (CLUSTER_CONFIGURATION, API_SERVER, AGENT))
    except ClusterError:
        return ""


def read_configuration(cluster: Cluster, fresh: bool = False) -> Mapping[str, Any] | None:
    """Return the ClusterConfiguration of KubeSphere 3.x, None in KubeSphere 4, whose upgrade may leave it behind."""
    configuration = cluster.get(CLUSTER_CONFIGURATION, fresh=fresh)
    if configuration is None:
        return None
    served = _served(cluster.get("/apis"))
    is_member_of_4 = NOTIFICATION_GROUP not in served and cluster.get(AGENT) is not None
    return None if EXTENSIONS_GROUP in served or is_member_of_4 else configuration


def require_supported(facts: Facts) -> None:
    """Raise ``OperationError`` before any write to a cluster without the notification API, unless its host has it."""
    if not facts.release and is_too_old(facts.version):
        raise OperationError(
            f"This cluster runs KubeSphere {facts.version}, and {SUPPORTED[0]} is the oldest supported release. "
            "Upgrade KubeSphere first. Nothing was changed.",
            finding="KD304",
            kubesphere_cluster=facts.as_dict(),
        )
    if not facts.release:
        raise OperationError(
            "This cluster serves no notification.kubesphere.io: KubeSphere is not installed, or its monitoring "
            "component (which installs the notification CRDs) is not enabled. Nothing was changed.",
            finding="KD318",
        )
    if not facts.notification_api_version and not facts.is_kubesphere_4_member:
        raise OperationError(
            "This cluster serves no notification.kubesphere.io: in KubeSphere 4, the extension whizard-notification "
            "provides it. Install the extension on this cluster first. Nothing was changed.",
            finding="KD318",
            kubesphere_cluster=facts.as_dict(),
        )


def _first_uid(objects: Iterable[Mapping[str, Any]]) -> str:
    """Return the UID of the first object that has one.

    KubeSphere's own objects are read anyway and by every account; no two clusters have one of the same UID.
    """
    found = (item.get("metadata") or {} for item in objects)
    return next((str(metadata["uid"]) for metadata in found if metadata.get("uid")), "")


def _served(groups: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {
        group["name"]: [version["version"] for version in group["versions"]]
        for group in (groups or {}).get("groups", [])
        if group["name"].endswith("kubesphere.io") or group["name"] == "monitoring.coreos.com"
    }


def _reported_version(configuration: Mapping[str, Any]) -> str:
    """Return the version that the installer reports, empty if it reports none."""
    core = ((configuration.get("status") or {}).get("core") or {}).get("version")
    label = ((configuration.get("metadata") or {}).get("labels") or {}).get("version")
    return str(core or label or "")


def _deployed_version(deployment: Mapping[str, Any]) -> str:
    if not deployment:
        return ""
    label = (deployment["metadata"].get("labels") or {}).get("version")
    template = (deployment.get("spec") or {}).get("template") or {}
    containers = (template.get("spec") or {}).get("containers") or [{}]
    return str(label or (containers[0].get("image") or "").rpartition(":")[2])


def _role(
    cluster: Cluster, release: Release, configuration: Mapping[str, Any], is_agent: bool
) -> tuple[str, list[str]]:
    """Return host, member or single, and the assumptions."""
    if release.is_kubesphere_4 and not configuration:
        # In KubeSphere 4 every cluster with its own ks-apiserver is a host, even without members.
        return ("member" if is_agent else "host"), []
    multicluster = (configuration.get("spec") or {}).get("multicluster") or {}
    if not configuration and release.line:
        multicluster = _configured(cluster).get("multicluster") or {}
        if not multicluster:
            assumption = (
                "Neither ClusterConfiguration nor kubesphere-config specifies a role: assuming a single cluster."
            )
            return "single", [assumption]
    role = multicluster.get("clusterRole") or "none"
    return ("single" if role == "none" else str(role)), []


def _configured(cluster: Cluster) -> Mapping[str, Any]:
    """Return the configuration of KubeSphere's own components, empty if it cannot be read."""
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
    """Return the namespace of the Secret, and the one that references must specify, empty if none is necessary."""
    reported = (manager.get("spec") or {}).get("defaultSecretNamespace")
    if reported or not release.is_kubesphere_4:
        return reported or FEDERATED_NAMESPACE, ""
    if not release.manager_version:
        return MONITORING_NAMESPACE, ""
    places = {name: CREDENTIALS.format(namespace=name) for name in (MONITORING_NAMESPACE, FEDERATED_NAMESPACE)}
    cluster.prefetch(places.values())
    found = [name for name, path in places.items() if _readable(cluster, path)]
    if found[:1] == [FEDERATED_NAMESPACE]:
        assumptions.append(
            f"NotificationManager has no defaultSecretNamespace: the existing Secret in {FEDERATED_NAMESPACE} is used, "
            "and references specify its namespace, as notification-manager defaults to its own."
        )
        return FEDERATED_NAMESPACE, FEDERATED_NAMESPACE
    assumptions.append(
        f"NotificationManager has no defaultSecretNamespace: the Secret is stored in {MONITORING_NAMESPACE}, "
        "notification-manager's own namespace."
    )
    return MONITORING_NAMESPACE, ""


def _behaviour_assumptions(release: Release, role: str) -> list[str]:
    """Return the assumptions about KubeSphere behaviour that is not documented."""
    if role == "single":
        return []
    if not release.is_kubesphere_4:
        return [
            "Notification settings are only written on the host: KubeSphere copies them to members, and reverts "
            "changes of its copies."
        ]
    if role == "member":
        return [
            "Policies of this member are read and written through the API of its host, whichever cluster stores them."
        ]
    versions = " and ".join(alertmanager.EXTENSION_VERSIONS)
    return [
        f"Values of extensions are assumed to be those of {alertmanager.EXTENSION} {versions}, and of whizard-alerting "
        "1.0.3, regardless of the installed versions; a new installation uses the version that KubeSphere recommends."
    ]


def _readable(cluster: Cluster, path: str) -> Mapping[str, Any]:
    """Return an object, empty if it does not exist or the account may not read it."""
    try:
        return cluster.get(path) or {}
    except ClusterError as error:
        if error.status == 403:
            return {}
        raise


def _alertmanager_in(release: Release, role: str, served: Mapping[str, Any]) -> str:
    if not release.is_kubesphere_4:
        return "Secret"
    if role == "member":
        return ""
    return "InstallPlan" if EXTENSIONS_GROUP in served else "Secret"


def _cluster_name_in(release: Release, role: str) -> str:
    """Return the kind that sets the label ``cluster`` of alerts.

    notification-manager sets it: 1.x always, 2.x if an alert has none. In 3.4 NotificationManager is copied from the
    host to all members, so its value would apply to all of them; an external label of Prometheus is not copied.
    """
    if release.is_kubesphere_4 and role == "member":
        return ""
    return "Prometheus" if release.line == "3.4" and role != "single" else "NotificationManager"
