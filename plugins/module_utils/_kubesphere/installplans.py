# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollout of InstallPlans, the extensions of KubeSphere 4, which KubeSphere applies some time after the write.

Source: the status of KubeSphere's type InstallPlan (kubesphere.io/v1alpha1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._alertmanager import config as alertmanager
from .._apply.plan import Plan
from .._core.clock import Clock, Deadline
from .._core.errors import OperationError
from .._findings.finding import cited
from .._kubernetes.client import Cluster
from .._kubernetes.metadata import is_terminating, metadata
from .._kubernetes.router import ObjectRouter
from .alertmanager_rollout import await_loaded
from .pod_images import unpulled_image

INSTALLED, UNINSTALLING = "Installed", "Uninstalling"
#: States in which KubeSphere installs an extension, or a change of it.
INSTALLING = ("Preparing", "Installing", "Upgrading")
#: States in which KubeSphere works on an extension, and its values must not be changed.
BUSY = (*INSTALLING, UNINSTALLING)
FAILED = ("InstallFailed", "UpgradeFailed", "UninstallFailed")
#: Seconds between polls.
INTERVAL = 2


def wait_for_rollout(cluster: Cluster, plans: Iterable[Plan], clock: Clock, timeout: int) -> list[str]:
    """Wait until Alertmanager runs with the new configuration; ``timeout`` 0 does not wait.

    Returns warnings if the rollout cannot be checked. Raises ``OperationError`` if KubeSphere fails to apply the
    change, with its reason, if Alertmanager does not load it, or if either exceeds the timeout.
    """
    warnings = []
    for plan in plans:
        if plan.reference.kind == "InstallPlan" and plan.reference.name == alertmanager.EXTENSION and plan.after:
            deadline = Deadline(clock, timeout, INTERVAL)
            if _wait_for_installplan(cluster, plan, deadline):
                warnings.append(await_loaded(cluster, plan, deadline))
    return list(filter(None, warnings))


def wait_until_idle(cluster: Cluster, plan: Plan, clock: Clock, timeout: int) -> None:
    """Wait until KubeSphere works on an extension no more, before its InstallPlan is changed.

    What is changed meanwhile may be lost. Raises ``OperationError`` if that exceeds the timeout. The plan was made from
    an older version of the object then, so its write is a conflict, after which it is made again.
    """
    if plan.reference.kind != "InstallPlan" or plan.before is None:
        return
    deadline = Deadline(clock, timeout, INTERVAL)
    state = _status(plan.before).get("state")
    while state in BUSY:
        if not deadline.wait():
            raise OperationError(_busy(plan, str(state), timeout), finding="KD307")
        state = _status(cluster.get(ObjectRouter(cluster).path(plan.reference), fresh=True)).get("state")


def _wait_for_installplan(cluster: Cluster, plan: Plan, deadline: Deadline) -> bool:
    """Wait until KubeSphere has applied a change; return False if there was none to wait for, or no time to wait."""
    before = _status(plan.before) if plan.action != "unchanged" else None
    status = _status(plan.after) if before is None else before
    if _is_done(status, before):
        return False
    while deadline.wait():
        status = _status(cluster.get(ObjectRouter(cluster).path(plan.reference), fresh=True))
        if _has_failed(status, before):
            raise OperationError(
                f"{plan.reference}: KubeSphere failed to apply the change, its state is {status['state']}: "
                f"{reason(status)}. {_image(cluster, plan)}The change is stored; correct the cause in the extension "
                "center and run again.",
                finding="KD307",
            )
        if _is_done(status, before):
            return True
    if deadline.timeout:
        raise OperationError(
            _late(plan, status, deadline.timeout) + f" {_image(cluster, plan)}".rstrip(), finding="KD307"
        )
    return False


def raise_for_uninstalling(plan: Plan) -> None:
    """Raise ``OperationError`` if a plan wants an InstallPlan whose extension is being uninstalled."""
    if plan.reference.kind != "InstallPlan" or plan.applied_after is None or not is_terminating(plan.before):
        return
    status = _status(plan.before)
    raise OperationError(
        f"{plan.reference}: KubeSphere is uninstalling the extension since "
        f"{metadata(plan.before)['deletionTimestamp']}, its state is {status.get('state') or 'unknown'}"
        f"{f' ({reason(status)})' if status.get('state') in FAILED else ''}. Wait until the InstallPlan is gone, then "
        "install the extension again. If it remains, correct the cause in KubeSphere's extension center. Nothing was "
        "changed.",
        finding="KD307",
    )


def failure_warnings(plans: Iterable[Plan]) -> list[str]:
    """Return a warning for each extension whose last installation or upgrade failed, and that is not changed now."""
    return [
        cited(
            f"{plan.reference}: KubeSphere failed to install or upgrade the extension, its state is "
            f"{_status(plan.before)['state']}: {reason(_status(plan.before))}. Correct the cause in KubeSphere's "
            "extension center.",
            "KD307",
        )
        for plan in plans
        if plan.reference.kind == "InstallPlan"
        and plan.action == "unchanged"
        and plan.applied_after is not None
        and _status(plan.before).get("state") in FAILED
    ]


def _image(cluster: Cluster, plan: Plan) -> str:
    """Return the image that the extension waits for, with a space at the end; empty if there is none."""
    found = unpulled_image(cluster, (alertmanager.extension_namespace(plan.after or {}),))
    return f"{found} " if found else ""


def _status(manifest: Mapping[str, Any] | None) -> Mapping[str, Any]:
    status: Mapping[str, Any] = (manifest or {}).get("status") or {}
    return status


def _is_done(status: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Return whether the rollout is complete; ``before`` is the status at the time of the write."""
    if before is None and not status:
        return True
    return status.get("state") == INSTALLED and status != before


def _has_failed(status: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return status.get("state") in FAILED and status != before


def reason(status: Mapping[str, Any]) -> str:
    """Return KubeSphere's reason for a failure."""
    conditions: list[Mapping[str, Any]] = [item for item in status.get("conditions") or [] if item.get("message")]
    newest = max(conditions, key=lambda item: str(item.get("lastTransitionTime")), default=None)
    return str(newest["message"]).rstrip(".") if newest else "no reason given"


def _busy(plan: Plan, state: str, timeout: int) -> str:
    return (
        f"{plan.reference}: after {timeout} s (wait_timeout), KubeSphere is still working on the extension, its state "
        f"is {state}. Its values must not be changed meanwhile. Nothing was changed; run again when the state is "
        f"{INSTALLED}. If it stays {state}, check the extension in KubeSphere's extension center."
    )


def _late(plan: Plan, status: Mapping[str, Any], timeout: int) -> str:
    return (
        f"{plan.reference}: KubeSphere has not applied the change within {timeout} s (wait_timeout), its state is "
        f"{status.get('state') or 'unknown'}. The change is stored, and takes effect when the state is {INSTALLED}; "
        "check the extension in KubeSphere's extension center."
    )
