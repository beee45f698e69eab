# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply sets, applied to a cluster as a task: what is checked before a write, and the result of the task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._apply.apply import Answer, ApplyOptions, Hooks, planned
from .._apply.deletion import Deletions, raise_for_terminating
from .._apply.diff import diff
from .._apply.merge import NOT_RECORDED
from .._apply.plan import DesiredObject, Plan
from .._apply.redaction import hide_secrets
from .._core.errors import OperationError
from .._core.task import Task
from .._core.text import few
from .._desired import config_selection, unmanaged_selectors
from .._desired.app_references import retaining_app
from .._desired.signing_secrets import retaining_secrets
from .._findings.finding import cited
from .._kubernetes.client import Cluster
from .._kubernetes.router import ObjectRouter
from .._kubesphere import incomplete_rules
from .._kubesphere.console_pages import DINGTALK
from .._kubesphere.installplans import (
    failure_warnings,
    raise_for_uninstalling,
    wait_for_rollout,
    wait_until_idle,
)
from .._kubesphere.promtool import check_expressions

#: The apply set whose Receivers are completed by what others set.
NOTIFICATION = "notification"
#: What follows from a credential that is not restored.
STILL_USED = f". Alerts still use that of the inventory, so set the former one: {DINGTALK}"


@dataclass(frozen=True)
class _Hooks(Hooks):
    """Hooks of ``apply``: mask secrets, check expressions, complete rules without one or warn, follow deletions.

    ``notification``: the desired objects of role ``notification`` by key, for warnings about what drops alerts.
    Before a change of an InstallPlan, they wait until KubeSphere has finished working on the extension.
    """

    task: Task
    cluster: Cluster
    deletions: Deletions
    notification: Mapping[str, DesiredObject]
    check: Callable[[Plan], None] | None = None

    def completed(self, router: ObjectRouter, plan: Plan) -> Plan:
        raise_for_uninstalling(plan)
        raise_for_terminating(plan)
        if desired := self.notification.get(plan.reference.key):
            warnings = unmanaged_selectors.warnings(desired, plan.after)
            plan = replace(plan, warnings=(*plan.warnings, *warnings))
        return incomplete_rules.completed(router, plan)

    def before_write(self, plan: Plan) -> None:
        # An error may quote the written manifest, including unmanaged secrets.
        hide_secrets(plan.before, self.task.secrets)
        hide_secrets(plan.after, self.task.secrets)
        check_expressions(plan)
        if self.check:
            self.check(plan)
        if not self.task.check_mode:
            wait_until_idle(self.cluster, plan, self.task.clock, self.task.params.get("wait_timeout") or 0)

    def answered(self, router: ObjectRouter, plan: Plan, answer: Answer) -> Plan:
        if plan.action == "deleted" and (remains := self.deletions.follow(router, plan.reference, plan.before, answer)):
            # It stays recorded, so that the next run deletes it or finds that it is gone.
            return replace(plan, applied_after=plan.applied_before, remains=remains)
        return incomplete_rules.answered(router, plan, answer)


def apply_desired(
    task: Task,
    router: ObjectRouter,
    apply_sets: Mapping[str, Sequence[DesiredObject]],
    options: ApplyOptions | None = None,
    check: Callable[[Plan], None] | None = None,
    judge: Callable[[Sequence[Plan]], Mapping[str, Any]] | None = None,
    judged: Iterable[str] = (),
) -> dict[str, Any]:
    """Apply sets and return the task's result.

    Before any write, ``check`` is called with each changing plan and ``judge`` with all plans, which returns facts for
    the result. ``judged``: the paths that it reads whatever the plans are.
    """
    for desired_objects in apply_sets.values():
        for desired in desired_objects:
            hide_secrets(desired.content, task.secrets)

    options = replace(options or ApplyOptions(), dry_run=task.check_mode)
    # Together, as a distant cluster costs by the number of times that it is waited for.
    objects = [router.path(desired.reference) for desired_objects in apply_sets.values() for desired in desired_objects]
    router.cluster.prefetch([*config_selection.reads(router, apply_sets.get(NOTIFICATION, ())), *objects, *judged])
    apply_sets, warnings = _beside_others(router, apply_sets)
    for warning in warnings:
        if judge is None or not warning.startswith(config_selection.FORBIDDEN):  # it reports what is unknown
            task.warn(warning)
    notification = {desired.reference.key: desired for desired in apply_sets.get(NOTIFICATION, ())}
    deletions = Deletions(task.clock, task.check_mode)
    run = planned(router, apply_sets, options, _Hooks(task, router.cluster, deletions, notification, check))
    facts = judge(run.plans) if judge else {}
    plans = run.execute()
    if not task.check_mode:
        for warning in wait_for_rollout(router.cluster, plans, task.clock, task.params.get("wait_timeout") or 0):
            task.warn(warning)
    for warning in failure_warnings(plans):
        task.warn(warning)
    for warning in (warning for plan in plans for warning in _warnings(plan, options.contributors.is_slice)):
        task.warn(warning)
    _report_remaining(task, [plan.remains for plan in plans if plan.remains])
    return {
        **facts,
        "changed": any(plan.action != "unchanged" for plan in plans),
        "objects": [_summary(plan) for plan in plans],
        "diff": [diff(plan, options.contributors.own) for plan in plans if plan.action != "unchanged"],
        **{name: fact for plan in plans for name, fact in plan.facts.items()},
    }


def _beside_others(
    router: ObjectRouter, apply_sets: Mapping[str, Sequence[DesiredObject]]
) -> tuple[Mapping[str, Sequence[DesiredObject]], Sequence[str]]:
    """Return apply sets that work beside what others set for notification-manager, and warnings.

    Receivers select the Config with their app where they must, and retain the signing secret of the same robot.
    """
    if not apply_sets.get(NOTIFICATION):
        return apply_sets, ()
    selected, warnings = config_selection.selected(router, retaining_app(apply_sets[NOTIFICATION]))
    return {**apply_sets, NOTIFICATION: retaining_secrets(router, selected)}, warnings


def _warnings(plan: Plan, is_slice: bool = False) -> Iterator[str]:
    for text, reason in plan.not_removed.items():
        is_credential = reason == NOT_RECORDED and plan.reference.kind == "Secret" and "#" not in text
        still_used = STILL_USED if is_credential else ""
        yield cited(f"{plan.reference}: not removed: {text} ({reason}){still_used}", "KD324")
    for warning in (*plan.warnings, *_of_other_hosts(plan, is_slice)):
        yield f"{plan.reference}: {warning}"


def _of_other_hosts(plan: Plan, is_slice: bool) -> Iterator[str]:
    """Yield the warnings about what hosts outside the inventory contributed; those of other slices are expected."""
    if plan.retained_for and not is_slice:
        yield cited(
            f"keeps what {few(sorted(plan.retained_for))} contributed, because this inventory does not have the host. "
            "It is removed by a run whose inventory has the host without these settings, or with the host in "
            "kubesphere_retired_hosts",
            "KD112",
        )
    hosts = frozenset[str]().union(*plan.overruled.values())
    if hosts:
        yield cited(
            f"{few(sorted(plan.overruled))}: replaced the value of {few(sorted(hosts))}, a host that this inventory "
            "does not have; the last run decides. Set equal values in both inventories, or describe this cluster in "
            "one of them only",
            "KD112",
        )


def _report_remaining(task: Task, messages: Sequence[str]) -> None:
    """Warn in check mode, else raise ``OperationError``, if finalizers hold deleted objects."""
    if messages and not task.check_mode:
        raise OperationError(" ".join(messages), finding="KD317")
    for message in messages:
        task.warn(cited(message, "KD317"))


def _summary(plan: Plan) -> dict[str, Any]:
    reference = plan.reference
    return {
        "api_version": reference.api_version,
        "kind": reference.kind,
        "namespace": reference.namespace,
        "name": reference.name,
        "action": plan.action,
    }
