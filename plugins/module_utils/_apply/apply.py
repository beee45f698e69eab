# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring wishes onto a cluster: read everything, plan everything, then write what differs and keep the record true."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

from .._kubernetes import shared_configmap
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError, gave_up
from .._kubernetes.object_ref import KNOWN_RESOURCES, Reference
from .._kubesphere.incomplete_rules import answered, completed
from .embedded_document import How
from .last_applied import Entry, Record
from .plan import Plan, Wish, make_plan
from .upgrades import rule_groups, served

#: What the API server says of a write: the object as it is stored, where it is.
Answer = dict[str, Any]

#: How often an object that somebody else changes between our read and our write is read and merged again.
ATTEMPTS = 6


def apply(
    cluster: Cluster,
    sets: dict[str, Sequence[Wish]],
    dry_run: bool = False,
    retract: bool = True,
    before_write: Callable[[Plan], None] | None = None,
    held: Container[str] = (),
) -> list[Plan]:
    """Make the wishes of each set (a feature, or a name) true and return the plans as they were carried out.

    With ``retract``, what an earlier run put under the same set's name and is no longer wished is taken back, except
    from the sets that are ``held``: those do not have all wishes yet. Nothing is written before every
    object was read and planned, and ``before_write`` has seen each one that changes; it sees those again that are
    planned anew because somebody else was faster. With ``dry_run`` the server checks each write and stores none.
    """
    record = Record.read(cluster.get(shared_configmap.PATH))
    complete = {name: retract and name not in held for name in sets}
    work = [
        _Work(name, wish, record.entries(name).get(wish.reference.key), complete[name])
        for name, wishes in sets.items()
        for wish in (*wishes, *(_forgotten(cluster, record, name, wishes) if complete[name] else []))
    ]
    cluster.prefetch(item.wish.reference.path(cluster) for item in work)
    _add_migrated(cluster, work)
    run = _Run(cluster, record, dry_run, before_write)
    plans = [item.plan(cluster, record.salt) for item in work]
    for plan in plans:
        run.show(plan)
    run.announce(zip(work, plans, strict=True))
    plans = [run.write(item, plan) for item, plan in zip(work, plans, strict=True)]
    if not dry_run:
        run.record_done(zip(work, plans, strict=True))
    return plans


class _Work:
    """One wish on its way: knows how to plan again from what stands on the cluster now."""

    def __init__(self, set_name: str, wish: Wish, entry: Entry | None, retract: bool) -> None:
        self.set_name = set_name
        self.wish = wish
        self.entry = entry
        self._retract = retract

    def plan(self, cluster: Cluster, salt: str, fresh: bool = False) -> Plan:
        live = cluster.get(self.wish.reference.path(cluster), fresh=fresh)
        plan = make_plan(self.wish, live, self.entry, How(salt, self._retract, cluster.release, cluster.get))
        return completed(cluster, plan)


class _Run:
    """What all objects of one run share, and the steps that each of them takes."""

    def __init__(
        self, cluster: Cluster, record: Record, dry_run: bool, before_write: Callable[[Plan], None] | None
    ) -> None:
        self._cluster = cluster
        self._record = record
        self._dry_run = dry_run
        self._before_write = before_write

    def show(self, plan: Plan) -> None:
        """Let the caller see a plan that changes something."""
        if self._before_write and plan.action != "unchanged":
            self._before_write(plan)

    def announce(self, planned: Iterable[tuple[_Work, Plan]]) -> None:
        """Widen the record to what will be ours, so that a kill makes nothing of it foreign."""
        self._put((item, plan, plan.announced()) for item, plan in planned)

    def record_done(self, planned: Iterable[tuple[_Work, Plan]]) -> None:
        """Narrow the record to what is ours."""
        self._put((item, plan, plan.entry_after) for item, plan in planned)

    def write(self, item: _Work, plan: Plan) -> Plan:
        """Write what differs and return the plan that was carried out: another one where somebody else was faster."""
        for attempt in range(1, ATTEMPTS + 1):
            if plan.action == "unchanged":
                break
            try:
                answer = WRITERS[plan.action](self._cluster, plan, self._dry_run)
            except ClusterError as error:
                if not _lost_race(error, plan):
                    raise
                if attempt == ATTEMPTS:
                    raise gave_up(str(plan.reference), ATTEMPTS, error) from None
                plan = self._replanned(item)
            else:
                return answered(self._cluster, plan, answer)
        return plan

    def _replanned(self, item: _Work) -> Plan:
        plan = item.plan(self._cluster, self._record.salt, fresh=True)
        self.show(plan)
        self.announce([(item, plan)])
        return plan

    def _put(self, entries: Iterable[tuple[_Work, Plan, Entry | None]]) -> None:
        for item, plan, entry in entries:
            self._record.put(item.set_name, plan.reference.key, entry)
        if self._record.changed:
            self._record.save(self._cluster, self._dry_run)


def _forgotten(cluster: Cluster, record: Record, name: str, wishes: Sequence[Wish]) -> list[Wish]:
    """Return what the record knows and nobody wishes, in API versions that the cluster still serves."""
    wished = {wish.reference.key for wish in wishes}
    entries = {key: entry for key, entry in record.entries(name).items() if key not in wished}
    recorded = {key: Reference.from_key(key, entry.api_version) for key, entry in entries.items()}
    known = [reference for reference in recorded.values() if (reference.group, reference.kind) in KNOWN_RESOURCES]
    cluster.prefetch(reference.path(cluster) for reference in known)
    current = {key: served(cluster, reference) for key, reference in recorded.items()}
    for key in [key for key, reference in current.items() if reference is None]:
        record.put(name, key, None)
    return [Wish(reference, None) for reference in current.values() if reference]


def _add_migrated(cluster: Cluster, work: list[_Work]) -> None:
    """Take for ours what an upgrade made of rules of ours, so that none of them stands twice."""
    known = {(item.set_name, item.wish.reference.key): item for item in work}
    for item in list(work):
        if item.wish.content is not None or item.entry is None:
            continue
        live = cluster.get(item.wish.reference.path(cluster))
        for reference, entry in rule_groups(item.wish.reference, live, item.entry):
            place = (item.set_name, reference.key)
            if place not in known:
                known[place] = _Work(item.set_name, Wish(reference, None), entry, retract=True)
                work.append(known[place])
            elif known[place].entry is None:
                known[place].entry = entry


def _lost_race(error: ClusterError, plan: Plan) -> bool:
    # 404 on an update: somebody deleted the object; on a creation: the namespace or the CRD is not there.
    return error.status == 409 or (error.status == 404 and plan.before is not None)


def _create(cluster: Cluster, plan: Plan, dry_run: bool) -> Answer:
    return cluster.write("post", plan.reference.collection(cluster), plan.after, dry_run)


def _update(cluster: Cluster, plan: Plan, dry_run: bool) -> Answer:
    return cluster.write("put", plan.reference.path(cluster), plan.after, dry_run)


def _delete(cluster: Cluster, plan: Plan, dry_run: bool) -> Answer:
    metadata = (plan.before or {})["metadata"]
    preconditions = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
    return cluster.write("delete", plan.reference.path(cluster), options, dry_run)


WRITERS: dict[str, Callable[[Cluster, Plan, bool], Answer]] = {
    "created": _create,
    "updated": _update,
    "deleted": _delete,
}
