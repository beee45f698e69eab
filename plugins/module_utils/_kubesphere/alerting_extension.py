# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerting in KubeSphere 4: the extension whizard-alerting, installed by the host on the clusters of its placement.

Sources: KubeSphere's types InstallPlan and Extension (kubesphere.io/v1alpha1). The host's KubeSphere API serves the
rule groups of all clusters at ``/proxy/alerting.kubesphere.io/v2beta1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._apply import resource_rules
from .._apply.last_applied import AppliedObject
from .._core.errors import OperationError
from .._kubernetes.client import Cluster
from .._kubernetes.metadata import is_terminating
from .._kubernetes.object_ref import ObjectRef
from .._kubernetes.router import ObjectRouter
from . import ruler_urls
from .api import PREFIX
from .facts import Facts
from .installplans import FAILED, INSTALLED, UNINSTALLING, reason

NAME = "whizard-alerting"
REFERENCE = ObjectRef("kubesphere.io/v1alpha1", "InstallPlan", NAME)
PLAN = f"/apis/kubesphere.io/v1alpha1/installplans/{NAME}"
EXTENSION = f"/apis/kubesphere.io/v1alpha1/extensions/{NAME}"
#: The namespace in its ExtensionVersion.
NAMESPACE_OF_EXTENSION = "extension-whizard-alerting"
NAMESPACE = "/api/v1/namespaces/kubesphere-system"
CLUSTER_NAME = "cluster.kubesphere.io/name"
RULES_ROOT = f"{PREFIX}/proxy/{resource_rules.RULES}/v2beta1"


@dataclass(frozen=True)
class Extension:
    """The extension on one cluster. ``cluster`` is KubeSphere's name of the cluster."""

    cluster: str
    plan: Mapping[str, Any] | None

    @property
    def is_placed(self) -> bool:
        """Whether KubeSphere is to install it on this cluster, or has done so."""
        return self.cluster in self.clusters

    @property
    def clusters(self) -> list[str]:
        """KubeSphere's names of the clusters on which it is to be installed, or is."""
        return list(dict.fromkeys([*(self._placement.get("clusters") or []), *self._states]))

    @property
    def is_active(self) -> bool:
        """Whether it is to be installed at all: neither disabled nor being uninstalled."""
        is_enabled = ((self.plan or {}).get("spec") or {}).get("enabled") is not False
        is_removed = self._status.get("state") == UNINSTALLING or is_terminating(self.plan)
        return self.plan is not None and is_enabled and not is_removed

    @property
    def is_placed_by_selector(self) -> bool:
        """Whether a cluster selector places it, which a list of clusters would override."""
        return bool(self._placement.get("clusterSelector")) and not self._placement.get("clusters")

    @property
    def is_installed(self) -> bool:
        """Whether it is installed and enabled on this cluster."""
        plan = self._status
        here = self._states.get(self.cluster) or {}
        return bool(plan.get("state") == INSTALLED and plan.get("enabled") and here.get("state") == INSTALLED)

    @property
    def failure(self) -> str:
        """KubeSphere's reason for a failed installation, empty if none failed."""
        for status in (self._states.get(self.cluster) or {}, self._status):
            if status.get("state") in FAILED:
                return f"Its state is {status['state']}: {reason(status)}."
        return ""

    @property
    def namespace(self) -> str:
        """The namespace of its pods, also on members."""
        return str(self._status.get("targetNamespace") or NAMESPACE_OF_EXTENSION)

    @property
    def version(self) -> str:
        """The version that the InstallPlan requests."""
        return str(((self.plan or {}).get("spec") or {}).get("extension", {}).get("version") or "")

    @property
    def _placement(self) -> Mapping[str, Any]:
        spec = (self.plan or {}).get("spec") or {}
        placement: Mapping[str, Any] = (spec.get("clusterScheduling") or {}).get("placement") or {}
        return placement

    @property
    def _status(self) -> Mapping[str, Any]:
        status: Mapping[str, Any] = (self.plan or {}).get("status") or {}
        return status

    @property
    def _states(self) -> Mapping[str, Any]:
        states: Mapping[str, Any] = self._status.get("clusterSchedulingStatuses") or {}
        return states


def read_extension(cluster: Cluster, is_member: bool, fresh: bool = False) -> Extension:
    """Read the extension's InstallPlan; for a member, through the KubeSphere API of its host."""
    namespace = cluster.get(NAMESPACE) or {}
    name = ((namespace.get("metadata") or {}).get("annotations") or {}).get(CLUSTER_NAME)
    if not name:
        raise OperationError(
            f"Namespace kubesphere-system: missing annotation {CLUSTER_NAME}, KubeSphere 4's name of the cluster; "
            "join the cluster to its host, or repair the installation. Nothing was changed.",
            finding="KD321",
        )
    return Extension(str(name), cluster.get(PREFIX + PLAN if is_member else PLAN, fresh=fresh))


def rule_group_router(cluster: Cluster, alerting_cluster: str) -> ObjectRouter:
    """Return the router to the rule groups of a cluster, which its host's KubeSphere API serves.

    ``alerting_cluster``: KubeSphere's name of the cluster, as in ``Facts``.
    """
    places = dict.fromkeys(resource_rules.RULE_GROUPS, f"/clusters/{alerting_cluster}") | {"GlobalRuleGroup": ""}
    return ObjectRouter(cluster, {(resource_rules.RULES, kind): RULES_ROOT + place for kind, place in places.items()})


def is_installed_on_host(cluster: Cluster) -> bool:
    """Return whether the host has the extension's InstallPlan, which ``with_alerting`` does not read again."""
    return cluster.get(PLAN) is not None


def with_alerting(cluster: Cluster, facts: Facts, applied: AppliedObject | None, installs: bool) -> Facts:
    """Return the facts extended with those of the extension.

    ``applied``: the last-applied state of its InstallPlan. ``installs``: whether a host installs it if it is missing.
    """
    is_member = facts.role == "member"
    extension = read_extension(cluster, is_member)
    version = extension.version or (_recommended_version(cluster) if installs and not is_member else "")
    plan, clusters = (extension.plan or {}, extension.clusters) if extension.is_active else ({}, [])
    return replace(
        facts,
        alerting_cluster=extension.cluster,
        alerting_enabled=extension.is_placed,
        alerting_installed=extension.is_installed,
        alerting_version=version,
        alerting_by_selector=extension.is_placed_by_selector,
        alerting_ruler=ruler_urls.ruler(plan),
        alerting_urls=ruler_urls.unmanaged_urls(plan, applied, clusters),
    )


def _recommended_version(cluster: Cluster) -> str:
    """Return the version that KubeSphere recommends; raises if the extension is not available."""
    status = (cluster.get(EXTENSION) or {}).get("status") or {}
    version = status.get("recommendedVersion")
    if not version:
        raise OperationError(
            f"Extension {NAME} is not available on this cluster: KubeSphere's extension center has no recommended "
            f"version of it (Extension {NAME}, status.recommendedVersion). Add the extension's repository, then run "
            "again. Nothing was changed.",
            finding="KD409",
        )
    return str(version)
