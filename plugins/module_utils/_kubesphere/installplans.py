# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions of KubeSphere 4: a change of an InstallPlan is carried out by KubeSphere, some time after it was written.

Source: KubeSphere's type InstallPlan (kubesphere.io/v1alpha1), its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._alertmanager import config as alertmanager
from .._apply.plan import Plan
from .._core.clock import Clock, Deadline
from .._core.errors import OperationError
from .._kubernetes.client import Cluster
from .._kubernetes.router import ObjectRouter
from .alertmanager_rollout import await_loaded

INSTALLED = "Installed"
FAILED = ("InstallFailed", "UpgradeFailed", "UninstallFailed")
#: Seconds between two looks.
INTERVAL = 2


def wait_for_rollout(cluster: Cluster, plans: Iterable[Plan], clock: Clock, timeout: int) -> list[str]:
    """Wait until Alertmanager runs with the configuration that was written; ``timeout`` 0 does not wait.

    Returns why that cannot be told, if so. Raises ``OperationError`` when KubeSphere fails to carry the change out,
    with the reason that it gives, when Alertmanager does not take it, or when either takes too long.
    """
    warnings = []
    for plan in plans:
        if plan.reference.kind == "InstallPlan" and plan.reference.name == alertmanager.EXTENSION and plan.after:
            deadline = Deadline(clock, timeout, INTERVAL)
            if _wait_for_installplan(cluster, plan, deadline):
                warnings.append(await_loaded(cluster, plan, deadline))
    return list(filter(None, warnings))


def _wait_for_installplan(cluster: Cluster, plan: Plan, deadline: Deadline) -> bool:
    """Return whether a change was waited for until it was carried out."""
    before = _status(plan.before) if plan.action != "unchanged" else None
    status = _status(plan.after) if before is None else before
    if _is_done(status, before):
        return False
    while deadline.wait():
        status = _status(cluster.get(ObjectRouter(cluster).path(plan.reference), fresh=True))
        if _has_failed(status, before):
            raise OperationError(
                f"{plan.reference}: KubeSphere could not carry the change out, its state is {status['state']}: "
                f"{reason(status)}. The change is written; correct the cause in the extension center and run again."
            )
        if _is_done(status, before):
            return True
    if deadline.timeout:
        raise OperationError(_late(plan, status, deadline.timeout))
    return False


def _status(manifest: Mapping[str, Any] | None) -> Mapping[str, Any]:
    status: Mapping[str, Any] = (manifest or {}).get("status") or {}
    return status


def _is_done(status: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Tell whether nothing is left to wait for; ``before`` is the status that was there when the change was written."""
    if before is None and not status:
        return True
    return status.get("state") == INSTALLED and status != before


def _has_failed(status: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return status.get("state") in FAILED and status != before


def reason(status: Mapping[str, Any]) -> str:
    """Return what KubeSphere says of a failure."""
    conditions: list[Mapping[str, Any]] = [item for item in status.get("conditions") or [] if item.get("message")]
    newest = max(conditions, key=lambda item: str(item.get("lastTransitionTime")), default=None)
    return str(newest["message"]).rstrip(".") if newest else "it gives no reason"


def _late(plan: Plan, status: Mapping[str, Any], timeout: int) -> str:
    return (
        f"{plan.reference}: KubeSphere has not carried the change out within {timeout} s (wait_timeout), its state is "
        f"{status.get('state') or 'not known'}. The change is written, and takes effect once that is {INSTALLED}; see "
        "the extension in KubeSphere's extension center."
    )
