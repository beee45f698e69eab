# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply desired objects to a cluster: read and plan all, then write the differences and the last-applied state."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._kubernetes import shared_configmap
from .._kubernetes.errors import ClusterError, gave_up
from .._kubernetes.object_ref import KNOWN_RESOURCES, ObjectRef
from .._kubernetes.router import ObjectRouter
from .embedded_document import MergeContext
from .last_applied import AppliedObject, LastApplied
from .plan import DesiredObject, Plan, make_plan
from .upgrades import rule_groups, served

#: The API server's answer to a write: the stored object, if there is one.
Answer = dict[str, Any]

#: Maximum number of writes of an object that others modify concurrently; each retry reads and merges it again.
ATTEMPTS = 6


class Hooks:
    """Callbacks that extend the processing of plans; these leave all plans unchanged."""

    def completed(self, router: ObjectRouter, plan: Plan) -> Plan:
        """Return a new plan completed with content that only the cluster can generate."""
        return plan

    def before_write(self, plan: Plan) -> None:
        """Validate or log a plan with changes before anything is written; called again after a conflict."""

    def answered(self, router: ObjectRouter, plan: Plan, answer: Answer) -> Plan:
        """Return an executed plan with warnings derived from the API server's answer."""
        return plan


@dataclass(frozen=True)
class ApplyOptions:
    """Options of ``apply``.

    ``dry_run``: the API server validates each write and stores none. ``prune``: remove applied objects and fields of an
    apply set that are no longer desired, except in the apply sets of ``no_prune``, whose desired objects are not
    complete yet. ``release``: KubeSphere's release line, empty if unknown; documents are validated against the
    Alertmanager version that it ships.
    """

    dry_run: bool = False
    prune: bool = True
    no_prune: Container[str] = ()
    release: str = ""


def apply(
    router: ObjectRouter,
    apply_sets: Mapping[str, Sequence[DesiredObject]],
    options: ApplyOptions | None = None,
    hooks: Hooks | None = None,
) -> list[Plan]:
    """Apply each apply set (a feature, or a name) and return the executed plans.

    Nothing is written before all objects are read and planned. Raises ``OperationError``.
    """
    options, hooks = options or ApplyOptions(), hooks or Hooks()
    last_applied = LastApplied.read(router.cluster.get(shared_configmap.PATH))
    run = _Run(router, last_applied, options, hooks)
    work = [item for name, desired_objects in apply_sets.items() for item in run.work_of(name, desired_objects)]
    router.cluster.prefetch(router.path(item.desired.reference) for item in work)
    work += run.migrated(work)
    plans = [run.plan(item) for item in work]
    for plan in plans:
        run.before_write(plan)
    run.record_pending(zip(work, plans, strict=True))
    plans = [run.write(item, plan) for item, plan in zip(work, plans, strict=True)]
    if not options.dry_run:
        run.record_applied(zip(work, plans, strict=True))
    return plans


@dataclass
class _Work:
    """One object to apply, and its last-applied state."""

    apply_set: str
    desired: DesiredObject
    applied: AppliedObject | None
    prune: bool


class _Run:
    """The steps of an apply run, and their shared state."""

    def __init__(self, router: ObjectRouter, last_applied: LastApplied, options: ApplyOptions, hooks: Hooks) -> None:
        self._router = router
        self._last_applied = last_applied
        self._options = options
        self._hooks = hooks

    def work_of(self, name: str, desired_objects: Sequence[DesiredObject]) -> list[_Work]:
        """Return the work of an apply set, including the objects to prune."""
        prune = self._options.prune and name not in self._options.no_prune
        applied = self._last_applied.applied_objects(name)
        removed = self._no_longer_desired(name, applied, desired_objects) if prune else []
        return [
            _Work(name, desired, applied.get(desired.reference.key), prune) for desired in (*desired_objects, *removed)
        ]

    def migrated(self, work: Sequence[_Work]) -> list[_Work]:
        """Return the removals of rule groups that an upgrade converted from applied rules, to avoid duplicates.

        For a rule group that is already in ``work``, its last-applied state is set instead.
        """
        known = {(item.apply_set, item.desired.reference.key): item for item in work}
        added = []
        for item in work:
            if item.desired.content is not None or item.applied is None:
                continue
            live = self._router.cluster.get(self._router.path(item.desired.reference))
            for reference, applied in rule_groups(item.desired.reference, live, item.applied):
                place = (item.apply_set, reference.key)
                if place not in known:
                    known[place] = _Work(item.apply_set, DesiredObject(reference, None), applied, prune=True)
                    added.append(known[place])
                elif known[place].applied is None:
                    known[place].applied = applied
        return added

    def plan(self, item: _Work, fresh: bool = False) -> Plan:
        """Plan an object from its live state."""
        cluster = self._router.cluster
        live = cluster.get(self._router.path(item.desired.reference), fresh=fresh)
        context = MergeContext(self._last_applied.salt, item.prune, self._options.release, cluster.get)
        return self._hooks.completed(self._router, make_plan(item.desired, live, item.applied, context))

    def before_write(self, plan: Plan) -> None:
        """Call the hook for a plan with changes."""
        if plan.action != "unchanged":
            self._hooks.before_write(plan)

    def record_pending(self, planned: Iterable[tuple[_Work, Plan]]) -> None:
        """Record old and new values before a write, so that an interrupted run loses no managed fields."""
        self._record((item, plan, plan.pending()) for item, plan in planned)

    def record_applied(self, planned: Iterable[tuple[_Work, Plan]]) -> None:
        """Record the managed fields after the writes."""
        self._record((item, plan, plan.applied_after) for item, plan in planned)

    def write(self, item: _Work, plan: Plan) -> Plan:
        """Write the changes and return the executed plan, which is a new one after a conflict."""
        for attempt in range(1, ATTEMPTS + 1):
            if plan.action == "unchanged":
                break
            try:
                answer = WRITERS[plan.action](self._router, plan, self._options.dry_run)
            except ClusterError as error:
                if not _is_conflict(error, plan):
                    raise
                if attempt == ATTEMPTS:
                    raise gave_up(str(plan.reference), ATTEMPTS, error) from None
                plan = self._plan_again(item)
            else:
                return self._hooks.answered(self._router, plan, answer)
        return plan

    def _plan_again(self, item: _Work) -> Plan:
        plan = self.plan(item, fresh=True)
        self.before_write(plan)
        self.record_pending([(item, plan)])
        return plan

    def _record(self, applied_objects: Iterable[tuple[_Work, Plan, AppliedObject | None]]) -> None:
        for item, plan, applied in applied_objects:
            self._last_applied.put(item.apply_set, plan.reference.key, applied)
        if self._last_applied.changed:
            self._last_applied.save(self._router.cluster, self._options.dry_run)

    def _no_longer_desired(
        self, name: str, applied: Mapping[str, AppliedObject], desired_objects: Sequence[DesiredObject]
    ) -> list[DesiredObject]:
        """Return the applied objects that are no longer desired, in API versions that the cluster still serves."""
        desired_keys = {desired.reference.key for desired in desired_objects}
        recorded = {
            key: ObjectRef.from_key(key, item.api_version) for key, item in applied.items() if key not in desired_keys
        }
        known = [reference for reference in recorded.values() if (reference.group, reference.kind) in KNOWN_RESOURCES]
        self._router.cluster.prefetch(map(self._router.path, known))
        current = {key: served(self._router, reference) for key, reference in recorded.items()}
        for key in [key for key, reference in current.items() if reference is None]:
            self._last_applied.put(name, key, None)
        return [DesiredObject(reference, None) for reference in current.values() if reference]


def _is_conflict(error: ClusterError, plan: Plan) -> bool:
    # 404 on an update: the object was deleted; on a creation: the namespace or the CRD is missing.
    return error.status == 409 or (error.status == 404 and plan.before is not None)


def _create(router: ObjectRouter, plan: Plan, dry_run: bool) -> Answer:
    return router.cluster.write("post", router.collection(plan.reference), plan.after, dry_run)


def _update(router: ObjectRouter, plan: Plan, dry_run: bool) -> Answer:
    return router.cluster.write("put", router.path(plan.reference), plan.after, dry_run)


def _delete(router: ObjectRouter, plan: Plan, dry_run: bool) -> Answer:
    metadata = (plan.before or {})["metadata"]
    preconditions = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
    return router.cluster.write("delete", router.path(plan.reference), options, dry_run)


WRITERS: dict[str, Callable[[ObjectRouter, Plan, bool], Answer]] = {
    "created": _create,
    "updated": _update,
    "deleted": _delete,
}
