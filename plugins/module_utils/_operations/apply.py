# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many objects and features of one cluster in one task."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Protocol

from .._apply.apply import apply
from .._apply.diff import diff
from .._apply.last_applied import Record
from .._apply.plan import Plan, Wish
from .._apply.redaction import hide_secrets
from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._dingtalk.registry.registry import registered_chats
from .._kubernetes import shared_configmap
from .._kubernetes.client import Cluster
from .._kubernetes.object_ref import Reference
from .._kubernetes.options import cluster_spec, kubesphere_api_spec
from .._kubesphere import alerting_component
from .._kubesphere.alerting_extension import with_alerting
from .._kubesphere.facts import Facts, read_facts, require_supported
from .._kubesphere.installplans import settle
from .._kubesphere.promtool import check_expressions
from .._kubesphere.releases import EXTENSIBLE

#: What ``features`` offers; each has a role of the same name, whose templates say what it puts on a cluster.
FEATURES = ("notification", "alertmanager", "alerting")

#: The name under which manifests are recorded when the task gives none.
DEFAULT_NAME = "manifests"


class Render(Protocol):
    """Gives a feature's manifests, rendered with what the cluster is; ``notes`` says what else is to be known."""

    notes: list[str]

    def __call__(self, name: str, facts: Facts) -> list[dict[str, Any]]:
        """Return the manifests."""


#: Feature -> its manifests.
Manifests = Mapping[str, list[dict[str, Any]]]


def spec() -> ArgumentSpec:
    """Return the options of ``apply``."""
    own = ArgumentSpec(
        options={
            "manifests": {"type": "list", "elements": "dict"},
            "features": {"type": "list", "elements": "str", "choices": list(FEATURES)},
            "name": {"type": "str"},
            "when_installing": {"type": "str", "default": "skip", "choices": ["skip", "fail"]},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "wait_timeout": {"type": "int", "default": 300},
        },
        mutually_exclusive=[("manifests", "features"), ("name", "features")],
        required_one_of=[("manifests", "features")],
    )
    return cluster_spec().merge(kubesphere_api_spec(), own)


def run(task: Task) -> dict[str, Any]:
    """Apply ``manifests``."""
    params = task.params
    if params["manifests"] is None:
        raise OperationError(
            "features: roles are rendered on the controller; run this as the action kubesphere.dingtalk.apply"
        )
    absent = params["state"] == "absent"
    wishes = [
        Wish(Reference.of(manifest, f"manifests[{index}]"), None if absent else manifest)
        for index, manifest in enumerate(params["manifests"])
    ]
    cluster = Cluster.from_task(task)
    retract = params["name"] is not None
    result = apply_sets(task, cluster, {params["name"] or DEFAULT_NAME: wishes}, retract)
    return {**result, **({"chats_left": registered_chats(cluster)} if absent else {})}


def run_features(task: Task, render: Render) -> dict[str, Any]:
    """Apply ``features``: read what the cluster is, render each role's templates with it, put the result there."""
    cluster = Cluster.from_task(task)
    if task.params["state"] == "absent":
        if task.params["api_token"] or task.params["api_username"]:
            _find_rule_groups(task, cluster)
        taken_back = apply_sets(task, cluster, {feature: [] for feature in task.params["features"]})
        return {**taken_back, "chats_left": registered_chats(cluster)}
    facts = read_facts(cluster)
    require_supported(facts)
    warn_of_assumptions(task, facts)
    cluster.release = facts.family
    manifests: Manifests = {feature: render(feature, facts) for feature in task.params["features"]}
    if _needs_extension(task, cluster, facts, manifests):
        facts = with_alerting(cluster, facts)
        manifests = {**manifests, alerting_component.NAME: render(alerting_component.NAME, facts)}
    installing = missing_components(task, manifests, facts, lambda: alerting_component.look(cluster))
    manifests = without_dependents(task, manifests, installing)
    sets = {feature: _wishes(feature, rendered) for feature, rendered in manifests.items()}
    result = apply_sets(task, cluster, sets, held=installing)
    return {**result, "installing": installing, "notes": render.notes, "kubesphere_cluster": facts.as_dict()}


def warn_of_assumptions(task: Task, facts: Facts) -> None:
    """Say which release a cluster is taken for, where that does not go without saying."""
    if facts.assumed_release:
        task.warn(facts.assumed_release)


def _needs_extension(task: Task, cluster: Cluster, facts: Facts, manifests: Manifests) -> bool:
    """Tell whether policies of KubeSphere 4 are wished, or were put there and may have to be taken back."""
    if facts.family != EXTENSIBLE or alerting_component.NAME not in manifests:
        return False
    return bool(manifests[alerting_component.NAME]) or _has_policies(cluster)


def _has_policies(cluster: Cluster) -> bool:
    return bool(Record.read(cluster.get(shared_configmap.PATH)).entries(alerting_component.NAME))


def missing_components(
    task: Task, manifests: Manifests, facts: Facts, look: Callable[[], alerting_component.Component]
) -> list[str]:
    """Return the features whose component is not there yet, so that nothing but its switch can be put now.

    Raises ``OperationError`` where nobody switches it on, or where the task wants it to be there.
    """
    wished = manifests.get(alerting_component.NAME)
    if not wished or facts.alerting_installed:
        return []
    is_placed_elsewhere = facts.is_member_of_extensible and task.params["when_installing"] == "skip"
    if not facts.alerting_enabled and not is_placed_elsewhere and not any(map(alerting_component.is_switch, wished)):
        raise OperationError(
            "alerting_policies: they need KubeSphere's alerting component, which is off on this cluster, and "
            "alerting_enabled is false. Set it to true, or take the policies away. Nothing was changed."
        )
    if task.params["when_installing"] == "skip":
        return [alerting_component.NAME]
    found = look()
    if found.state != alerting_component.READY:
        raise OperationError(f"KubeSphere's alerting component is not there. {found.reason or alerting_component.LATE}")
    return []


def without_dependents(task: Task, manifests: Manifests, installing: Container[str]) -> Manifests:
    """Return the manifests without those that need a missing component; in check mode they are shown all the same."""
    if task.check_mode:
        return manifests
    return {
        feature: [manifest for manifest in rendered if alerting_component.is_switch(manifest)]
        if feature in installing
        else rendered
        for feature, rendered in manifests.items()
    }


def _find_rule_groups(task: Task, cluster: Cluster) -> None:
    """Let a cluster of KubeSphere 4 know where the policies are that may have to be taken back."""
    if alerting_component.NAME in task.params["features"] and _has_policies(cluster):
        facts = read_facts(cluster)
        if facts.family == EXTENSIBLE:
            with_alerting(cluster, facts)


def apply_sets(
    task: Task,
    cluster: Cluster,
    sets: Mapping[str, Sequence[Wish]],
    retract: bool = True,
    before_write: Callable[[Plan], None] | None = None,
    held: Container[str] = (),
) -> dict[str, Any]:
    """Apply wishes by set and return the task's result; nothing is taken back from a set that is held."""
    for wishes in sets.values():
        for wish in wishes:
            hide_secrets(wish.content, task.secrets)

    def prepare(plan: Plan) -> None:
        # A refusal may quote what is written back, somebody else's secrets included.
        hide_secrets(plan.before, task.secrets)
        hide_secrets(plan.after, task.secrets)
        check_expressions(plan)
        if before_write:
            before_write(plan)

    plans = apply(cluster, dict(sets), task.check_mode, retract, prepare, held)
    if not task.check_mode:
        for warning in settle(cluster, plans, task.clock, task.params.get("wait_timeout") or 0):
            task.warn(warning)
    for plan in plans:
        for text, reason in plan.kept.items():
            task.warn(f"{plan.reference}: {text} is left as it is: {reason}")
        for warning in plan.warnings:
            task.warn(f"{plan.reference}: {warning}")
    return {
        "changed": any(plan.action != "unchanged" for plan in plans),
        "objects": [_summary(plan) for plan in plans],
        "diff": [diff(plan) for plan in plans if plan.action != "unchanged"],
        **{name: fact for plan in plans for name, fact in plan.facts.items()},
    }


def _wishes(feature: str, manifests: list[dict[str, Any]]) -> list[Wish]:
    return [
        Wish(Reference.of(manifest, f"role {feature}, manifest {index}"), manifest)
        for index, manifest in enumerate(manifests)
    ]


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
