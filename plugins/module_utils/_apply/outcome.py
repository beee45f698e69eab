# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is recorded of an object before and after a write, beside what other controllers record of it.

A write depends on the object's resourceVersion. So one that depends on an older version than a known one has either
taken place or never will, and of two recorded states the one of the newer version accounts for both writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._kubernetes.errors import ClusterError, ClusterUnreachable
from .._kubernetes.metadata import is_older, resource_version
from .last_applied import AppliedObject, PendingWrite
from .merge import ManagedField
from .plan import Plan
from .upgrades import in_version


def pending(known: AppliedObject | None, plan: Plan, write_id: str) -> AppliedObject:
    """Return the record of an object that is about to be written."""
    before = in_version(known, plan.reference) if known else AppliedObject(plan.reference.api_version)
    after = plan.applied_after
    values = after.values if after else {}
    changed = {text: managed for text, managed in values.items() if before.values.get(text) != managed}
    write = PendingWrite(plan.base, bool(after and after.created and not before.created), changed)
    return replace(before, writes={**before.writes, write_id: write})


def unwritten(known: AppliedObject | None, plan: Plan, is_teardown: bool) -> AppliedObject | None:
    """Return the record of an object that needs no write.

    Another controller may be about to write the object, or to create it; only a teardown does not wait for that.
    """
    if known and plan.base and is_older(plan.base, known.version):
        return known  # the object was read from a server that is behind
    after = plan.applied_after or AppliedObject(plan.reference.api_version)
    writes = known.writes if known else {}
    if is_teardown:
        alive = {}
    elif plan.after is not None:
        alive = _alive(writes, plan.base)
    else:
        alive = {name: write for name, write in writes.items() if not write.base}
    found = replace(after, version=plan.base, writes=alive)
    if known and replace(known, version="") == replace(found, version=""):
        return known
    return found if found.values or found.created or found.writes else None


def completed(current: AppliedObject | None, plan: Plan, known: AppliedObject | None, version: str) -> AppliedObject:
    """Return the record of an object that was written as ``version``.

    ``known``: what was recorded of it when it was planned; ``current``: what is recorded now.
    """
    current = current or AppliedObject(plan.reference.api_version)
    # What was pending when this write was planned depended on an object that this write has replaced.
    since = {name: write for name, write in current.writes.items() if not known or name not in known.writes}
    alive = _alive(since, version) if plan.after is not None else _alive_without_object(since, version)
    recorded_since = current.version != (known.version if known else "")
    if recorded_since and is_older(version, current.version):
        return replace(current, writes=alive)
    after = plan.applied_after
    if after is None:
        return AppliedObject(plan.reference.api_version, version=version, writes=alive)
    values = {text: _with_new_contributors(text, managed, current, known) for text, managed in after.values.items()}
    return replace(after, values=values, version=version, writes=alive)


def is_unknown(error: ClusterError) -> bool:
    """Return whether a write may have taken place although it failed."""
    return isinstance(error, ClusterUnreachable) or not 400 <= error.status < 500


def may_have_taken_place(plan: Plan, live: Mapping[str, Any] | None) -> bool:
    """Return whether a write that was refused because of a conflict may have taken place, by the object read since.

    An object that is not newer than the one in the plan was read from a server that is behind, and shows nothing.
    """
    if live is None or plan.after is None:
        return live is plan.after
    return not is_older(plan.base, resource_version(live))


def _alive(writes: Mapping[str, PendingWrite], version: str) -> dict[str, PendingWrite]:
    """Return the pending writes that may still take place, where the object has a ``version``, empty for none."""
    return {name: write for name, write in writes.items() if not is_older(write.base, version)}


def _alive_without_object(writes: Mapping[str, PendingWrite], deleted: str) -> dict[str, PendingWrite]:
    """Return the pending writes that may still take place after the object was deleted: those of another one."""
    return {name: write for name, write in writes.items() if not write.base or is_older(deleted, write.base)}


def _with_new_contributors(
    text: str, managed: ManagedField, current: AppliedObject, known: AppliedObject | None
) -> ManagedField:
    """Add the hosts that another controller recorded for a field since it was planned."""
    now, before = current.values.get(text), known.values.get(text) if known else None
    if now is None or now.applied_values != managed.applied_values:
        return managed
    added = now.contributors - (before.contributors if before else frozenset())
    return replace(managed, contributors=managed.contributors | added)
