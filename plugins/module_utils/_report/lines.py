# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as lines of a terminal: the counts first, then one line a finding, by cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._core.text import few, grouped
from .._core.texts.wrapping import CONTINUED, wrapped
from .._findings.catalogue import ROWS
from .._findings.finding import Found, Level
from .report import Report
from .subjects import State, Status, Subject, described

#: Before the first broken link of a cluster, and before its other findings.
MARK, NO_MARK = "  -> ", CONTINUED
_CURE = " " * 9

NOTHING = (
    "Nothing was examined: no cluster and no part of DingTalk has a result. Run the doctor from its beginning, on "
    "hosts of the inventory and with stages that it examines."
)
_STATES = {
    State.FAILED: "the examination failed",
    State.UNREACHABLE: "unreachable",
    State.NOT_ATTEMPTED: "not attempted",
}
_RANKS = {status: index for index, status in enumerate(Status)}


def lines(report: Report) -> list[str]:
    """Return the report. Clusters with the same findings share a block."""
    if not report.subjects:
        return list(wrapped("", NOTHING))
    text = [*wrapped("", _summary(report), NO_MARK)]
    text += wrapped("", NOTHING) if report.is_empty else []
    for names, subject in _blocks(report.subjects):
        text += _block(names, subject)
    return text


def headline(report: Report) -> str:
    """Return why the report fails, in one sentence; empty for a success."""
    if report.success:
        return ""
    if report.is_empty:
        return NOTHING
    counts = report.counts()
    levels = [counted(counts["findings"][level], level) for level in report.selection.fail_on.levels]
    missing = sum(subject.state is not State.EXAMINED for subject in report.subjects)
    parts = [part for part in levels if part] + ([f"{missing} not examined"] if missing else [])
    return f"The doctor found {', '.join(parts)} (fail_on: {report.selection.fail_on})."


def catalogue_lines() -> list[str]:
    """Return the catalogue of findings, one line each."""
    return [f"{row.id} {row.level:<7} {row.stage:<20} {row.title.en}" for row in ROWS if not row.retired]


def catalogue() -> list[dict[str, Any]]:
    """Return the catalogue of findings as data."""
    return [
        {"id": row.id, "level": str(row.level), "stage": str(row.stage), "title": row.title.en}
        for row in ROWS
        if not row.retired
    ]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun; empty for none."""
    if not number:
        return ""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _summary(report: Report) -> str:
    counts = report.counts()
    clusters, findings = counts["clusters"], counts["findings"]
    levels = [counted(findings[level], level) for level in Level]
    levels += [f"{findings['suppressed']} suppressed"] if findings["suppressed"] else []
    total = counted(clusters["total"], "cluster")
    if report.success and clusters["healthy"] == clusters["total"] and _is_fine(report.dingtalk):
        names = " and ".join(filter(None, (total, report.dingtalk.name if report.dingtalk else "")))
        return f"{names}: healthy{_joined(levels, ' ({})')}"
    states = [
        f"{clusters[key]} {text}"
        for key, text in (
            ("error", "with errors"),
            ("not_examined", "not examined"),
            ("warning", "with warnings"),
            ("healthy", "healthy"),
        )
        if clusters[key]
    ]
    parts = [f"{total}: {', '.join(states)}"] if total else []
    parts += [f"{report.dingtalk.name}: {_state(report.dingtalk)}"] if report.dingtalk else []
    return "; ".join(parts) + _joined(levels, " ({})")


def _is_fine(subject: Subject | None) -> bool:
    return subject is None or subject.status is Status.OK


def _joined(parts: Iterable[str], form: str) -> str:
    text = ", ".join(filter(None, parts))
    return form.format(text) if text else ""


def _state(subject: Subject) -> str:
    """Return the findings of a subject in numbers, or why there are none."""
    numbers = (counted(sum(found.finding.level is level for found in subject.findings), level) for level in Level)
    parts = [] if subject.state is State.EXAMINED else [f"not examined, {_STATES[subject.state]}"]
    return _joined([*parts, *numbers], "{}") or "healthy"


def _blocks(subjects: Iterable[Subject]) -> list[tuple[list[str], Subject]]:
    """Return the names of subjects that are alike, and one of these, the worst first; healthy ones are left out."""
    alike: dict[Any, tuple[list[str], Subject]] = {}
    for subject in subjects:
        if subject.findings or subject.state is not State.EXAMINED or subject.skipped:
            key = (
                subject.is_cluster,
                subject.state,
                subject.message,
                subject.findings,
                tuple(subject.skipped.items()),
            )
            alike.setdefault(key, ([], subject))[0].append(subject.name)
    return sorted(alike.values(), key=lambda block: (block[1].is_cluster, _RANKS[block[1].status]))


def _block(names: list[str], subject: Subject) -> Iterator[str]:
    each = " each" if len(names) > 1 else ""
    yield from wrapped("", f"{few(names)}: {_state(subject)}{each}", NO_MARK)
    if subject.message:
        yield from wrapped(NO_MARK, subject.message)
    first = subject.first_broken
    for found in subject.findings:
        yield from _finding(found, MARK if found is first else NO_MARK)
    for because, stages in grouped(subject.skipped.items()).items():
        yield from wrapped(NO_MARK, f"skipped {', '.join(stages)}: {because}")


def _finding(found: Found, mark: str) -> Iterator[str]:
    row = found.finding
    level = row.level.upper() if row.level is Level.ERROR else row.level
    yield from wrapped(mark, f"{level} {row.id} [{row.stage}] {described(found)}", _CURE)
    yield from wrapped(_CURE, found.cure or row.cure.en)
