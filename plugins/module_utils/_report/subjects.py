# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report is about: DingTalk and each cluster, with what was found in each stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .._core.bounded.shapes import Shape, mismatch
from .._core.errors import Errors
from .._findings.catalogue import CATALOGUE
from .._findings.finding import Found, Level, Stage
from .selection import Selection

DINGTALK = "DingTalk"

_FOUND: Shape = {"id!": str, "subject!": str, "cause!": str, "cure": str}
_SKIPPED: Shape = [{"stage!": str, "because!": str}]
_RESULT: Shape = {"findings": [_FOUND], "skipped_stages": _SKIPPED, "stages": [str]}
_ORDER = {stage: index for index, stage in enumerate(Stage)}
_LEVELS = {level: index for index, level in enumerate(Level)}


class State(StrEnum):
    """Whether a subject was examined, and if not, why."""

    EXAMINED = "examined"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    NOT_ATTEMPTED = "not-attempted"


class Status(StrEnum):
    """The status of a stage, or of a whole subject; the worst first."""

    ERROR = "error"
    #: Not known, as the subject was not examined.
    UNKNOWN = "unknown"
    WARNING = "warning"
    SKIPPED = "skipped"
    INFO = "info"
    OK = "ok"
    #: The stage does not concern the subject.
    NONE = "none"


@dataclass(frozen=True)
class Subject:
    """DingTalk or a cluster.

    ``findings``: those that are selected, in the order of the stages, the worst first. ``skipped``: stage -> reason.
    ``message``: why it was not examined.
    """

    name: str
    is_cluster: bool = True
    state: State = State.EXAMINED
    message: str = ""
    findings: tuple[Found, ...] = ()
    skipped: Mapping[Stage, str] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    suppressed: int = 0

    @property
    def first_broken(self) -> Found | None:
        """The first error in the order in which an alert travels."""
        return next((found for found in self.findings if found.finding.level is Level.ERROR), None)

    @property
    def status(self) -> Status:
        """The worst level; infos are not faults."""
        levels = {found.finding.level for found in self.findings}
        if Level.ERROR in levels:
            return Status.ERROR
        if self.state is not State.EXAMINED:
            return Status.UNKNOWN
        return Status.WARNING if Level.WARNING in levels else Status.OK

    @property
    def concerned(self) -> frozenset[Stage]:
        """The stages that were examined or skipped, or have a finding."""
        return frozenset({*self.stages, *self.skipped, *(found.finding.stage for found in self.findings)})

    def stage_status(self, stage: Stage) -> Status:
        """Return the status of one stage."""
        levels = [found.finding.level for found in self.findings if found.finding.stage is stage]
        if levels:
            return Status(min(levels, key=_LEVELS.__getitem__).value)
        if stage in self.skipped:
            return Status.SKIPPED
        if stage in self.stages:
            return Status.OK
        return Status.NONE if self.state is State.EXAMINED else Status.UNKNOWN


def subject_of(name: str, result: Mapping[str, Any], selection: Selection, is_cluster: bool = True) -> Subject:
    """Return the subject of a result that :func:`check_result` accepts."""
    state, message = _state(result)
    skipped = {Stage(item["stage"]): str(item["because"]) for item in _skipped(result)}
    found = sorted(map(_found, result.get("findings") or []), key=_place)
    selected = [item for item in found if selection.has_finding(item.finding, skipped)]
    shown = tuple(item for item in selected if not selection.suppresses(item.finding, name))
    return Subject(
        name,
        is_cluster,
        state,
        message,
        shown,
        {stage: because for stage, because in skipped.items() if selection.has_stage(stage)},
        tuple(stage for stage in map(Stage, result.get("stages") or []) if selection.has_stage(stage)),
        len(selected) - len(shown),
    )


def check_result(errors: Errors, result: Any) -> None:
    """Check a result; it may be that of a failed task, or empty."""
    error = mismatch(result, _RESULT) or mismatch(_skipped(result), _SKIPPED, "skipped_stages")
    if error:
        errors.add(f"{error}; set what the tasks of the doctor return")
        return
    stages = [*(result.get("stages") or []), *(item["stage"] for item in _skipped(result))]
    for stage in stages:
        if stage not in tuple(Stage):
            errors.add(f"unknown stage {stage!r}; the stages are {', '.join(Stage)}")
    for item in result.get("findings") or []:
        if item["id"] not in CATALOGUE:
            errors.add(f"unknown finding {item['id']!r}; use the doctor of the same version of the collection")


def ordered(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Return stages in the order in which an alert travels."""
    return tuple(sorted(set(stages), key=_ORDER.__getitem__))


def described(found: Found) -> str:
    """Return what was seen, and where."""
    cause = found.cause or found.finding.title.en
    return cause if not found.subject or cause.startswith(found.subject) else f"{found.subject}: {cause}"


def _skipped(result: Mapping[str, Any]) -> list[Any]:
    """Return the skipped stages."""
    return result.get("skipped_stages") or []


def _found(item: Mapping[str, Any]) -> Found:
    row = CATALOGUE[item["id"]]
    cure = item.get("cure") or ""
    return Found(row, item["subject"], item["cause"], "" if cure == row.cure.en else cure)


def _place(found: Found) -> tuple[int, int]:
    return _ORDER[found.finding.stage], _LEVELS[found.finding.level]


def _state(result: Mapping[str, Any]) -> tuple[State, str]:
    """Return the state and, unless it was examined, the reason."""
    if not result or result.get("skipped") is True:
        return State.NOT_ATTEMPTED, "the run did not get as far as this"
    if result.get("unreachable") or result.get("failed"):
        state = State.UNREACHABLE if result.get("unreachable") else State.FAILED
        return state, _text(result.get("msg")) or "no reason given"
    if not any(result.get(name) for name in ("stages", "findings")):
        return State.FAILED, "its result has no stage that was examined"
    return State.EXAMINED, ""


def _text(message: Any) -> str:
    return "; ".join(map(str, message)) if isinstance(message, list) else str(message or "")
