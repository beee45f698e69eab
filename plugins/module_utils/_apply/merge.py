# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three-way merge of the live object, the desired state and the last-applied state."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from collections.abc import Callable, Container, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core.field_paths import ABSENT, Path
from .contributors import NO_CONTRIBUTORS, Contributors

#: The reason for which a replaced value is not restored.
NOT_RECORDED = "the previous value may be secret, so it was not recorded and cannot be restored"


@dataclass(frozen=True)
class ManagedField:
    """One managed value.

    ``applied_values``: the values that were applied, as stored; None means removed, and no value that only a pending
    write would apply it. ``previous``: the value before the first apply, ABSENT if there was none.
    ``previous_redacted``: there was one, but it may be secret and is not stored. ``created_parents``: how many
    containers above the value were created with it, which are removed when they become empty. ``contributors``: the
    inventory hosts that want the value, if known. ``pending``: the field after each write whose outcome is unknown.
    ``previous_layout``: the layout of the previous value in a document, if its value is not enough to restore the text.
    """

    applied_values: tuple[Any, ...]
    previous: Any = ABSENT
    previous_redacted: bool = False
    created_parents: int = 0
    contributors: frozenset[str] = frozenset()
    pending: tuple[ManagedField, ...] = ()
    previous_layout: str = ""


ManagedFields = Mapping[str, ManagedField]


class Storage:
    """Storage format of values in the last-applied state: plain, or a salted digest for values that may be secret."""

    def __init__(self, salt: str, storable: Callable[[Path, Any], bool]) -> None:
        self._salt = salt.encode()
        self.storable = storable

    def store(self, path: Path, value: Any) -> Any:
        """Return the stored form of ``value``."""
        if value is ABSENT:
            return None
        if self.storable(path, value):
            return value
        # Whoever reads the state could guess a short secret from a digest without salt.
        return f"digest:{self.digest(_as_text(value))}"

    def digest(self, text: str) -> str:
        """Return the salted digest of a text, 32 hexadecimal digits."""
        return hmac.new(self._salt, text.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Change:
    """One edit: the value to set at ``path``, or ABSENT to remove it and up to ``containers`` empty parents.

    ``restores``: the edit undoes an earlier apply and is not part of the desired state.
    """

    path: Path
    value: Any
    containers: int = 0
    restores: bool = False


@dataclass(frozen=True)
class Merged:
    """The required edits, and the managed fields after them."""

    changes: tuple[Change, ...]
    managed_fields: dict[str, ManagedField]
    #: Rendered path of a managed value that is no longer desired, but not removed -> reason.
    not_removed: Mapping[str, str] = field(default_factory=dict)
    #: Rendered path of a value that is not removed -> hosts that want it and are not in the inventory.
    retained: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Rendered path of a value that is replaced -> hosts that want the former one and are not in the inventory.
    overruled: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def apply(self, target: MutableMapping[str, Any]) -> None:
        """Apply the edits to ``target``."""
        for change in self.changes:
            if change.value is ABSENT:
                field_paths.remove(target, change.path, change.containers)
            else:
                field_paths.put(target, change.path, copy.deepcopy(change.value))

    def without_harmful_removals(self, new_errors: Callable[[Merged], list[str]]) -> Merged:
        """Return the edits without removals of values that unmanaged content depends on.

        ``new_errors`` returns the validation errors that edits introduce, such as a route to a missing receiver.
        """
        if not any(change.restores for change in self.changes) or not new_errors(self):
            return self
        chosen = [change for change in self.changes if not change.restores]
        candidates = [change for change in self.changes if change.restores]
        reasons: dict[str, str] = {}
        # A removal may only become harmless after another one, so repeat until no more are accepted.
        while candidates:
            rejected = []
            for change in candidates:
                errors = new_errors(Merged((*chosen, change), {}))
                if errors:
                    reasons[field_paths.render(change.path)] = f"without it, {errors[0]}"
                    rejected.append(change)
                else:
                    chosen.append(change)
            if len(rejected) == len(candidates):
                break
            candidates = rejected
        not_removed = {
            field_paths.render(change.path): reasons[field_paths.render(change.path)] for change in candidates
        }
        return replace(self, changes=tuple(chosen), not_removed={**self.not_removed, **not_removed})


def resolved(
    live: Mapping[str, Any], managed_fields: ManagedFields, storage: Storage, seeds: Container[str] = ()
) -> dict[str, ManagedField]:
    """Return the managed fields after all writes; the live value shows whether a pending one took place.

    ``seeds``: rendered paths of lists that were copied for the items added to them, so that only their presence counts.
    """
    found = {text: _resolved(live, text, managed, storage, text in seeds) for text, managed in managed_fields.items()}
    return {text: managed for text, managed in found.items() if managed.applied_values}


def _resolved(
    live: Mapping[str, Any], text: str, managed: ManagedField, storage: Storage, is_seed: bool
) -> ManagedField:
    if not managed.pending:
        return managed
    path = field_paths.parse(text)
    now = field_paths.get(live, path)
    if is_seed or field_paths.item_kind(path):
        return managed.pending[-1] if now is not ABSENT else replace(managed, pending=())
    stored = storage.store(path, now)
    outcomes = [outcome for outcome in managed.pending if stored in outcome.applied_values]
    return outcomes[-1] if outcomes else replace(managed, pending=())


def merge(
    live: Mapping[str, Any],
    desired_leaves: Iterable[tuple[Path, Any]],
    managed_fields: ManagedFields,
    storage: Storage,
    prune: bool = True,
    contributors: Contributors = NO_CONTRIBUTORS,
) -> Merged:
    """Return the edits that apply ``desired_leaves`` to ``live`` and, with ``prune``, undo other managed fields.

    ``managed_fields`` have no pending writes. What hosts outside the inventory contributed is not undone.
    """
    desired = dict(desired_leaves)
    former = {text: managed for text, managed in managed_fields.items() if field_paths.parse(text) not in desired}
    undone = _undone(live, former, storage, contributors) if prune else Merged((), former)
    changes, fields, overruled = list(undone.changes), dict(undone.managed_fields), dict[str, frozenset[str]]()
    for path, value in desired.items():
        text = field_paths.render(path)
        before = managed_fields.get(text)
        change, after = _set(live, path, value, managed_fields, storage)
        absent = contributors.absent(before.contributors) if before else frozenset()
        if change:
            changes.append(change)
            if absent:
                overruled[text] = absent
                absent = frozenset()
        if after:
            fields[text] = replace(after, contributors=contributors.of(text) | absent)
    return replace(undone, changes=tuple(changes), managed_fields=fields, overruled=overruled)


def _undone(live: Mapping[str, Any], former: ManagedFields, storage: Storage, contributors: Contributors) -> Merged:
    """Return the edits that undo fields which are no longer desired: items after their fields, their qualifiers last.

    Qualifiers are the fields by which items are distinguished.
    """
    items: dict[Path, ManagedField] = {}
    changes: list[Change] = []
    qualifiers: list[Change] = []
    fields: dict[str, ManagedField] = {}
    not_removed: dict[str, str] = {}
    retained: dict[str, frozenset[str]] = {}
    for text, managed in former.items():
        path = field_paths.parse(text)
        absent = contributors.absent(managed.contributors)
        if absent and is_as_applied(live, path, managed, storage):
            retained[text] = absent
            fields[text] = replace(managed, contributors=absent)
        elif field_paths.item_kind(path):
            items[path] = managed
        else:
            change, reason = _restored(live, path, managed, storage)
            if change:
                (qualifiers if field_paths.is_qualifier(path) else changes).append(change)
            not_removed |= {text: reason} if reason else {}
    for path in sorted(items, key=len, reverse=True):
        outcome, reason = _removed_item(live, path, changes, qualifiers)
        if outcome is not Item.REDUCED:
            changes, qualifiers = _outside(path, changes), _outside(path, qualifiers)
        if outcome is Item.REMOVED:
            changes.append(Change(path, ABSENT, items[path].created_parents, restores=True))
        if outcome is Item.RETAINED:
            not_removed[field_paths.render(path)] = reason
        else:
            not_removed = {
                text: why for text, why in not_removed.items() if field_paths.parse(text)[: len(path)] != path
            }
    return Merged((*changes, *qualifiers), fields, not_removed, retained)


def _outside(path: Path, changes: Iterable[Change]) -> list[Change]:
    """Return the changes that are not within a path."""
    return [change for change in changes if change.path[: len(path)] != path]


def is_as_applied(live: Mapping[str, Any], path: Path, managed: ManagedField, storage: Storage) -> bool:
    """Return whether nobody has changed a managed value since it was applied."""
    now = field_paths.get(live, path)
    if field_paths.item_kind(path):
        return now is not ABSENT
    return storage.store(path, now) in managed.applied_values


def _restored(
    live: Mapping[str, Any], path: Path, managed: ManagedField, storage: Storage
) -> tuple[Change | None, str]:
    """Return the change that restores the previous value, if there is one, and why it cannot be restored."""
    now = field_paths.get(live, path)
    if storage.store(path, now) not in managed.applied_values:
        is_restored = now is ABSENT or (managed.previous is not ABSENT and _as_text(now) == _as_text(managed.previous))
        return None, "" if is_restored else "it was changed by someone else since it was last applied"
    if managed.previous_redacted:
        return None, NOT_RECORDED
    if now is ABSENT and managed.previous is ABSENT:
        return None, ""
    return Change(path, managed.previous, managed.created_parents, restores=True), ""


class Item(Enum):
    """What becomes of a created item that is no longer desired."""

    REMOVED = 1
    #: Only its managed fields are removed.
    REDUCED = 2
    #: It is left unchanged.
    RETAINED = 3


def _removed_item(
    live: Mapping[str, Any], path: Path, changes: Iterable[Change], qualifiers: Iterable[Change]
) -> tuple[Item, str]:
    """Return what becomes of a created item after the changes of its managed fields, and why it is retained.

    By default an item with unmanaged fields is left unchanged, as a part of it may have another meaning.
    """
    remaining = field_paths.copied(dict(live))
    Merged(tuple(changes), {}).apply(remaining)
    item, kind = field_paths.get(remaining, path), field_paths.item_kind(path)
    if item is ABSENT or kind is None:
        return Item.REDUCED, ""
    removed = {change.path[-1] for change in qualifiers if change.path[:-1] == path and change.value is ABSENT}
    unmanaged = sorted(set(item) - set(kind.head) - removed)
    if unmanaged and kind.unmanaged == "reduce":
        return Item.REDUCED, ""
    if unmanaged and kind.unmanaged == "retain":
        return Item.RETAINED, f"it was changed by someone else since it was last applied ({', '.join(unmanaged)})"
    return Item.REMOVED, ""


def _set(
    live: Mapping[str, Any], path: Path, value: Any, managed_fields: ManagedFields, storage: Storage
) -> tuple[Change | None, ManagedField | None]:
    """Return the change that sets ``path``, and its managed field, None if an unmanaged value is already equal."""
    managed = managed_fields.get(field_paths.render(path))
    wanted = ABSENT if value is None else value
    now = field_paths.get(live, path)
    stored = storage.store(path, wanted)
    # An item is only its merge key: its other fields are leaves of their own.
    if now is not ABSENT and field_paths.item_kind(path):
        return None, managed
    same = now is wanted if ABSENT in (now, wanted) else _as_text(now) == _as_text(wanted)
    if same:
        return None, replace(managed, applied_values=(stored,)) if managed else None
    change = Change(path, wanted)
    if managed and storage.store(path, now) in managed.applied_values:
        return change, replace(managed, applied_values=(stored,))
    if now is ABSENT:
        return change, ManagedField((stored,), created_parents=_created_parents(live, path, managed_fields))
    if storage.storable(path, now):
        return change, ManagedField((stored,), previous=field_paths.copied(now))
    return change, ManagedField((stored,), previous_redacted=True)


def _as_text(value: Any) -> str:
    # True == 1 in Python, but not in a manifest.
    return json.dumps(value, sort_keys=True, default=str)


def _created_parents(live: Mapping[str, Any], path: Path, managed_fields: ManagedFields) -> int:
    """Return how many containers directly above ``path`` are created now or were created for a managed value."""
    return depth_created(path, field_paths.missing_containers(live, path) | created_containers(managed_fields))


def created_containers(managed_fields: ManagedFields) -> set[Path]:
    """Return the containers that were created for managed values."""
    return {
        path[: len(path) - 1 - level]
        for path, managed in ((field_paths.parse(text), managed) for text, managed in managed_fields.items())
        for level in range(managed.created_parents)
    }


def depth_created(path: Path, created: Container[Path]) -> int:
    """Return how many of the containers directly above ``path`` are among the created ones."""
    count = 0
    while count < len(path) - 1 and path[: len(path) - 1 - count] in created:
        count += 1
    return count


def with_pending(values: ManagedFields, writes: Iterable[ManagedFields]) -> dict[str, ManagedField]:
    """Return managed fields with the outcomes of pending writes, each given by the fields that it changes."""
    found = dict(values)
    for write in writes:
        for text, outcome in write.items():
            managed = found.get(text, ManagedField(()))
            found[text] = replace(managed, pending=(*managed.pending, outcome))
    return found
