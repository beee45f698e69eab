# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three-way merge: what stands there, what we wish, and what we put there last time."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._core import field_paths
from .._core.field_paths import ABSENT, Path


@dataclass(frozen=True)
class Owned:
    """One value of ours.

    ``ours``: what we put there, as stored (two of them while a change is under way); None stands for "absent".
    ``previous``: what stood there before us, ABSENT for nothing. ``hidden``: something did, and must not be stored.
    ``made``: how many containers above the value we made, which go when they are left empty.
    """

    ours: tuple[Any, ...]
    previous: Any = ABSENT
    hidden: bool = False
    made: int = 0


Ownership = Mapping[str, Owned]


class Storage:
    """Decides how a value is stored in the record: as it is, or, where it may be secret, as a salted digest."""

    def __init__(self, salt: str, storable: Callable[[Path, Any], bool]) -> None:
        self._salt = salt.encode()
        self.storable = storable

    def store(self, path: Path, value: Any) -> Any:
        """Return what stands for ``value`` in the record."""
        if value is ABSENT:
            return None
        if self.storable(path, value):
            return value
        return f"digest:{hmac.new(self._salt, _as_text(value).encode(), hashlib.sha256).hexdigest()[:32]}"


@dataclass(frozen=True)
class Change:
    """One edit: the value to set at ``path``, or ABSENT to take it away with ``containers`` emptied ones above it.

    ``gives_back`` tells an edit that undoes one of ours from one that is wished.
    """

    path: Path
    value: Any
    containers: int = 0
    gives_back: bool = False


@dataclass(frozen=True)
class Merged:
    """The edits that are needed, and what is ours once they are made."""

    changes: tuple[Change, ...]
    owned: dict[str, Owned]
    #: What we no longer wish and leave all the same -> why.
    kept: Mapping[str, str] = field(default_factory=dict)

    def apply(self, target: MutableMapping[str, Any]) -> None:
        """Make the edits in ``target``."""
        for change in self.changes:
            if change.value is ABSENT:
                field_paths.remove(target, change.path, change.containers)
            else:
                field_paths.put(target, change.path, copy.deepcopy(change.value))

    def without_harm(self, new_faults: Callable[[Merged], list[str]]) -> Merged:
        """Return the edits without those that take back what somebody else has come to need.

        ``new_faults`` says what goes wrong with the whole when edits are made, such as a receiver that is not there.
        """
        if not any(change.gives_back for change in self.changes) or not new_faults(self):
            return self
        chosen = [change for change in self.changes if not change.gives_back]
        waiting = [change for change in self.changes if change.gives_back]
        harm: dict[str, str] = {}
        # One may be harmless only after another: rounds, until none is added.
        while waiting:
            left = []
            for change in waiting:
                faults = new_faults(Merged((*chosen, change), {}))
                if faults:
                    harm[field_paths.render(change.path)] = f"without it, {faults[0]}"
                    left.append(change)
                else:
                    chosen.append(change)
            if len(left) == len(waiting):
                break
            waiting = left
        kept = {field_paths.render(change.path): harm[field_paths.render(change.path)] for change in waiting}
        return replace(self, changes=tuple(chosen), kept={**self.kept, **kept})


def merge(
    live: Mapping[str, Any],
    wishes: Iterable[tuple[Path, Any]],
    owned: Ownership,
    storage: Storage,
    retract: bool = True,
) -> Merged:
    """Return the edits that bring ``wishes`` into ``live`` and, with ``retract``, take back what we no longer wish."""
    wished = dict(wishes)
    changes: list[Change] = []
    result: dict[str, Owned] = {}
    kept: dict[str, str] = {}
    items: dict[Path, Owned] = {}
    for text, mine in owned.items():
        path = field_paths.parse(text)
        if path in wished:
            continue
        if not retract:
            result[text] = mine
        elif field_paths.item_kind(path):
            items[path] = mine
        elif reason := _give_back(live, path, mine, storage, changes):
            kept[text] = reason
    for path in sorted(items, key=len, reverse=True):
        if reason := _take_away(live, path, items[path], changes):
            kept[field_paths.render(path)] = reason
        else:
            kept = {text: why for text, why in kept.items() if field_paths.parse(text)[: len(path)] != path}
    for path, value in wished.items():
        mine_now = _put(live, path, value, owned, storage, changes)
        if mine_now:
            result[field_paths.render(path)] = mine_now
    return Merged(tuple(changes), result, kept)


def _give_back(live: Mapping[str, Any], path: Path, mine: Owned, storage: Storage, changes: list[Change]) -> str:
    """Plan to restore what stood there before us; return why not, empty when it is done."""
    now = field_paths.get(live, path)
    if storage.store(path, now) not in mine.ours:
        return "" if now is ABSENT else "somebody else changed it since we put it there"
    if mine.hidden:
        return "the value that it replaced may be secret, so it was not recorded and cannot be given back"
    if now is not ABSENT or mine.previous is not ABSENT:
        changes.append(Change(path, mine.previous, mine.made, gives_back=True))
    return ""


def _take_away(live: Mapping[str, Any], path: Path, mine: Owned, changes: list[Change]) -> str:
    """Plan to remove an item that we made, fields and all, once all in it was given back; return why not.

    Where somebody else added to it, it stays as a whole: part of it may mean something else.
    """
    rest = field_paths.copied(dict(live))
    Merged(tuple(changes), {}).apply(rest)
    item, kind = field_paths.get(rest, path), field_paths.item_kind(path)
    if item is ABSENT or kind is None:
        return ""
    foreign = sorted(set(item) - set(kind.head))
    if foreign and kind.foreign == "stays":
        return ""
    changes[:] = [change for change in changes if change.path[: len(path)] != path]
    if foreign and kind.foreign == "keeps":
        return f"somebody else changed it since we put it there ({', '.join(foreign)})"
    changes.append(Change(path, ABSENT, mine.made, gives_back=True))
    return ""


def _put(
    live: Mapping[str, Any], path: Path, value: Any, owned: Ownership, storage: Storage, changes: list[Change]
) -> Owned | None:
    """Plan to make ``value`` stand at ``path``; return what is ours there afterwards, None if it was there before."""
    mine = owned.get(field_paths.render(path))
    wanted = ABSENT if value is None else value
    now = field_paths.get(live, path)
    stored = storage.store(path, wanted)
    if now is not ABSENT and field_paths.item_kind(path):
        return mine
    same = now is wanted if ABSENT in (now, wanted) else _as_text(now) == _as_text(wanted)
    if same:
        return replace(mine, ours=(stored,)) if mine else None
    changes.append(Change(path, wanted))
    if mine and storage.store(path, now) in mine.ours:
        return replace(mine, ours=(stored,))
    if now is ABSENT:
        return Owned((stored,), made=_made(live, path, owned))
    if storage.storable(path, now):
        return Owned((stored,), previous=field_paths.copied(now))
    return Owned((stored,), hidden=True)


def _as_text(value: Any) -> str:
    # Python takes True for 1; a manifest does not.
    return json.dumps(value, sort_keys=True, default=str)


def _made(live: Mapping[str, Any], path: Path, owned: Ownership) -> int:
    """Return how many containers right above ``path`` are ours: made now, or for a value of ours before."""
    ours = field_paths.missing_containers(live, path)
    for text, mine in owned.items():
        other = field_paths.parse(text)
        ours |= {other[: len(other) - 1 - level] for level in range(mine.made)}
    count = 0
    while count < len(path) - 1 and path[: len(path) - 1 - count] in ours:
        count += 1
    return count


def announce(before: Ownership, after: Ownership) -> dict[str, Owned]:
    """Return what is ours while the change is under way: old and new values both, so that a kill loses nothing."""
    announced = dict(before)
    for text, mine in after.items():
        old = before.get(text)
        values = (*(old.ours if old else ()), *mine.ours)
        announced[text] = replace(mine, ours=tuple(value for i, value in enumerate(values) if value not in values[:i]))
    return announced
