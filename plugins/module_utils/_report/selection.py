# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which findings a report shows, and which of them make it fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from .._core.errors import Errors
from .._findings.catalogue import CATALOGUE
from .._findings.finding import Finding, Level, Stage

_SUPPRESSED = re.compile(r"([^@]*)(@(.*))?", re.DOTALL)
_ID = re.compile(r"\bKD\d+\b")
_HINT = "list: true prints the catalogue"


class FailOn(StrEnum):
    """The lowest level that makes a report fail."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of the findings that make a report fail."""
        return {
            FailOn.ERROR: (Level.ERROR,),
            FailOn.WARNING: (Level.ERROR, Level.WARNING),
            FailOn.NEVER: (),
        }[self]


@dataclass(frozen=True)
class Suppression:
    """A finding that is expected; on every cluster if ``host`` is empty."""

    id: str
    host: str = ""

    def matches(self, finding: Finding, host: str) -> bool:
        """Return whether a finding on a host is suppressed."""
        return self.id == finding.id and self.host in ("", host)

    def as_dict(self) -> dict[str, str]:
        """Return it as in a report."""
        return {"id": self.id, "host": self.host}


@dataclass(frozen=True)
class Selection:
    """The options of a report. ``only``: IDs and stages; empty for all."""

    fail_on: FailOn = FailOn.ERROR
    only: tuple[str, ...] = ()
    suppress: tuple[Suppression, ...] = ()

    def has_stage(self, stage: Stage) -> bool:
        """Return whether a stage, or a finding of it, is selected."""
        return not self.only or any(name == stage or _stage_of(name) == stage for name in self.only)

    def has_finding(self, finding: Finding, skipped: Mapping[Stage, str]) -> bool:
        """Return whether a finding is selected, or is the reason why a selected stage was skipped.

        Without the latter, a stage that could not be examined would look like one without findings.
        """
        if not self.only or finding.id in self.only or finding.stage in self.only:
            return True
        reasons = [because for stage, because in skipped.items() if self.has_stage(stage)]
        return any(finding.id in _ID.findall(because) for because in reasons)

    def suppresses(self, finding: Finding, host: str) -> bool:
        """Return whether a finding on a host is suppressed."""
        return any(entry.matches(finding, host) for entry in self.suppress)


def read_selection(errors: Errors, options: Mapping[str, Any]) -> Selection:
    """Return the selection of a task's options ``fail_on``, ``only`` and ``suppress``."""
    only = options.get("only") or []
    for at, name in errors.at("only").each(only):
        if name not in (*CATALOGUE, *Stage):
            at.add(f"unknown finding or stage {name!r}; {_nearest(name, (*CATALOGUE, *Stage))}")
    entries = errors.at("suppress").each(options.get("suppress") or [])
    suppress = [entry for at, value in entries if (entry := _suppression(at, value))]
    return Selection(FailOn(options.get("fail_on") or FailOn.ERROR), tuple(only), tuple(suppress))


def _suppression(errors: Errors, value: Any) -> Suppression | None:
    if isinstance(value, Mapping):
        return _from_map(errors, value)
    if not isinstance(value, str):
        errors.add("expected an ID such as KD305, KD305@HOST, or a map of id, host")
        return None
    match = _SUPPRESSED.fullmatch(value)
    identifier, at, host = match.groups() if match else (value, None, None)
    if at and not host:
        errors.add(f"no host after the @ of {value!r}; set ID@HOST, or the ID alone for every cluster")
        return None
    return _known(errors, identifier, host or "")


def _from_map(errors: Errors, value: Mapping[Any, Any]) -> Suppression | None:
    unknown = [name for name in value if name not in ("id", "host")]
    for name in unknown:
        errors.at(str(name)).add("unknown option; supported options: id, host")
    for name in ("id", "host"):
        if value.get(name) is not None and not isinstance(value[name], str):
            errors.at(name).add("expected a string")
            return None
    if unknown:
        return None
    if not value.get("id"):
        errors.at("id").add("missing; set the ID of a finding, such as KD305")
        return None
    return _known(errors.at("id"), value["id"], value.get("host") or "")


def _known(errors: Errors, identifier: str, host: str) -> Suppression | None:
    if identifier not in CATALOGUE:
        errors.add(f"unknown finding {identifier!r}; {_nearest(identifier, CATALOGUE)}")
        return None
    return Suppression(identifier, host)


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint that names the nearest of the known names."""
    candidates: Sequence[str] = [str(item) for item in known]
    near = dict.fromkeys(
        found for text in (name.upper(), name.lower()) for found in get_close_matches(text, candidates, cutoff=0.7)
    )
    return f"nearest: {', '.join(near)}; {_HINT}" if near else _HINT


def _stage_of(identifier: str) -> Stage | None:
    return CATALOGUE[identifier].stage if identifier in CATALOGUE else None
