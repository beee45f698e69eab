# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects and features of one cluster, applied in one task."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from .._apply.apply import Answer, ApplyOptions, Hooks, apply
from .._apply.contributors import Contributors
from .._apply.deletion import Deletions, raise_for_terminating
from .._apply.diff import diff
from .._apply.last_applied import AppliedObject, LastApplied
from .._apply.merge import NOT_RECORDED
from .._apply.plan import DesiredObject, Plan
from .._apply.redaction import MANIFESTS, hide_secrets
from .._core.errors import OperationError
from .._core.secrets.kinds import PROXY
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._core.text import few
from .._delivery.alerts import Expectations
from .._delivery.outcome import Outcome
from .._desired import config_selection, unmanaged_selectors
from .._desired.app_references import retaining_app
from .._desired.signing_secrets import retaining_secrets
from .._dingtalk.registry.registry import registered_chats
from .._kubernetes import shared_configmap
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .._kubernetes.object_ref import ObjectRef
from .._kubernetes.options import cluster_spec, kubesphere_api_spec
from .._kubernetes.router import ObjectRouter
from .._kubesphere import alerting_component, alerting_extension, incomplete_rules
from .._kubesphere.alerting_extension import read_extension, rule_group_router
from .._kubesphere.api import connect
from .._kubesphere.console_pages import DINGTALK
from .._kubesphere.facts import Facts, read_facts, require_supported
from .._kubesphere.installplans import (
    failure_warnings,
    raise_for_uninstalling,
    wait_for_rollout,
    wait_until_idle,
)
from .._kubesphere.promtool import check_expressions
from .alert_delivery import find_delivery, report

#: Choices of ``features``; each has a role of the same name, whose templates render its manifests.
FEATURES = ("notification", "alertmanager", "alerting")

#: The feature whose Receivers are completed by what others set.
NOTIFICATION = FEATURES[0]

#: What follows from a credential that is not restored.
STILL_USED = f". Alerts still use that of the inventory, so set the former one: {DINGTALK}"
#: The apply set of manifests without a name.
DEFAULT_NAME = "manifests"


class Render(Protocol):
    """Renders a feature's manifests with the facts of the cluster; ``notes``: notes for the result."""

    notes: list[str]

    @property
    def has_destination(self) -> bool:
        """Whether a host of KubeSphere 4 is to send alerts of its clusters to DingTalk."""

    def note_missing_extension(self, facts: Facts) -> None:
        """Add a note if the extension that sends them is missing on any of them."""

    @property
    def contributors(self) -> Contributors:
        """The hosts that want the fields of the manifests rendered so far."""

    def __call__(self, name: str, facts: Facts) -> list[dict[str, Any]]:
        """Return the manifests."""

    def expectations(self, facts: Facts) -> Expectations:
        """Return which alerts are expected where, by the manifests rendered so far."""


#: Feature -> its manifests.
Manifests = Mapping[str, list[dict[str, Any]]]


def spec() -> ArgumentSpec:
    """Return the options of ``cluster_config``."""
    own = ArgumentSpec(
        options={
            "manifests": {"type": "list", "elements": "dict"},
            "features": {"type": "list", "elements": "str", "choices": list(FEATURES)},
            "name": {"type": "str"},
            "when_installing": {"type": "str", "default": "skip", "choices": ["skip", "fail"]},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "wait_timeout": {"type": "int", "default": 300},
            "undelivered": {"type": "str", "default": "warn", "choices": ["warn", "fail", "ignore"]},
            "contributors": {
                "type": "dict",
                "options": {
                    "inventory_host": {"type": "str", "required": True},
                    "inventory": {"type": "list", "elements": "str", "required": True},
                    "fields": {"type": "dict", "default": {}},
                },
            },
        },
        mutually_exclusive=[("manifests", "features"), ("name", "features"), ("contributors", "features")],
        required_one_of=[("manifests", "features")],
        secrets={"manifests": MANIFESTS},
    )
    return cluster_spec().merge(kubesphere_api_spec(), own)


def run(task: Task) -> dict[str, Any]:
    """Apply ``manifests``."""
    params = task.params
    if params["manifests"] is None:
        raise OperationError(
            "features: roles are rendered on the controller; run kubesphere.dingtalk.cluster_config as an action"
        )
    absent = params["state"] == "absent"
    desired_objects = [
        DesiredObject(ObjectRef.of(manifest, f"manifests[{index}]"), None if absent else manifest)
        for index, manifest in enumerate(params["manifests"])
    ]
    name = params["name"] or DEFAULT_NAME
    cluster = connect(params, task.secrets)
    release = "" if absent else _release_for_documents(task, cluster, name, desired_objects)
    contributors = Contributors.from_options(params["contributors"])
    options = ApplyOptions(prune=params["name"] is not None, release=release, contributors=contributors)
    chats_left = {"chats_left": registered_chats(cluster)} if absent else {}
    result = apply_desired(task, ObjectRouter(cluster), {name: desired_objects}, options)
    return {**result, **chats_left}


def run_features(task: Task, render: Render) -> dict[str, Any]:
    """Apply ``features``: read the cluster's facts, render each role's templates with them, apply the manifests."""
    cluster = connect(task.params, task.secrets)
    router = ObjectRouter(cluster)
    if task.params["state"] == "absent":
        if task.params["api_token"] or task.params["api_username"]:
            router = _router_to_applied_policies(task, cluster)
        chats_left = registered_chats(cluster)  # first, as a registry that cannot be read is an error
        options = ApplyOptions(contributors=render.contributors)
        removed = apply_desired(task, router, {feature: [] for feature in task.params["features"]}, options)
        return {**removed, "chats_left": chats_left}
    facts = read_facts(cluster)
    require_supported(facts)
    warn_of_assumptions(task, facts)
    manifests: Manifests = {feature: render(feature, facts) for feature in task.params["features"]}
    if _needs_extension(task, cluster, facts, manifests, render):
        facts = _with_extension(task, cluster, facts, bool(manifests[alerting_component.NAME]))
        router = rule_group_router(cluster, facts.alerting_cluster)
        if facts.role == "host" and render.has_destination:
            render.note_missing_extension(facts)
        manifests = {**manifests, alerting_component.NAME: render(alerting_component.NAME, facts)}
    installing = missing_components(task, manifests, facts, lambda: alerting_component.poll(cluster))
    manifests = without_dependents(task, manifests, installing)
    apply_sets = {feature: desired_objects(feature, rendered) for feature, rendered in manifests.items()}
    options = ApplyOptions(no_prune=installing, release=facts.release, contributors=render.contributors)
    found: list[Outcome] = []

    def judge(plans: Sequence[Plan]) -> None:
        delivery = find_delivery(router, plans, facts, render.expectations(facts))
        report(delivery, plans, task.params["undelivered"], task.warn)
        found.extend(delivery.outcomes)

    result = apply_desired(task, router, apply_sets, options, judge=judge)
    return {
        **result,
        "installing": installing,
        "notes": render.notes,
        "delivery": [outcome.as_dict() for outcome in found],
        "kubesphere_cluster": facts.as_dict(),
    }


def warn_of_assumptions(task: Task, facts: Facts) -> None:
    """Warn if the release of a cluster is assumed."""
    if facts.assumed_release:
        task.warn(facts.assumed_release)


def _needs_extension(task: Task, cluster: Cluster, facts: Facts, manifests: Manifests, render: Render) -> bool:
    """Return whether KubeSphere 4 policies or the destination of alerts are desired, or were applied.

    Without any of them, and without the extension, no further object is read than its InstallPlan.
    """
    if not facts.is_kubesphere_4 or alerting_component.NAME not in manifests:
        return False
    if manifests[alerting_component.NAME] or _has_policies(cluster):
        return True
    return facts.role == "host" and render.has_destination and _has_extension(task, cluster, facts, render)


def _with_extension(task: Task, cluster: Cluster, facts: Facts, installs: bool) -> Facts:
    """Return the facts extended with those of the extension; credentials in its URLs are masked."""
    applied = _applied_objects(cluster, alerting_component.NAME).get(alerting_extension.REFERENCE.key)
    found = alerting_extension.with_alerting(cluster, facts, applied, installs)
    urls = [url for urls in found.alerting_urls.values() for url in urls]
    task.secrets.add(*(secret for url in urls for secret in PROXY.find(url)))
    return found


def _has_extension(task: Task, cluster: Cluster, facts: Facts, render: Render) -> bool:
    """Return whether the extension is installed by a host; add a note if not, warn if the account may not read that."""
    try:
        if alerting_extension.is_installed_on_host(cluster):
            return True
    except ClusterError as error:
        if error.status != 403:
            raise
        if NOTIFICATION not in task.params["features"]:  # else that is reported with the ways of alerts
            task.warn(f"It is unknown whether alerts arrive. {error.message}")
        return False
    render.note_missing_extension(facts)
    return False


def _has_policies(cluster: Cluster) -> bool:
    return bool(_applied_objects(cluster, alerting_component.NAME))


def _applied_objects(cluster: Cluster, apply_set: str) -> Mapping[str, AppliedObject]:
    return LastApplied.read(cluster.get(shared_configmap.PATH)).applied_objects(apply_set)


def missing_components(
    task: Task, manifests: Manifests, facts: Facts, poll: Callable[[], alerting_component.Component]
) -> list[str]:
    """Return the features whose component is not installed yet, so that only its switch can be applied now.

    Raises ``OperationError`` if the component is disabled and nothing enables it, or if the task requires it.
    """
    policies = list(filter(alerting_component.requires_component, manifests.get(alerting_component.NAME) or []))
    if not policies or facts.alerting_installed:
        return []
    is_enabled_elsewhere = facts.is_kubesphere_4_member and task.params["when_installing"] == "skip"
    if not facts.alerting_enabled and not is_enabled_elsewhere and not any(map(alerting_component.is_switch, policies)):
        raise OperationError(
            "alerting_policies: KubeSphere's alerting component is disabled on this cluster, and alerting_enabled is "
            "false. Set it to true, or remove the policies. Nothing was changed."
        )
    if task.params["when_installing"] == "skip":
        return [alerting_component.NAME]
    found = poll()
    if found.state != alerting_component.READY:
        raise OperationError(
            f"KubeSphere's alerting component is not installed. {found.reason or alerting_component.LATE}"
        )
    return []


def without_dependents(task: Task, manifests: Manifests, installing: Container[str]) -> Manifests:
    """Return the manifests without those that require a missing component; in check mode, return all of them."""
    if task.check_mode:
        return manifests
    return {
        feature: [manifest for manifest in rendered if alerting_component.is_switch(manifest)]
        if feature in installing
        else rendered
        for feature, rendered in manifests.items()
    }


def _router_to_applied_policies(task: Task, cluster: Cluster) -> ObjectRouter:
    """Return the router for the policies to remove, which KubeSphere 4 serves through the host's API."""
    if alerting_component.NAME in task.params["features"] and _has_policies(cluster):
        facts = read_facts(cluster)
        if facts.is_kubesphere_4:
            return rule_group_router(cluster, read_extension(cluster, facts.role == "member").cluster)
    return ObjectRouter(cluster)


def _release_for_documents(task: Task, cluster: Cluster, name: str, desired_objects: Sequence[DesiredObject]) -> str:
    """Return the cluster's release line if an embedded document depends on it, else an empty string.

    Manifests do not show which Alertmanager the cluster runs, and older ones reject fields that newer ones require.
    """
    is_desired = any(desired.documents() for desired in desired_objects)
    applied = _applied_objects(cluster, name).values()
    if not is_desired and not any("#" in path for item in applied for path in item.values):
        return ""
    try:
        return read_facts(cluster).release
    except ClusterError as error:
        if error.status != 403:
            raise
        task.warn(f"The release of KubeSphere is unknown, so documents are validated for all releases. {error.message}")
        return ""


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
    judge: Callable[[Sequence[Plan]], None] | None = None

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

    def planned(self, plans: Sequence[Plan]) -> None:
        if self.judge:
            self.judge(plans)

    def answered(self, router: ObjectRouter, plan: Plan, answer: Answer) -> Plan:
        if plan.action == "deleted" and not self.deletions.follow(router, plan.reference, plan.before, answer):
            # It stays recorded, so that the next run deletes it or finds that it is gone.
            return replace(plan, applied_after=plan.applied_before)
        return incomplete_rules.answered(router, plan, answer)


def apply_desired(
    task: Task,
    router: ObjectRouter,
    apply_sets: Mapping[str, Sequence[DesiredObject]],
    options: ApplyOptions | None = None,
    check: Callable[[Plan], None] | None = None,
    judge: Callable[[Sequence[Plan]], None] | None = None,
) -> dict[str, Any]:
    """Apply sets and return the task's result.

    Before any write, ``check`` is called with each changing plan and ``judge`` with all plans.
    """
    for desired_objects in apply_sets.values():
        for desired in desired_objects:
            hide_secrets(desired.content, task.secrets)

    options = replace(options or ApplyOptions(), dry_run=task.check_mode)
    deletions = Deletions(task.clock, task.check_mode)
    apply_sets, warnings = _beside_others(router, apply_sets)
    for warning in warnings:
        if judge is None or not warning.startswith(config_selection.FORBIDDEN):  # it reports what is unknown
            task.warn(warning)
    notification = {desired.reference.key: desired for desired in apply_sets.get(NOTIFICATION, ())}
    plans = apply(router, apply_sets, options, _Hooks(task, router.cluster, deletions, notification, check, judge))
    if not task.check_mode:
        for warning in wait_for_rollout(router.cluster, plans, task.clock, task.params.get("wait_timeout") or 0):
            task.warn(warning)
    for warning in failure_warnings(plans):
        task.warn(warning)
    for warning in (warning for plan in plans for warning in _warnings(plan)):
        task.warn(warning)
    _report_pending(task, deletions)
    return {
        "changed": any(plan.action != "unchanged" for plan in plans),
        "objects": [_summary(plan) for plan in plans],
        "diff": [diff(plan) for plan in plans if plan.action != "unchanged"],
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


def _warnings(plan: Plan) -> Iterator[str]:
    for text, reason in plan.not_removed.items():
        is_credential = reason == NOT_RECORDED and plan.reference.kind == "Secret" and "#" not in text
        yield f"{plan.reference}: not removed: {text} ({reason}){STILL_USED if is_credential else ''}"
    for warning in (*plan.warnings, *_of_other_hosts(plan)):
        yield f"{plan.reference}: {warning}"


def _of_other_hosts(plan: Plan) -> Iterator[str]:
    """Yield the warnings about what hosts outside the inventory contributed."""
    if plan.retained_for:
        yield (
            f"keeps what {few(sorted(plan.retained_for))} contributed, because this inventory does not have the host. "
            "It is removed by a run whose inventory has the host without these settings, or with the host in "
            "kubesphere_retired_hosts"
        )
    hosts = frozenset[str]().union(*plan.overruled.values())
    if hosts:
        yield (
            f"{few(sorted(plan.overruled))}: replaced the value of {few(sorted(hosts))}, a host that this inventory "
            "does not have; the last run decides. Set equal values in both inventories, or describe this cluster in "
            "one of them only"
        )


def desired_objects(feature: str, manifests: list[dict[str, Any]]) -> list[DesiredObject]:
    """Return the desired objects of a feature's manifests."""
    return [
        DesiredObject(ObjectRef.of(manifest, f"role {feature}, manifest {index}"), manifest)
        for index, manifest in enumerate(manifests)
    ]


def _report_pending(task: Task, deletions: Deletions) -> None:
    """Warn in check mode, else raise ``OperationError``, if finalizers hold deleted objects."""
    if deletions.pending and not task.check_mode:
        raise OperationError(" ".join(deletions.pending))
    for message in deletions.pending:
        task.warn(message)


def _summary(plan: Plan) -> dict[str, Any]:
    reference = plan.reference
    return {
        "api_version": reference.api_version,
        "kind": reference.kind,
        "namespace": reference.namespace,
        "name": reference.name,
        "action": plan.action,
    }


OPERATION = Operation(spec=spec(), run=run)
