# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report: all subjects, what they add up to, and whether that is a success."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .._core.errors import Errors
from .._findings.finding import Found, Level, Stage
from .selection import FailOn, Selection
from .subjects import DINGTALK, State, Status, Subject, check_result, ordered, subject_of

#: The status of a cluster -> its name in the counts.
_CLUSTERS = {
    Status.ERROR: "error",
    Status.WARNING: "warning",
    Status.UNKNOWN: "not_examined",
    Status.OK: "healthy",
}


class Kind(StrEnum):
    """What a report is on."""

    DOCTOR = "doctor"
    #: A run that configures, verifies or removes.
    RUN = "run"


@dataclass(frozen=True)
class Report:
    """What was found. ``time``: of the run, in seconds since the epoch. ``summary``: the lines of its summary."""

    clusters: tuple[Subject, ...]
    dingtalk: Subject | None
    selection: Selection
    time: float
    kind: Kind = Kind.DOCTOR
    summary: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """DingTalk and the clusters."""
        return (*((self.dingtalk,) if self.dingtalk else ()), *self.clusters)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was examined."""
        return not any(subject.state is State.EXAMINED for subject in self.subjects)

    @property
    def success(self) -> bool:
        """Whether nothing was found of the levels that make it fail, and everything was examined."""
        if self.is_empty:
            return False
        if self.selection.fail_on is FailOn.NEVER:
            return True
        if any(subject.state is not State.EXAMINED for subject in self.subjects):
            return False
        failing = self.selection.fail_on.levels
        return not any(found.finding.level in failing for _subject, found in self.findings())

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that any subject has, in the order in which an alert travels."""
        return ordered(stage for subject in self.subjects for stage in subject.concerned)

    def findings(self) -> Iterable[tuple[Subject, Found]]:
        """Yield the findings of all subjects."""
        return ((subject, found) for subject in self.subjects for found in subject.findings)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of clusters by their status, and of findings by their level."""
        clusters = Counter(_CLUSTERS[subject.status] for subject in self.clusters)
        levels = Counter(found.finding.level for _subject, found in self.findings())
        return {
            "clusters": {"total": len(self.clusters), **{name: clusters[name] for name in _CLUSTERS.values()}},
            "findings": {
                **{str(level): levels[level] for level in Level},
                "suppressed": sum(subject.suppressed for subject in self.subjects),
            },
        }


def check_results(errors: Errors, results: Mapping[str, Any], app: Any) -> None:
    """Check the results of clusters and DingTalk's."""
    for host, result in results.items():
        check_result(errors.at("results", host), result)
    check_result(errors.at("app"), app)


def read_report(
    results: Mapping[str, Any],
    app: Mapping[str, Any],
    selection: Selection,
    time: float,
    kind: Kind = Kind.DOCTOR,
    summary: Iterable[str] = (),
) -> Report:
    """Return the report on results that :func:`check_results` accepts.

    ``results``: host -> its result, empty for a host that the run did not reach. ``app``: the result of DingTalk, empty
    if it was not examined. Examined subjects without any selected stage are left out.
    """
    clusters = [subject_of(host, result, selection) for host, result in results.items()]
    dingtalk = subject_of(DINGTALK, app, selection, is_cluster=False) if app else None
    return Report(
        tuple(filter(_is_selected, clusters)),
        dingtalk if dingtalk and _is_selected(dingtalk) else None,
        selection,
        time,
        kind,
        tuple(summary),
    )


def _is_selected(subject: Subject) -> bool:
    return bool(subject.state is not State.EXAMINED or subject.concerned or subject.suppressed)
