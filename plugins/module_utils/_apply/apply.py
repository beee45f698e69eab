# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply desired objects to a cluster: read and plan all, then write the differences and the last-applied state.

Several controllers may do so at once. Each plan depends on an object and on what the last-applied state says about it,
read after the object. The pending write is recorded by compare-and-swap before it is sent; whoever finds that another
controller was faster plans again. So the last-applied state accounts for every value that one of them wrote.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .._kubernetes import shared_configmap
from .._kubernetes.errors import ClusterError, ClusterUnreachable
from .._kubernetes.metadata import delete_options, is_older, resource_version
from .._kubernetes.object_ref import KNOWN_RESOURCES, ObjectRef
from .._kubernetes.retries import UNAVAILABLE
from .._kubernetes.router import ObjectRouter
from . import last_applied as last_applied_state
from .contributors import NO_CONTRIBUTORS, Contributors
from .embedded_document import MergeContext
from .last_applied import AppliedObject, LastApplied
from .outcome import completed, is_unknown, may_have_taken_place, pending, unwritten
from .plan import DesiredObject, Plan, make_plan
from .upgrades import copied_secret, rule_groups, served

T = TypeVar("T")

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
    Alertmanager version that it ships. ``contributors``: the inventory hosts of the run; what other hosts contributed
    is not pruned.
    """

    dry_run: bool = False
    prune: bool = True
    no_prune: Container[str] = ()
    release: str = ""
    contributors: Contributors = NO_CONTRIBUTORS


def planned(
    router: ObjectRouter,
    apply_sets: Mapping[str, Sequence[DesiredObject]],
    options: ApplyOptions | None = None,
    hooks: Hooks | None = None,
) -> PlannedRun:
    """Read and plan all objects of apply sets (a feature, or a name); nothing is written. Raises ``OperationError``."""
    # The objects first: what a controller wrote to an object that is read here, it had recorded before.
    desired_objects = [desired for objects in apply_sets.values() for desired in objects]
    router.cluster.prefetch(router.path(desired.reference) for desired in desired_objects)
    run = _Run(router, options or ApplyOptions(), hooks or Hooks())
    work: list[_Work] = []
    gone: set[tuple[str, str]] = set()
    for name, objects in apply_sets.items():
        to_do, not_served = run.work_of(name, objects)
        work += to_do
        gone |= not_served
    router.cluster.prefetch(router.path(item.desired.reference) for item in work)
    work = run.with_migrated(work)
    found = [run.plan(item) for item in work]
    for item in found:
        run.before_write(item.plan)
    return PlannedRun(run, found, gone)


class PlannedRun:
    """Plans for all objects, of which nothing is written yet."""

    def __init__(self, run: _Run, planned: Sequence[_Planned], gone: Collection[tuple[str, str]]) -> None:
        """Take as ``gone`` the places of applied objects of kinds that the cluster no longer serves."""
        self._run = run
        self._planned = planned
        self._gone = gone

    @property
    def plans(self) -> list[Plan]:
        """The plans; a conflict may still replace them."""
        return [item.plan for item in self._planned]

    def execute(self) -> list[Plan]:
        """Write all changes, and return the executed plans."""
        return [item.plan for item in self._run.execute(self._run.recorded(self._planned, self._gone))]


@dataclass(frozen=True)
class _Work:
    """One object to apply. ``derived``: its applied state if none is recorded, after an upgrade converted it.

    ``is_teardown``: nothing is desired in its apply set.
    """

    apply_set: str
    desired: DesiredObject
    prune: bool
    is_teardown: bool = False
    derived: AppliedObject | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Apply set and object key, as in the last-applied state."""
        return self.apply_set, self.desired.reference.key


@dataclass(frozen=True)
class _Planned:
    """A planned write. ``known``: what was recorded of the object when it was planned.

    ``refused``: the IDs of this run's pending writes that did not take place. ``version``: the object's resourceVersion
    after the write, None before.
    """

    work: _Work
    plan: Plan
    known: AppliedObject | None
    refused: frozenset[str] = frozenset()
    write_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    version: str | None = None

    def to_record(self) -> AppliedObject | None:
        """Return what to record of the object before the write, or instead of one."""
        if self.plan.action == "unchanged":
            return unwritten(self.known, self.plan, self.work.is_teardown)
        return pending(self.known, self.plan, self.write_id)


class _Run:
    """The steps of an apply run, and their shared state."""

    def __init__(self, router: ObjectRouter, options: ApplyOptions, hooks: Hooks) -> None:
        self._router = router
        self._cluster = router.cluster
        self._options = options
        self.hooks = hooks
        self._last_applied = LastApplied.read(self._cluster.get(shared_configmap.PATH))
        #: The pending writes that this run recorded: ID -> the object's place; and those that may have taken place.
        self._recorded: dict[str, tuple[str, str]] = {}
        self._unknown: set[str] = set()

    def work_of(self, name: str, desired_objects: Sequence[DesiredObject]) -> tuple[list[_Work], set[tuple[str, str]]]:
        """Return the work of an apply set, including the objects to prune, and the places of those not served."""
        prune = self._options.prune and name not in self._options.no_prune
        former = self._no_longer_desired(name, desired_objects) if prune else {}
        removed = [DesiredObject(reference, None) for reference in former.values() if reference]
        work = [_Work(name, desired, prune, not desired_objects) for desired in (*desired_objects, *removed)]
        return work, {(name, key) for key, reference in former.items() if reference is None}

    def with_migrated(self, work: Sequence[_Work]) -> list[_Work]:
        """Return the work with the removals of what an upgrade made: rule groups from rules, copies of Secrets.

        For an object that is already in ``work``, its applied state is derived instead.
        """
        known = {item.place for item in work}
        derived: dict[tuple[str, str], AppliedObject] = {}
        added = []
        for item in work:
            applied = self._last_applied.get(*item.place)
            if item.desired.content is not None or applied is None:
                continue
            for reference, fields in self._made_by_upgrade(item.desired.reference, applied):
                made = _Work(item.apply_set, DesiredObject(reference, None), prune=True, is_teardown=item.is_teardown)
                if made.place not in known | derived.keys():
                    added.append(made)
                derived.setdefault(made.place, fields)
        return [replace(item, derived=derived.get(item.place)) for item in (*work, *added)]

    def _made_by_upgrade(
        self, reference: ObjectRef, applied: AppliedObject
    ) -> Iterator[tuple[ObjectRef, AppliedObject]]:
        """Yield the objects that an upgrade made of an applied one, each with its managed fields."""
        yield from rule_groups(reference, self._cluster.get(self._router.path(reference)), applied)
        if copy := copied_secret(self._router, reference):
            yield copy, replace(applied, version="", writes={}, values=applied.managed_fields())

    def plan(self, work: _Work, refused: frozenset[str] = frozenset()) -> _Planned:
        """Plan an object from its live state and what is recorded of it."""
        path = self._router.path(work.desired.reference)
        known = _without(self._last_applied.get(*work.place), refused)
        live = self._cluster.get(path)
        if known and known.version and (live is None or is_older(resource_version(live), known.version)):
            live = self._cluster.get(path, fresh=True)  # another controller may have written it since it was read
        context = MergeContext(
            salt=self._last_applied.salt,
            prune=work.prune,
            release=self._options.release,
            read=self._cluster.get,
            contributors=self._options.contributors,
        )
        plan = make_plan(work.desired, live, known or work.derived, context)
        return _Planned(work, self.hooks.completed(self._router, plan), known, refused)

    def before_write(self, plan: Plan) -> None:
        """Call the hook for a plan with changes."""
        if plan.action != "unchanged":
            self.hooks.before_write(plan)

    def recorded(self, planned: Sequence[_Planned], gone: Collection[tuple[str, str]] = ()) -> list[_Planned]:
        """Record pending writes, and the managed fields of unchanged objects; return the plans, some of them new.

        ``gone``: the places of which nothing is to be recorded any more.
        """
        result = list(planned)
        waiting = set(range(len(result)))
        for attempt in range(ATTEMPTS):
            if not (waiting := self._record(result, waiting, gone)):
                return result
            self._cluster.after_conflict(attempt)
            self._read_again([result[index] for index in waiting])
            for index in waiting:
                result[index] = self._plan_again(result[index], result[index].refused)
        raise ClusterError(
            f"Conflict: other controllers apply to {result[min(waiting)].plan.reference} all the time. Run again when "
            "they have finished.",
            finding="KD312",
        )

    def execute(self, planned: Sequence[_Planned]) -> list[_Planned]:
        """Write all changes, and record what was written, also if a later write fails."""
        done: list[_Planned] = []
        try:
            for item in planned:
                done.append(self._write(item))  # noqa: PERF401 - what was written before an error counts
        except ClusterError as error:
            # Another request to an unreachable server only takes the time of its time-out. The writes stay pending.
            if not isinstance(error, ClusterUnreachable):
                with contextlib.suppress(ClusterError):
                    self._record_outcome(done)
            raise
        self._record_outcome(done)
        return done

    def _record(self, planned: Sequence[_Planned], waiting: set[int], gone: Collection[tuple[str, str]]) -> set[int]:
        """Record plans by compare-and-swap; return those for which something else is recorded by now."""
        records = {index: planned[index].to_record() for index in waiting}
        if not gone and all(records[index] == planned[index].known for index in waiting):
            return set()

        def change(state: LastApplied) -> set[int]:
            outdated = set()
            for index in sorted(waiting):
                item = planned[index]
                known = _without(state.get(*item.work.place), item.refused)
                if known != item.known or state.salt != self._last_applied.salt:
                    outdated.add(index)
                else:
                    state.put(*item.work.place, records[index])
            for place in gone:
                state.put(*place, None)
            return outdated

        outdated = self._update(change)
        for index in waiting - outdated:
            if planned[index].plan.action != "unchanged":
                self._recorded[planned[index].write_id] = planned[index].work.place
        return outdated

    def _write(self, item: _Planned) -> _Planned:
        """Write the changes and return the executed plan, which is a new one after a conflict."""
        for attempt in range(ATTEMPTS):
            if item.plan.action == "unchanged":
                break
            try:
                answer = WRITERS[item.plan.action](self._router, item.plan, self._options.dry_run)
            except ClusterError as error:
                if is_unknown(error):
                    self._unknown.add(item.write_id)
                if not _may_plan_again(error, item.plan):
                    raise
                self._cluster.before_retry(error, str(item.plan.reference), attempt, ATTEMPTS)
                item = self._after_failure(item)
            else:
                version = resource_version(answer) or item.plan.base
                return replace(item, plan=self.hooks.answered(self._router, item.plan, answer), version=version)
        return item

    def _after_failure(self, item: _Planned) -> _Planned:
        """Plan and record a write again; it stays pending unless it certainly did not take place."""
        self._read_again([item])
        if may_have_taken_place(item.plan, self._cluster.get(self._router.path(item.plan.reference))):
            self._unknown.add(item.write_id)
        refused = item.refused if item.write_id in self._unknown else item.refused | {item.write_id}
        return self.recorded([self._plan_again(item, refused)])[0]

    def _read_again(self, items: Iterable[_Planned]) -> None:
        """Read objects, and then what is recorded of them."""
        # In this order: what another controller wrote to an object that is read here, it had recorded before.
        for item in items:
            self._cluster.get(self._router.path(item.plan.reference), fresh=True)
        config_map = self._cluster.get(shared_configmap.PATH, fresh=True)
        self._last_applied = LastApplied.read(config_map, self._last_applied.salt)

    def _plan_again(self, item: _Planned, refused: frozenset[str]) -> _Planned:
        planned = self.plan(item.work, refused=refused)
        self.before_write(planned.plan)
        return planned

    def _record_outcome(self, done: Iterable[_Planned]) -> None:
        """Record what was written, and remove the pending writes of this run whose outcome is known."""
        written = {item.work.place: (item, item.version) for item in done if item.version is not None}
        if self._options.dry_run or not self._recorded:
            return

        def change(state: LastApplied) -> None:
            for place, (item, version) in written.items():
                state.put(*place, completed(state.get(*place), item.plan, item.known, version))
            for write_id, place in self._recorded.items():
                # A write of unknown outcome may still take place, and the next run must know its values.
                if place in written or write_id not in self._unknown:
                    state.put(*place, _without(state.get(*place), {write_id}))

        self._update(change)

    def _update(self, change: Callable[[LastApplied], T]) -> T:
        return last_applied_state.update(self._cluster, change, self._last_applied.salt, self._options.dry_run)

    def _no_longer_desired(self, name: str, desired_objects: Sequence[DesiredObject]) -> dict[str, ObjectRef | None]:
        """Return the applied objects that are no longer desired, in API versions that the cluster still serves.

        None stands for an object of a kind that it no longer serves.
        """
        applied = self._last_applied.applied_objects(name)
        desired_keys = {desired.reference.key for desired in desired_objects}
        recorded = {
            key: ObjectRef.from_key(key, item.api_version) for key, item in applied.items() if key not in desired_keys
        }
        known = [reference for reference in recorded.values() if (reference.group, reference.kind) in KNOWN_RESOURCES]
        self._cluster.prefetch(map(self._router.path, known))
        return {key: served(self._router, reference) for key, reference in recorded.items()}


def _without(applied: AppliedObject | None, writes: Container[str]) -> AppliedObject | None:
    """Return an applied object without some of its pending writes, None if nothing else is recorded of it."""
    if applied is None or not any(name in writes for name in applied.writes):
        return applied
    rest = {name: write for name, write in applied.writes.items() if name not in writes}
    return replace(applied, writes=rest) if applied.values or applied.created or rest else None


def _may_plan_again(error: ClusterError, plan: Plan) -> bool:
    # 404 on an update: the object was deleted; on a creation: the namespace or the CRD is missing. After a 503, the
    # object shows whether the write took place.
    return error.status in (409, UNAVAILABLE) or (error.status == 404 and plan.before is not None)


def _create(router: ObjectRouter, plan: Plan, dry_run: bool) -> Answer:
    return router.cluster.write("post", router.collection(plan.reference), plan.after, dry_run)


def _update(router: ObjectRouter, plan: Plan, dry_run: bool) -> Answer:
    return router.cluster.write("put", router.path(plan.reference), plan.after, dry_run)


def _delete(router: ObjectRouter, plan: Plan, dry_run: bool) -> Answer:
    return router.cluster.write("delete", router.path(plan.reference), delete_options(plan.before or {}), dry_run)


WRITERS: dict[str, Callable[[ObjectRouter, Plan, bool], Answer]] = {
    "created": _create,
    "updated": _update,
    "deleted": _delete,
}
