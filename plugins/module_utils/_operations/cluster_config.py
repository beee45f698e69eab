# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects and features of one cluster, applied in one task."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .._apply.apply import ApplyOptions
from .._apply.contributors import Contributors
from .._apply.last_applied import AppliedObject, LastApplied
from .._apply.plan import DesiredObject, Plan
from .._apply.redaction import MANIFESTS
from .._core.errors import OperationError
from .._core.secrets.kinds import PROXY
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._delivery.alerts import Expectations
from .._desired.features import FEATURES
from .._dingtalk.registry.registry import registered_chats
from .._findings.finding import cited
from .._kubernetes import shared_configmap
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .._kubernetes.object_ref import ObjectRef
from .._kubernetes.options import cluster_spec, kubesphere_api_spec
from .._kubernetes.router import ObjectRouter
from .._kubesphere import alerting_component, alerting_extension
from .._kubesphere.alerting_extension import read_extension, rule_group_router
from .._kubesphere.api import connect
from .._kubesphere.facts import Facts, read_facts, require_supported
from .._kubesphere.missing_permissions import with_missing_roles
from .._kubesphere.permissions import FACTS, names_for
from .._verify.delivery import find_delivery, reads, report
from .applying import NOTIFICATION, apply_desired
from .registered import FLEET_FROM

#: The apply set of manifests without a name.
DEFAULT_NAME = "manifests"


class Render(Protocol):
    """Renders a feature's manifests with the facts of the cluster; ``notes``: notes for the result."""

    notes: list[str]

    @property
    def has_destination(self) -> bool:
        """Whether a host of KubeSphere 4 is to send alerts of its clusters to DingTalk."""

    @property
    def member_names(self) -> list[str]:
        """KubeSphere's names of the members that declare a host of KubeSphere 4."""

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
            **FLEET_FROM,
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "wait_timeout": {"type": "int", "default": 300},
            "undelivered": {"type": "str", "default": "warn", "choices": ["warn", "fail", "ignore"]},
            "contributors": {
                "type": "dict",
                "options": {
                    "inventory_host": {"type": "str", "required": True},
                    "inventory": {"type": "list", "elements": "str", "required": True},
                    "slice": {"type": "bool", "default": False},
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
            "features: roles are rendered on the controller; run kubesphere.dingtalk.cluster_config as an action",
            finding="KD109",
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
    try:
        return _run_features(task, cluster, render)
    except ClusterError as error:
        raise _with_missing_roles(task, cluster, error) from None


def _with_missing_roles(task: Task, cluster: Cluster, error: ClusterError) -> OperationError:
    """Return the error with everything that the account lacks, if it lacks a permission."""
    try:
        facts = read_facts(cluster)
    except ClusterError:
        facts = None
    features = [FACTS, *names_for(task.params["state"], task.params["features"], facts)]
    return with_missing_roles(error, cluster, features, facts)


def _run_features(task: Task, cluster: Cluster, render: Render) -> dict[str, Any]:
    if task.params["state"] == "absent":
        router = ObjectRouter(cluster)
        if task.params["api_token"] or task.params["api_username"]:
            router = _router_to_applied_policies(task, cluster)
        chats_left = registered_chats(cluster)  # first, as a registry that cannot be read is an error
        options = ApplyOptions(contributors=render.contributors)
        removed = apply_desired(task, router, {feature: [] for feature in task.params["features"]}, options)
        return {**removed, "chats_left": chats_left}
    prepared = prepare(task, cluster, render)
    expectations = render.expectations(prepared.facts)

    def judge(plans: Sequence[Plan]) -> dict[str, Any]:
        delivery = find_delivery(prepared.router, plans, prepared.facts, expectations)
        report(delivery, plans, task.params["undelivered"], task.warn)
        return {"delivery": [outcome.as_dict() for outcome in delivery.outcomes]}

    judged = reads(cluster, prepared.facts, expectations)
    result = apply_desired(task, prepared.router, prepared.apply_sets, prepared.options, judge=judge, judged=judged)
    return {
        **result,
        "installing": prepared.installing,
        "notes": render.notes,
        "kubesphere_cluster": prepared.facts.as_dict(),
    }


@dataclass(frozen=True)
class Prepared:
    """What a task applies to a cluster, rendered with its facts. ``installing``: features of missing components."""

    facts: Facts
    router: ObjectRouter
    apply_sets: Mapping[str, Sequence[DesiredObject]]
    options: ApplyOptions
    installing: list[str]


def prepare(task: Task, cluster: Cluster, render: Render) -> Prepared:
    """Read the facts of a cluster and render the features; raises ``OperationError`` if it does not support them."""
    router = ObjectRouter(cluster)
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
    return Prepared(facts, router, apply_sets, options, installing)


def warn_of_assumptions(task: Task, facts: Facts) -> None:
    """Warn if the release of a cluster is assumed."""
    if facts.assumed_release:
        task.warn(cited(facts.assumed_release, "KD322"))


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
            task.warn(cited(f"It is unknown whether alerts arrive. {error.message}", error.finding))
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
            "false. Set it to true, or remove the policies. Nothing was changed.",
            finding="KD401",
        )
    if task.params["when_installing"] == "skip":
        return [alerting_component.NAME]
    found = poll()
    if found.state != alerting_component.READY:
        raise OperationError(
            f"KubeSphere's alerting component is not installed. {found.reason or alerting_component.LATE}",
            finding="KD402",
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
        task.warn(
            cited(
                f"The release of KubeSphere is unknown, so documents are validated for all releases. {error.message}",
                error.finding,
            )
        )
        return ""


def desired_objects(feature: str, manifests: list[dict[str, Any]]) -> list[DesiredObject]:
    """Return the desired objects of a feature's manifests."""
    return [
        DesiredObject(ObjectRef.of(manifest, f"role {feature}, manifest {index}"), manifest)
        for index, manifest in enumerate(manifests)
    ]


OPERATION = Operation(spec=spec(), run=run)
