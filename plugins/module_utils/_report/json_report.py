# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as a JSON document, whose schema docs/doctor.md has."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from .._findings.finding import Found
from .report import Report
from .subjects import State, Status, Subject

FORMAT = 1


def document(report: Report) -> str:
    """Return the JSON document."""
    return json.dumps(facts(report), indent=2, ensure_ascii=False) + "\n"


def facts(report: Report) -> dict[str, Any]:
    """Return the document as data."""
    selection = report.selection
    return {
        "format": FORMAT,
        "kind": str(report.kind),
        "success": report.success,
        "time": timestamp(report.time),
        "fail_on": str(selection.fail_on),
        "only": list(selection.only),
        "suppress": [entry.as_dict() for entry in selection.suppress],
        "counts": report.counts(),
        "dingtalk": _subject(report, report.dingtalk) if report.dingtalk else None,
        "clusters": [_subject(report, subject) for subject in report.clusters],
        "summary": list(report.summary),
    }


def findings(report: Report) -> list[dict[str, Any]]:
    """Return the findings of all subjects in one list, each with its host."""
    return [{"host": subject.name, **_finding(subject, found)} for subject, found in report.findings()]


def timestamp(time: float) -> str:
    """Return a time, given in seconds since the epoch, in the form of ISO 8601."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subject(report: Report, subject: Subject) -> dict[str, Any]:
    stages = {stage: subject.stage_status(stage) for stage in report.stages}
    return {
        "name": subject.name,
        "state": str(subject.state),
        **({} if subject.state is State.EXAMINED else {"message": subject.message}),
        "status": str(subject.status),
        "stages": {str(stage): str(status) for stage, status in stages.items() if status is not Status.NONE},
        "skipped": [{"stage": str(stage), "because": because} for stage, because in subject.skipped.items()],
        "findings": [_finding(subject, found) for found in subject.findings],
        "suppressed": subject.suppressed,
    }


def _finding(subject: Subject, found: Found) -> dict[str, Any]:
    return {**found.as_dict(), "first_broken": found is subject.first_broken}
