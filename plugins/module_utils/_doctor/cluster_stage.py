# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of the cluster: what the account may do, what runs out, and what does not work.

Sources: KubeSphere's types Cluster (conditions) and InstallPlan (state).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from .._alertmanager import config as alertmanager
from .._core.text import few
from .._kubernetes.errors import ClusterError
from .._kubesphere import alerting_extension, installplans
from .._kubesphere.facts import MONITORING_NAMESPACE
from .._kubesphere.permissions import FACTS, missing_permissions
from .._kubesphere.pod_images import find_unpulled, maps_in
from .._kubesphere.releases import BEFORE_3_4
from .context import Context
from .examination import FORBIDDEN, Examination

#: Seconds before the end of credentials from which on it is a finding.
SOON = 30 * 86400
CLUSTERS = "/apis/cluster.kubesphere.io/v1alpha1/clusters"
INSTALL_PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
#: The condition that KubeSphere sets a week before the certificate in a member's kubeconfig expires.
EXPIRES = "KubeConfigCertExpiresInSevenDays"


def examine(examination: Examination, context: Context) -> None:
    """Examine what holds for the cluster as a whole; raises ``ClusterError``."""
    _permissions(examination, context)
    _credentials(examination, context)
    if context.facts.role == "host":
        _members(examination, context)
    namespaces = [MONITORING_NAMESPACE]
    if context.facts.alertmanager_in == "InstallPlan":
        namespaces += _extensions(examination, context)
    if image := find_unpulled(context.cluster, dict.fromkeys(namespaces)):
        examination.add("KD308", "pods", image.cause, image.hint)


def _permissions(examination: Examination, context: Context) -> None:
    features = [FACTS, *_features(context)]
    lacking = [item for item in missing_permissions(context.cluster, features, context.facts) if not item["optional"]]
    subjects = dict.fromkeys(f"{item['verb']} {item['resource']} {item['name']}".strip() for item in lacking)
    if subjects:
        examination.add(FORBIDDEN, "the account", f"it lacks {len(subjects)} permissions: {few(list(subjects))}")


def _features(context: Context) -> Iterable[str]:
    """Yield what the account is to do, by the names that permissions have for it."""
    facts = context.facts
    older = {"alerting": "alerting_older"} if facts.release in BEFORE_3_4 else {}
    names = {"alerting": "alerting_extension"} if facts.is_kubesphere_4 else older
    for feature, desired in context.prepared.apply_sets.items():
        if desired:
            yield names.get(feature, feature)


def _credentials(examination: Examination, context: Context) -> None:
    expiry = context.cluster.credentials_expiry()
    if expiry is not None and expiry - context.task.clock.time() < SOON:
        when = datetime.fromtimestamp(expiry, UTC).strftime("%Y-%m-%d %H:%M UTC")
        examination.add("KD305", "the credentials of the inventory", f"they expire on {when}")


def _members(examination: Examination, context: Context) -> None:
    """Examine what a host knows about its members; an account that may not list them is no finding."""
    try:
        answer = context.cluster.get(CLUSTERS) or {}
    except ClusterError:
        return
    for item in maps_in(answer, "items"):
        name = str((item.get("metadata") or {}).get("name"))
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
