# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that an account needs for each feature.

``docs/permissions.md`` has them as Roles and ClusterRoles; a test compares both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._alertmanager import config as alertmanager
from .._apply import resource_rules
from .._kubernetes import shared_configmap
from .._kubernetes.namespaces import FEDERATED_NAMESPACE, MONITORING_NAMESPACE
from . import alerting_extension, alertmanager_rollout, api
from .facts import Facts
from .releases import BEFORE_3_4, NOTIFICATION_GROUP

#: Services in the notation of the service proxy and of RBAC rules: notification-manager, and Alertmanager before 4.
NOTIFICATION_MANAGER_SERVICE = "notification-manager-svc:19093"
ALERTMANAGER_SERVICE = "alertmanager-main:web"
#: The ruler before 4, the component that evaluates policies.
RULER_SERVICE = "thanos-ruler-operated:web"
#: The server of the notification history of KubeSphere 4, and its namespace.
HISTORY_SERVICE, HISTORY_NAMESPACE = "whizard-telemetry-apiserver:80", "extension-whizard-telemetry"

#: Permissions that all features but ``registry`` need as well.
FACTS = "facts"
#: The permissions for an examination of all features.
DOCTOR = "doctor"

#: Verbs that change nothing.
READS = ("get", "list")


@dataclass(frozen=True)
class Permission:
    """One verb on one object; ``namespace`` is empty at cluster scope, ``name`` if a rule cannot be limited to one.

    ``resource`` is in the notation of a rule: the plural, with a subresource after a slash.
    """

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""

    @property
    def subject(self) -> str:
        """The object in the notation of kubectl."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{resource} {self.name}" if self.name else resource

    @property
    def is_read(self) -> bool:
        """Whether it permits no change."""
        return self.verb in READS


def _allow(verbs: str, resource: str, name: str, namespace: str = "") -> tuple[Permission, ...]:
    plural, _dot, group = resource.partition(".")
    # RBAC authorizes a creation before the name is known.
    return tuple(Permission(verb, group, plural, namespace, "" if verb == "create" else name) for verb in verbs.split())


_WRITE = "get create update delete"
_CHANGE = "get update"
_REMOVE = "get update delete"

_CONFIG = (f"configs.{NOTIFICATION_GROUP}", "default-dingtalk-config")
#: A rule for a list cannot be limited to a name.
_CONFIGS = _allow("list", _CONFIG[0], "")
_SILENCES = _allow("list", f"silences.{NOTIFICATION_GROUP}", "")
_RECEIVER = (f"receivers.{NOTIFICATION_GROUP}", "global-dingtalk-receiver")
_MANAGER = (f"notificationmanagers.{NOTIFICATION_GROUP}", "notification-manager")
_CREDENTIALS = ("secrets", "global-dingtalk-config-secret", FEDERATED_NAMESPACE)
_ALERTMANAGER = ("secrets", alertmanager.SECRET, MONITORING_NAMESPACE)
_PROMETHEUS = ("prometheuses.monitoring.coreos.com", "k8s", MONITORING_NAMESPACE)
_ALERTMANAGER_OBJECT = ("alertmanagers.monitoring.coreos.com", "main", MONITORING_NAMESPACE)
_THANOS_RULER = ("thanosrulers.monitoring.coreos.com", "kubesphere", MONITORING_NAMESPACE)
_EXTENSION = ("installplans.kubesphere.io", alertmanager.EXTENSION)
_CHART = ("configmaps", alertmanager.EXTENSION_CONFIG_MAP, MONITORING_NAMESPACE)
_STATUS = ("services/proxy", alertmanager_rollout.SERVICE, MONITORING_NAMESPACE)
_NOTIFICATION_MANAGER = ("services/proxy", NOTIFICATION_MANAGER_SERVICE, MONITORING_NAMESPACE)
_ALERTMANAGER_3 = ("services/proxy", ALERTMANAGER_SERVICE, MONITORING_NAMESPACE)
_HISTORY = ("services/proxy", HISTORY_SERVICE, HISTORY_NAMESPACE)
_RULER = ("services/proxy", RULER_SERVICE, MONITORING_NAMESPACE)
_MANAGER_DEPLOYMENT = ("deployments.apps", "notification-manager-deployment", MONITORING_NAMESPACE)
_RECORD = ("configmaps", shared_configmap.NAME, shared_configmap.NAMESPACE)

#: The default group of policies; other groups need the same permissions under their names.
_GROUP = "kubesphere-dingtalk"
_RULE_GROUPS = tuple(
    f"{kind}.{resource_rules.RULES}" for kind in ("rulegroups", "clusterrulegroups", "globalrulegroups")
)
_SCOPES = ("namespace", "cluster", "global")
_ALERTING = ("installplans.kubesphere.io", alerting_extension.NAME)
_OFFERED = ("extensions.kubesphere.io", alerting_extension.NAME)
_INSTALLER = ("clusterconfigurations.installer.kubesphere.io", "ks-installer", shared_configmap.NAMESPACE)


def _rule_groups(verbs: str) -> tuple[Permission, ...]:
    return tuple(need for resource in _RULE_GROUPS for need in _allow(verbs, resource, _GROUP))


def _prometheus_rules(verbs: str) -> tuple[Permission, ...]:
    resource = "prometheusrules.monitoring.coreos.com"
    needs = [_allow(verbs, resource, f"custom-alerting-rule-{scope}-{_GROUP}") for scope in _SCOPES]
    return tuple(dict.fromkeys(need for part in needs for need in part))


def _through_proxy(verbs: str, resource: str, service: str, namespace: str) -> tuple[Permission, ...]:
    # Unlike other creations, the name is known: it is that of the service, in the path.
    return tuple(Permission(verb, "", resource, namespace, service) for verb in verbs.split())


def _behind_api(verbs: str) -> tuple[Permission, ...]:
    return _through_proxy(verbs, "services/proxy", api.SERVICE, shared_configmap.NAMESPACE)


#: The namespace with KubeSphere 4's name of the cluster in an annotation.
_NAMESPACE = Permission("get", "", "namespaces", shared_configmap.NAMESPACE, shared_configmap.NAMESPACE)

_FACTS = (
    *_allow("get", *_MANAGER),
    *_allow("get", *_INSTALLER),
    *_allow("get", "deployments.apps", "ks-apiserver", shared_configmap.NAMESPACE),
    *_allow("get", "deployments.apps", "ks-agent", shared_configmap.NAMESPACE),
)

#: Feature -> all permissions that it needs.
NEEDS: dict[str, tuple[Permission, ...]] = {
    FACTS: _FACTS,
    "notification": (
        *_FACTS,
        *_allow("update", *_MANAGER),
        *_allow(_CHANGE, *_PROMETHEUS),
        *_allow("get", *_ALERTMANAGER_OBJECT),
        *_allow(_WRITE, *_CONFIG),
        *_CONFIGS,
        *_SILENCES,
        *_allow(_WRITE, *_RECEIVER),
        *_allow(_WRITE, *_CREDENTIALS),
        *_allow(_WRITE, *_RECORD),
    ),
    "alertmanager": (
        *_FACTS,
        *_allow(_CHANGE, *_ALERTMANAGER),
        *_allow(_CHANGE, *_EXTENSION),
        *_allow("get", *_CHART),
        *_allow("get", *_STATUS),
        *_allow(_WRITE, *_RECORD),
    ),
    "alerting": (
        *_FACTS,
        *_allow("update", *_INSTALLER),
        *_allow("get", *_THANOS_RULER),
        *_rule_groups(_WRITE),
        *_allow(_WRITE, *_RECORD),
    ),
    "alerting_extension": (
        *_FACTS,
        _NAMESPACE,
        *_allow("get create update", *_ALERTING),
        *_allow("get", *_OFFERED),
        *_behind_api(_WRITE),
        *_allow(_WRITE, *_RECORD),
    ),
    "alerting_older": (
        *_FACTS,
        *_allow("update", *_INSTALLER),
        *_allow("get", *_THANOS_RULER),
        *_prometheus_rules(_WRITE),
        *_allow(_WRITE, *_RECORD),
    ),
    "backup": (
        *_FACTS,
        *_allow(_CHANGE, *_ALERTMANAGER),
        *_allow(_CHANGE, *_EXTENSION),
        *_allow("get", *_CHART),
        *_allow("get", *_STATUS),
        *_allow("create", *_ALERTMANAGER),
        *_allow(_WRITE, *_RECORD),
    ),
    "registry": (*_allow("get", *_RECEIVER), *_allow("get create update", *_RECORD)),
    "verify": (
        *_FACTS,
        *_allow("get", *_RECEIVER),
        *_allow("list", _RECEIVER[0], ""),
        *_CONFIGS,
        *_allow("get", *_ALERTMANAGER),
        *_allow("get", *_EXTENSION),
        *_allow("get", *_CHART),
        *_through_proxy("create", *_NOTIFICATION_MANAGER),
        *_through_proxy("get create", *_ALERTMANAGER_3),
        *_through_proxy("get create", *_STATUS),
        *_allow("get", *_HISTORY),
    ),
    "teardown": (
        *_FACTS,
        _NAMESPACE,
        *_allow(_CHANGE, *_ALERTING),
        *_behind_api(_REMOVE),
        *_allow("update", *_MANAGER),
        *_allow(_CHANGE, *_PROMETHEUS),
        *_allow(_CHANGE, *_EXTENSION),
        *_allow("get", *_CHART),
        *_allow("get", *_STATUS),
        *_allow(_REMOVE, *_CONFIG),
        *_allow(_REMOVE, *_RECEIVER),
        *_allow(_REMOVE, *_CREDENTIALS),
        *_allow(_CHANGE, *_ALERTMANAGER),
        *_rule_groups(_REMOVE),
        *_prometheus_rules(_REMOVE),
        *_allow(_REMOVE, *_RECORD),
    ),
}


def _reads(*features: str) -> tuple[Permission, ...]:
    """Return what features read, each permission once."""
    return tuple(dict.fromkeys(need for feature in features for need in NEEDS[feature] if need.is_read))


NEEDS[DOCTOR] = (
    *_reads("notification", "alertmanager", "alerting", "alerting_older", "alerting_extension"),
    *_allow("get", *_MANAGER_DEPLOYMENT),
    *_allow("list", "pods", "", MONITORING_NAMESPACE),
    *_allow("get", "pods/log", "", MONITORING_NAMESPACE),
    *_allow("get", *_ALERTMANAGER_3),
    *_allow("get", *_RULER),
    *_allow("list", "clusters.cluster.kubesphere.io", ""),
)

#: Resource and name of objects that only some clusters have -> fact, and its value on these clusters.
CONDITIONAL: dict[tuple[str, str], tuple[str, str | bool]] = {
    # Elsewhere before KubeSphere 4 it is only read, to find out where alerts go.
    ("prometheuses", "k8s"): ("cluster_name_in", "Prometheus"),
    ("alertmanagers", _ALERTMANAGER_OBJECT[1]): ("alertmanager_in", "Secret"),
    ("thanosrulers", _THANOS_RULER[1]): ("alertmanager_in", "Secret"),
    ("installplans", alertmanager.EXTENSION): ("alertmanager_in", "InstallPlan"),
    ("configmaps", alertmanager.EXTENSION_CONFIG_MAP): ("alertmanager_in", "InstallPlan"),
    ("services/proxy", alertmanager_rollout.SERVICE): ("alertmanager_in", "InstallPlan"),
    ("services/proxy", HISTORY_SERVICE): ("alertmanager_in", "InstallPlan"),
    ("secrets", alertmanager.SECRET): ("alertmanager_in", "Secret"),
    ("services/proxy", ALERTMANAGER_SERVICE): ("alertmanager_in", "Secret"),
    ("services/proxy", RULER_SERVICE): ("alertmanager_in", "Secret"),
    ("clusters", ""): ("role", "host"),
    **dict.fromkeys((("deployments", _MANAGER_DEPLOYMENT[1]), ("pods/log", "")), ("is_kubesphere_4_member", False)),
    # Only hosts of KubeSphere 4, as members are accessed through their host.
    **dict.fromkeys(
        (
            ("installplans", alerting_extension.NAME),
            ("installplans", ""),
            ("extensions", alerting_extension.NAME),
            ("services/proxy", api.SERVICE),
        ),
        ("alertmanager_in", "InstallPlan"),
    ),
    ("namespaces", shared_configmap.NAMESPACE): ("is_kubesphere_4", True),
}

#: Verb, resource and name of optional permissions -> consequence of a missing one, which a run also warns about.
OPTIONAL: dict[tuple[str, str, str], str] = {
    ("get", "services/proxy", alertmanager_rollout.SERVICE): (
        "a run cannot check whether Alertmanager has loaded the configuration"
    ),
    ("get", "services/proxy", ALERTMANAGER_SERVICE): (
        "the playbooks verify and doctor cannot see what Alertmanager has loaded, and which alerts are firing"
    ),
    ("get", "services/proxy", RULER_SERVICE): "the playbook doctor cannot see whether policies are evaluated",
    ("get", "services/proxy", HISTORY_SERVICE): (
        "the playbook verify cannot read the notification history (verify_history)"
    ),
    ("get", "deployments", _MANAGER_DEPLOYMENT[1]): "the playbook doctor cannot see whether notification-manager runs",
    ("list", "pods", ""): "the playbook doctor cannot see images that cannot be pulled, and what DingTalk answered",
    ("get", "pods/log", ""): "the playbook doctor cannot see what DingTalk answered",
    (
        "get",
        "alertmanagers",
        _ALERTMANAGER_OBJECT[1],
    ): "a run cannot find out whether Alertmanager gets alerts",
    ("get", "thanosrulers", _THANOS_RULER[1]): "a run cannot find out whether alerts of policies reach Alertmanager",
    ("list", "clusters", ""): "the playbook doctor cannot see which kubeconfigs of members expire",
    ("list", "configs", ""): "a run cannot find out whether another Config takes the place of that of the console",
    ("list", "silences", ""): "a run cannot find out whether alerts arrive on KubeSphere 3.4 and later",
}


def names_of(features: Iterable[str], facts: Facts | None) -> list[str]:
    """Return the features of a task by the names that permissions have for them on a cluster."""
    older = {"alerting": "alerting_older"} if facts and facts.release in BEFORE_3_4 else {}
    names = {"alerting": "alerting_extension"} if facts and facts.is_kubesphere_4 else older
    return [names.get(feature, feature) for feature in features]


def names_for(state: str, features: Iterable[str], facts: Facts | None) -> list[str]:
    """Return these names for a task with ``state``: present, or absent for a teardown."""
    return ["teardown"] if state == "absent" else names_of(features, facts)
