# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerting in KubeSphere 4: the extension whizard-alerting, installed by the host on the clusters of its placement.

Sources: KubeSphere's types InstallPlan and Extension (kubesphere.io/v1alpha1); rule groups of all clusters are behind
the host's own API, at ``/proxy/alerting.kubesphere.io/v2beta1``.
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
    """The extension as one cluster has it. ``cluster`` is KubeSphere's name for the cluster."""

    cluster: str
    plan: Mapping[str, Any] | None

    @property
    def is_placed(self) -> bool:
        """Tell whether KubeSphere installs it on this cluster, or has done so."""
        placement = self._placement
        return self.cluster in (placement.get("clusters") or []) or self.cluster in self._states

    @property
    def is_placed_by_selector(self) -> bool:
        """Tell whether labels of clusters say where it is installed: a list of clusters would overrule them."""
        return bool(self._placement.get("clusterSelector")) and not self._placement.get("clusters")

    @property
    def is_installed(self) -> bool:
        """Tell whether it works on this cluster."""
        plan = self._status
        here = self._states.get(self.cluster) or {}
        return bool(plan.get("state") == INSTALLED and plan.get("enabled") and here.get("state") == INSTALLED)

    @property
    def failure(self) -> str:
        """KubeSphere's reason for a failed installation, empty where none failed."""
        for status in (self._states.get(self.cluster) or {}, self._status):
            if status.get("state") in FAILED:
                return f"Its state is {status['state']}: {reason(status)}."
        return ""

    @property
    def version(self) -> str:
        """The version that the plan asks for."""
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
    """Read the extension's plan, of a member through its host's own API."""
    namespace = cluster.get(NAMESPACE) or {}
    name = ((namespace.get("metadata") or {}).get("annotations") or {}).get(CLUSTER_NAME)
    if not name:
        raise OperationError(
            f"Namespace kubesphere-system of this cluster has no annotation {CLUSTER_NAME}, by which KubeSphere 4 "
            "names it: let it join its host, or repair the installation. Nothing was changed."
        )
    return Extension(str(name), cluster.get(PREFIX + PLAN if is_member else PLAN, fresh=fresh))


def rule_group_router(cluster: Cluster, alerting_cluster: str) -> ObjectRouter:
    """Return the router to the rule groups of a cluster, which are behind its host's API.

    ``alerting_cluster``: KubeSphere's name for the cluster, as in ``Facts``.
    """
    places = dict.fromkeys(resource_rules.RULE_GROUPS, f"/clusters/{alerting_cluster}") | {"GlobalRuleGroup": ""}
    return ObjectRouter(cluster, {(resource_rules.RULES, kind): RULES_ROOT + place for kind, place in places.items()})


def with_alerting(cluster: Cluster, facts: Facts) -> Facts:
    """Return the facts with those of the extension."""
    is_member = facts.role == "member"
    found = read_extension(cluster, is_member)
    version = found.version or ("" if is_member else _recommended(cluster))
    return replace(
        facts,
        alerting_cluster=found.cluster,
        alerting_enabled=found.is_placed,
        alerting_installed=found.is_installed,
        alerting_version=version,
        alerting_by_selector=found.is_placed_by_selector,
    )


def _recommended(cluster: Cluster) -> str:
    """Return the version that KubeSphere recommends; raises where it does not offer the extension."""
    status = (cluster.get(EXTENSION) or {}).get("status") or {}
    version = status.get("recommendedVersion")
    if not version:
        raise OperationError(
            f"This cluster offers no extension {NAME}: KubeSphere's extension center (Extension {NAME}, "
            "status.recommendedVersion) does not name a version of it. Add the extension's repository, then run again. "
            "Nothing was changed."
        )
    return str(version)
