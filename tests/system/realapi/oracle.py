# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The expected leaves of an object after runs and edits by others, however their writes interleave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.system.realapi.leaves import ABSENT, DOCUMENT, KEYWORDS, WEBHOOK, Leaves, Path

#: A previous value that may be secret, and so is not recorded.
REDACTED: Final = object()

_SHOWN = {(*DOCUMENT, "route", "repeat_interval"), (*DOCUMENT, "route", "group_wait")}


@dataclass
class Managed:
    value: Any
    previous: Any


@dataclass
class Expected:
    """``leaves`` is None while the object does not exist; ``created``: it was created by an apply."""

    leaves: Leaves | None = None
    managed: dict[Path, Managed] = field(default_factory=dict)
    created: bool = False

    def edit(self, edits: Mapping[Path, Any] | None) -> None:
        """Apply an edit by others; None deletes the object."""
        if edits is None:
            self.leaves = None
            return
        self.leaves = {**(self.leaves or {}), **edits}
        self.leaves = {path: value for path, value in self.leaves.items() if value is not ABSENT}

    def apply(self, desired: Leaves) -> None:
        """Apply a desired state."""
        if self.leaves is None:
            self.leaves, self.managed, self.created = {}, {}, True
        self._restore({path for path in self.managed if path not in desired})
        for path, value in desired.items():
            self._set(path, value)
        self._remove_incomplete_maps()

    def remove(self) -> None:
        """Remove all managed fields, and the object if it was created and is empty."""
        if self.leaves is not None:
            retained = {path for path in self.managed if self.created and path[0] == "metadata"}
            self._restore(set(self.managed) - retained)
            self._remove_incomplete_maps()
            if self.created and all(path[0] == "metadata" for path in self.leaves):
                self.leaves = None
        self.managed, self.created = {}, False

    def _restore(self, paths: set[Path]) -> None:
        leaves = self.leaves or {}
        for path in paths:
            managed = self.managed.pop(path)
            if leaves.get(path, ABSENT) != managed.value or managed.previous is REDACTED:
                continue
            if managed.previous is ABSENT:
                del leaves[path]
            else:
                leaves[path] = managed.previous

    def _set(self, path: Path, value: Any) -> None:
        leaves = self.leaves if self.leaves is not None else {}
        live = leaves.get(path, ABSENT)
        managed = self.managed.get(path)
        if live != value:
            is_unchanged = managed is not None and managed.value == live
            previous = managed.previous if managed and is_unchanged else live
            is_redacted = previous is not ABSENT and path[0] == "data" and path not in _SHOWN
            self.managed[path] = Managed(value, REDACTED if is_redacted else previous)
        elif managed:
            managed.value = value
        leaves[path] = value

    def _remove_incomplete_maps(self) -> None:
        """Remove keywords without a webhook, which the API server rejects."""
        if self.leaves is not None and WEBHOOK not in self.leaves:
            self.leaves = {path: value for path, value in self.leaves.items() if path[: len(KEYWORDS)] != KEYWORDS}
