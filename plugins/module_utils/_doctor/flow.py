# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examination of one cluster, in the order in which an alert travels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task, only_as_action
from .._delivery.outcome import Result
from .._desired.features import FEATURES
from .._findings.finding import Stage
from .._kubernetes.client import Cluster
from .._kubernetes.options import cluster_spec, kubesphere_api_spec
from .._kubesphere import alerting_component
from .._kubesphere.api import connect
from .._kubesphere.missing_permissions import FORBIDDEN
from .._operations.cluster_config import Prepared, Render, prepare
from .._operations.registered import FLEET_FROM
from .._verify.delivery import describe_end
from . import alertmanager_stage, cluster_stage, differences, licences, manager_stage, rules_stage
from .context import Context
from .examination import Examination

STATIC, FULL = "static", "full"
LEVEL: Mapping[str, Any] = {"type": "str", "choices": [STATIC, FULL], "default": FULL}

_STAGES: dict[Stage, Callable[[Examination, Context], None]] = {
    Stage.CLUSTER: cluster_stage.examine,
    Stage.RULES: rules_stage.examine,
    Stage.ALERTMANAGER: alertmanager_stage.examine,
    Stage.NOTIFICATION_MANAGER: manager_stage.examine,
}
#: The stages of a cluster.
ALL = (*_STAGES, Stage.EGRESS)
OFFLINE = "level is static"
#: The finding of an alerting component that nothing enables.
NOT_ENABLED = "KD401"


def spec() -> ArgumentSpec:
    """Return the options of ``doctor``."""
    own = ArgumentSpec(
        options={
            "level": LEVEL,
            "state_path": {"type": "path"},
            **FLEET_FROM,
            "features": {"type": "list", "elements": "str", "choices": list(FEATURES), "default": list(FEATURES)},
        }
    )
    return cluster_spec().merge(kubesphere_api_spec(), own)


def run_doctor(task: Task, read: Callable[[Task], Render], clock_offset: int = 0) -> dict[str, Any]:
    """Examine one cluster; its settings are read by ``read``, which raises ``OperationError`` if they are invalid.

    ``clock_offset``: seconds by which DingTalk's clock is ahead of the controller's.
    """
    examination = Examination()
    # The state of what is rendered, and warnings that become findings.
    task.params = {**task.params, "state": "present", "when_installing": "skip", "wait_timeout": 0}
    context = _prepare(examination, task, read, clock_offset)
    if context:
        for stage, examine in _STAGES.items():
            with examination.stage(stage, "the cluster"):
                examine(examination, context)
        _delivery(examination, context)
        _settings(examination, context)
    for text in task.warnings:
        examination.add_warning(text, differences.SUBJECT)
    task.warnings.clear()
    return {"changed": False, **examination.result()}


def _prepare(examination: Examination, task: Task, read: Callable[[Task], Render], clock_offset: int) -> Context | None:
    """Return the cluster as it is examined; None, with the reason as a finding, if it cannot be."""
    try:
        render = read(task)
    except OperationError as error:
        cause = examination.add_error(error, "the variables of this host")
        _skip_all(examination, f"the inventory is invalid ({cause})")
        return None
    if task.params["level"] == STATIC:
        _skip_all(examination, OFFLINE)
        return None
    cluster = connect(task.params, task.secrets)
    try:
        return Context(task, cluster, _prepared(examination, task, cluster, render), render, clock_offset)
    except OperationError as error:
        cause = examination.add_error(error, "the cluster")
        _skip_all(examination, f"the cluster cannot be examined ({cause})")
        return None


def _prepared(examination: Examination, task: Task, cluster: Cluster, render: Render) -> Prepared:
    """Return the cluster's settings, without policies if the component that evaluates them is not enabled."""
    try:
        return prepare(task, cluster, render)
    except OperationError as error:
        if error.finding != NOT_ENABLED:
            raise
        examination.add_error(error, alerting_component.NAME)
        others = [name for name in task.params["features"] if name != alerting_component.NAME]
        return prepare(replace(task, params={**task.params, "features": others}), cluster, render)


def _settings(examination: Examination, context: Context) -> None:
    """Add whether the platform is read-only by its licence, and what a run would change."""
    unread = ""
    with examination.stage(Stage.CLUSTER, "the cluster"):
        unread = licences.examine(examination, context)  # first, as a refused dry run is a consequence
    if context.has_all_chats:
        with examination.stage(Stage.CLUSTER, "the cluster"):
            differences.examine(examination, context)
    if unread:
        examination.skip(Stage.CLUSTER, unread)  # unless there is a reason that matters more


def _skip_all(examination: Examination, because: str) -> None:
    for stage in ALL:
        examination.skip(stage, because)


def _delivery(examination: Examination, context: Context) -> None:
    """Add where the ways of alerts end."""
    with examination.stage(Stage.NOTIFICATION_MANAGER, "the cluster"):
        delivery = context.delivery
        for outcome in delivery.outcomes:
            # Missing permissions follow, each once.
            if outcome.result != Result.DELIVERED and outcome.finding not in ("", FORBIDDEN):
                place = outcome.ends_at[0] or outcome.receiver
                examination.add(outcome.finding, place, describe_end(outcome), outcome.cure)
        for missing in dict.fromkeys(delivery.forbidden):
            examination.add(FORBIDDEN, "the account", f"it may not {missing.permission}: {missing.message}".rstrip("."))


OPERATION = Operation(spec=spec(), run=only_as_action("doctor"))
