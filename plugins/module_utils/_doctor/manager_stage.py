# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of notification-manager: whether it runs, and what its log says of messages that it could not send.

Sources: the Deployment that notification-manager's operator creates for a NotificationManager; its log (go-kit's
logfmt), where a message that DingTalk refuses has errcode and errmsg.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._core.clock import DAY, moment
from .._core.text import shortened
from .._findings.finding import Stage
from .._kubernetes.errors import ClusterError
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .._verify.remembered import Remembered
from .._verify.targets import targets_of
from .._verify.verdict import Result, Verdict, of_message, without_queries
from .context import Context
from .examination import Examination

NAME = "notification-manager"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{MONITORING_NAMESPACE}/deployments/{NAME}-deployment"
PODS = f"/api/v1/namespaces/{MONITORING_NAMESPACE}/pods?labelSelector=app%3D{NAME}"
LOG = f"/api/v1/namespaces/{MONITORING_NAMESPACE}/pods/{{pod}}/log?container={NAME}&sinceSeconds={DAY}&tailLines=2000"

#: The status of notification-manager's answer with an error, in whose words its log has it as well.
FAILED = 400
_ERROR = re.compile(r"\blevel=error\b")
_REASON = re.compile(r'\b(?:err|error|msg)="?((?:[^"\\]|\\.)*)')


def examine(examination: Examination, context: Context) -> None:
    """Examine the notification-manager of a cluster, and DingTalk as its log and verifications have seen it."""
    if context.facts.is_kubesphere_4_member:
        for stage in (Stage.NOTIFICATION_MANAGER, Stage.EGRESS):
            examination.skip(stage, "the host of this cluster sends its alerts")
        return
    with examination.unless_forbidden(Stage.NOTIFICATION_MANAGER, "its Deployment"):
        _deployment(examination, context.cluster.get(DEPLOYMENT))
    if not examination.is_skipped(Stage.EGRESS):
        with examination.stage(Stage.EGRESS, "the cluster"):
            is_proven = _verifications(examination, context)
            _log(examination, context, is_proven)


def _deployment(examination: Examination, deployment: Mapping[str, Any] | None) -> None:
    if deployment is None:
        examination.add("KD602", f"Deployment {NAME}-deployment", "not found")
        examination.skip(Stage.EGRESS, "notification-manager does not run (KD602)")
        return
    ready = (deployment.get("status") or {}).get("readyReplicas") or 0
    wanted = (deployment.get("spec") or {}).get("replicas", 1)
    if wanted == 0:
        examination.add("KD621", f"Deployment {NAME}-deployment", "spec.replicas is 0")
        examination.skip(Stage.EGRESS, "notification-manager does not run (KD621)")
    if ready < wanted:
        examination.add("KD602", f"Deployment {NAME}-deployment", f"{ready} of {wanted} replicas are ready")


def _verifications(examination: Examination, context: Context) -> bool:
    """Add what verifications of the last day found; return whether DingTalk answered any."""
    remembered = Remembered.of(context.task, context.facts.cluster_uid)
    proofs = remembered.read(targets_of(context.expectations.receivers), context.task.clock.time())
    for target, proof in proofs.items():
        found = proof.verdict
        if found.result == Result.REFUSED and found.finding:
            cause = f"{found.cause}, by the verification at {moment(proof.time)}"
            examination.add(found.finding, target.name, cause, found.cure)
    return any(proof.verdict.result in (Result.DELIVERED, Result.REFUSED) for proof in proofs.values())


def _log(examination: Examination, context: Context, is_proven: bool) -> None:
    """Add what notification-manager's log of the last day says; an account that may not read it is no finding.

    ``is_proven``: whether a verification has shown what DingTalk answers.
    """
    try:
        errors = list(dict.fromkeys(_errors(context)))
    except ClusterError as error:
        if not is_proven:
            examination.skip(Stage.EGRESS, f"the log of notification-manager cannot be read: {error.message}")
        return
    for is_of_dingtalk, text in errors:
        found = of_message(FAILED, text) if is_of_dingtalk else Verdict(Result.REFUSED, text, finding="KD619")
        # What to do after an unknown outcome is about a test message.
        examination.add(found.finding, NAME, found.cause, found.cure if found.result == Result.REFUSED else "")
    if not errors and not is_proven:
        examination.skip(Stage.EGRESS, "notification-manager logged no error in the last day; run the playbook verify")


def _errors(context: Context) -> Iterator[tuple[bool, str]]:
    """Yield whether an error in the log is of the notifier for DingTalk, and its text."""
    for pod in (context.cluster.get(PODS) or {}).get("items") or []:
        for line in context.cluster.text(LOG.format(pod=pod["metadata"]["name"])).splitlines():
            if _ERROR.search(line):
                yield "dingtalk" in line.lower(), shortened(without_queries(_text(line))).rstrip(".")


def _text(line: str) -> str:
    found: list[Any] = _REASON.findall(line)
    return ": ".join(text.replace('\\"', '"').strip() for text in found if text.strip()) or line.strip()
