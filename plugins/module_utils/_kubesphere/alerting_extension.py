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
from .._core.errors import OperationError
from .._kubernetes.client import Cluster
from .._kubernetes.router import ObjectRouter
from .api import PREFIX
from .facts import Facts
from .installplans import FAILED, INSTALLED, reason

NAME = "whizard-alerting"
PLAN = f"/apis/kubesphere.io/v1alpha1/installplans/{NAME}"
EXTENSION = f"/apis/kubesphere.io/v1alpha1/extensions/{NAME}"
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
        placement = self._placement
        return self.cluster in (placement.get("clusters") or []) or self.cluster in self._states

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
            "join the cluster to its host, or repair the installation. Nothing was changed."
        )
    return Extension(str(name), cluster.get(PREFIX + PLAN if is_member else PLAN, fresh=fresh))


def rule_group_router(cluster: Cluster, alerting_cluster: str) -> ObjectRouter:
    """Return the router to the rule groups of a cluster, which its host's KubeSphere API serves.

    ``alerting_cluster``: KubeSphere's name of the cluster, as in ``Facts``.
    """
    places = dict.fromkeys(resource_rules.RULE_GROUPS, f"/clusters/{alerting_cluster}") | {"GlobalRuleGroup": ""}
    return ObjectRouter(cluster, {(resource_rules.RULES, kind): RULES_ROOT + place for kind, place in places.items()})


def with_alerting(cluster: Cluster, facts: Facts) -> Facts:
    """Return the facts extended with those of the extension."""
    is_member = facts.role == "member"
    extension = read_extension(cluster, is_member)
    version = extension.version or ("" if is_member else _recommended_version(cluster))
    return replace(
        facts,
        alerting_cluster=extension.cluster,
        alerting_enabled=extension.is_placed,
        alerting_installed=extension.is_installed,
        alerting_version=version,
        alerting_by_selector=extension.is_placed_by_selector,
    )


def _recommended_version(cluster: Cluster) -> str:
    """Return the version that KubeSphere recommends; raises if the extension is not available."""
    status = (cluster.get(EXTENSION) or {}).get("status") or {}
    version = status.get("recommendedVersion")
    if not version:
        raise OperationError(
            f"Extension {NAME} is not available on this cluster: KubeSphere's extension center has no recommended "
            f"version of it (Extension {NAME}, status.recommendedVersion). Add the extension's repository, then run "
            "again. Nothing was changed."
        )
    return str(version)
