# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of the doctor: lines, and files for machines and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.errors import Errors, InputError, OperationError
from .._core.printable import printable
from .._core.secrets.options import check_secrets
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._report.files import OPTION, report_paths, write_report
from .._report.json_report import findings
from .._report.lines import catalogue, catalogue_lines, headline, lines
from .._report.report import Report, check_results, read_report
from .._report.selection import FailOn, read_selection

SPEC = ArgumentSpec(
    options={
        "fail_on": {"type": "str", "default": "error", "choices": [str(level) for level in FailOn]},
        "only": {"type": "list", "elements": "str", "default": []},
        "suppress": {"type": "list", "elements": "raw", "default": []},
        "report": OPTION,
        "list": {"type": "bool", "default": False},
        "results": {"type": "dict", "default": {}},
        "app": {"type": "dict", "default": {}},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "results_from": {"type": "str", "default": "dingtalk_doctor"},
        "app_from": {"type": "str", "default": "dingtalk_doctor_app"},
    },
)


def run(task: Task) -> dict[str, Any]:
    """Return the report, and write its files. Raises ``OperationError`` unless it is a success."""
    if task.params["list"]:
        return {"changed": False, "success": True, "lines": catalogue_lines(), "catalogue": catalogue()}
    try:
        return _report(task)
    except InputError as error:
        error.facts["success"] = False
        raise


def _report(task: Task) -> dict[str, Any]:
    results, app = task.params["results"], task.params["app"]
    with Errors() as errors:
        check_secrets(errors, SPEC, task.params)
        selection = read_selection(errors, task.params)
        paths = report_paths(errors.at("report"), task.params["report"] or {})
        check_results(errors, results, app)
    # Before anything is escaped, which would change a secret's form.
    masked = printable(task.secrets.mask({"results": _all(task.params["hosts"], results), "app": app}))
    report = read_report(masked["results"], masked["app"], selection, task.clock.time())
    facts: dict[str, Any] = {
        "success": report.success,
        "counts": report.counts(),
        "findings": findings(report),
        "lines": lines(report),
    }
    write_report(report, paths, {**facts, "success": False})
    if not report.success:
        raise OperationError(headline(report), finding=_first(report), **facts)
    return {"changed": False, **facts}


def _all(hosts: list[str], results: Mapping[str, Any]) -> dict[str, Any]:
    """Return host -> result, in the order of the hosts; empty for a host without one."""
    return {host: results.get(host) or {} for host in dict.fromkeys([*hosts, *results])}


def _first(report: Report) -> str:
    """Return the ID of the first broken link, empty if there is none."""
    broken = (subject.first_broken for subject in report.subjects)
    return next((found.finding.id for found in broken if found), "")


OPERATION = Operation(spec=SPEC, run=run)
