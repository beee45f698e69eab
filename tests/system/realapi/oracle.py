# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must stand in an object after others and we have worked on it, leaf by leaf, however their writes interleave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.system.realapi.leaves import DOCUMENT, GONE, KEYWORDS, WEBHOOK, Leaves, Path

#: Something was there before us that may be secret, so that nobody remembers it.
FORGOTTEN: Final = object()

_SHOWN = {(*DOCUMENT, "route", "repeat_interval"), (*DOCUMENT, "route", "group_wait")}


@dataclass
class Ours:
    value: Any
    before: Any


@dataclass
class Expected:
    """``there`` is None while the object does not exist; ``ours`` is what we put, with what stood there before."""

    there: Leaves | None = None
    ours: dict[Path, Ours] = field(default_factory=dict)
    made_by_us: bool = False

    def foreign(self, edits: Mapping[Path, Any] | None) -> None:
        """Somebody edits the object, or (None) deletes it."""
        if edits is None:
            self.there = None
            return
        self.there = {**(self.there or {}), **edits}
        self.there = {path: value for path, value in self.there.items() if value is not GONE}

    def apply_desired(self, desired: Leaves) -> None:
        """We make a wish true."""
        if self.there is None:
            self.there, self.ours, self.made_by_us = {}, {}, True
        self._take_back({path for path in self.ours if path not in desired})
        for path, value in desired.items():
            self._put(path, value)
        self._drop_remains()

    def taken_back(self) -> None:
        """We take back all that is ours; the object goes if it was ours and is empty."""
        if self.there is not None:
            kept = {path for path in self.ours if self.made_by_us and path[0] == "metadata"}
            self._take_back(set(self.ours) - kept)
            self._drop_remains()
            if self.made_by_us and all(path[0] == "metadata" for path in self.there):
                self.there = None
        self.ours, self.made_by_us = {}, False

    def _take_back(self, paths: set[Path]) -> None:
        there = self.there or {}
        for path in paths:
            mine = self.ours.pop(path)
            if there.get(path, GONE) != mine.value or mine.before is FORGOTTEN:
                continue
            if mine.before is GONE:
                del there[path]
            else:
                there[path] = mine.before

    def _put(self, path: Path, value: Any) -> None:
        there = self.there if self.there is not None else {}
        now = there.get(path, GONE)
        mine = self.ours.get(path)
        if now != value:
            still_ours = mine is not None and mine.value == now
            before = mine.before if mine and still_ours else now
            forgotten = before is not GONE and path[0] == "data" and path not in _SHOWN
            self.ours[path] = Ours(value, FORGOTTEN if forgotten else before)
        elif mine:
            mine.value = value
        there[path] = value

    def _drop_remains(self) -> None:
        """The API server refuses keywords without a webhook."""
        if self.there is not None and WEBHOOK not in self.there:
            self.there = {path: value for path, value in self.there.items() if path[: len(KEYWORDS)] != KEYWORDS}
