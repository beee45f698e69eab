# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of the cluster: what the account may do, what runs out, and what does not work.

Sources: KubeSphere's types Cluster (conditions) and InstallPlan (state).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .._alertmanager import config as alertmanager
from .._core.clock import DAY
from .._core.text import few
from .._findings.finding import Stage
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .._kubesphere import alerting_extension, installplans
from .._kubesphere.missing_permissions import FORBIDDEN
from .._kubesphere.permissions import READS
from .._kubesphere.pod_images import find_unpulled, maps_in
from . import clocks
from .context import Context
from .examination import Examination

#: Seconds before the end of credentials from which on it is a finding.
SOON = 30 * DAY
CLUSTERS = "/apis/cluster.kubesphere.io/v1alpha1/clusters"
INSTALL_PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
#: The condition that KubeSphere sets a week before the certificate in a member's kubeconfig expires.
EXPIRES = "KubeConfigCertExpiresInSevenDays"


def examine(examination: Examination, context: Context) -> None:
    """Examine what holds for the cluster as a whole; raises ``ClusterError``."""
    _permissions(examination, context)
    clocks.examine_cluster(examination, context)
    _credentials(examination, context)
    if context.facts.role == "host":
        _members(examination, context)
    namespaces = [MONITORING_NAMESPACE]
    if context.facts.alertmanager_in == "InstallPlan":
        namespaces += _extensions(examination, context)
    for namespace in dict.fromkeys(namespaces):
        with examination.unless_forbidden(Stage.CLUSTER, "pods"):
            if image := find_unpulled(context.cluster, namespace):
                examination.add("KD308", "pods", image.cause, image.hint)


def _permissions(examination: Examination, context: Context) -> None:
    lacking = [item for item in context.lacking if not item["optional"]]
    if context.is_read_only:
        lacking = [item for item in lacking if item["verb"] in READS]
    subjects = dict.fromkeys(f"{item['verb']} {item['resource']} {item['name']}".strip() for item in lacking)
    if subjects:
        examination.add(FORBIDDEN, "the account", f"it lacks {len(subjects)} permissions: {few(list(subjects))}")


def _credentials(examination: Examination, context: Context) -> None:
    expiry = context.cluster.credentials_expiry()
    if expiry is not None and expiry - context.task.clock.time() < SOON:
        when = datetime.fromtimestamp(expiry, UTC).strftime("%Y-%m-%d %H:%M UTC")
        examination.add("KD305", "the credentials of the inventory", f"they expire on {when}")


def _members(examination: Examination, context: Context) -> None:
    """Examine what a host knows about its members, if the account may list them."""
    answer: Mapping[str, Any] = {}
    with examination.unless_forbidden(Stage.CLUSTER, "the host's members"):
        answer = context.cluster.get(CLUSTERS) or {}
    listed = {str((item.get("metadata") or {}).get("name")): item for item in maps_in(answer, "items")}
    for name in context.render.member_names if listed and context.facts.is_kubesphere_4 else []:
        if name not in listed:
            examination.add("KD310", f"member {name}", "this host has no Cluster of this name")
    for name, item in listed.items():
        states = {str(found.get("type")): found for found in maps_in(item.get("status"), "conditions")}
        if (states.get(EXPIRES) or {}).get("status") == "True":
            examination.add("KD305", f"member {name}", "the certificate in its kubeconfig expires within seven days")


def _extensions(examination: Examination, context: Context) -> Iterable[str]:
    """Yield the namespaces of the extensions that alerts pass, whose states are examined."""
    for name in (alertmanager.EXTENSION, alerting_extension.NAME):
        plan = context.cluster.get(f"{INSTALL_PLANS}/{name}")
        if plan is None:
            continue
        status = plan.get("status") or {}
        state = str(status.get("state") or "")
        if state in installplans.FAILED:
            examination.add("KD307", f"extension {name}", f"its state is {state}: {installplans.reason(status)}")
        yield alertmanager.extension_namespace(plan)
