# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a run as a report: each cluster with the findings that its task and the proof cite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._delivery.outcome import Result
from .._findings.catalogue import CATALOGUE
from .._findings.finding import Found, Level, Stage, without_citation
from .._report.report import Kind, Report, read_report
from .._report.selection import Selection
from .alert_delivery import describe_alerts, describe_targets
from .summary import RunResults, lines

_ARRIVES = (Result.DELIVERED, Result.EXCLUDED)

#: The result of a task, or a part of it.
_Json = Mapping[str, Any]


def run_report(run: RunResults, time: float) -> Report:
    """Return the report on a run. ``time``: of the run, in seconds since the epoch."""
    verified = run.verified.get("clusters") or {}
    hosts = dict.fromkeys([*run.clusters, *verified, *(run.stopped.get("not_attempted") or [])])
    clusters = {host: _cluster(run.clusters.get(host) or {}, verified.get(host) or {}) for host in hosts}
    stages = [Stage.INVENTORY, Stage.DINGTALK] if run.fleet else []
    dingtalk = _examined(run.fleet, stages, _of_warnings(run.fleet))
    return read_report(clusters, dingtalk, Selection(), time, Kind.RUN, lines(run))


def _cluster(applied: _Json, verified: _Json) -> dict[str, Any]:
    """Return what was found on a cluster; empty if the run did not get to it."""
    outcomes = list(_of_outcomes(applied.get("delivery") or []))
    cited = {found.finding for found in outcomes}
    warnings = [found for found in _of_warnings(applied) if found.finding not in cited]
    stages = [
        *([Stage.CLUSTER] if applied else []),
        *([Stage.RULES, Stage.ALERTMANAGER, Stage.NOTIFICATION_MANAGER] if applied.get("delivery") else []),
        *([Stage.EGRESS] if verified else []),
    ]
    return _examined(applied, stages, [*outcomes, *warnings, *_of_proof(verified)])


def _examined(result: _Json, stages: Sequence[Stage], found: Iterable[Found]) -> dict[str, Any]:
    """Return a result in the form of the doctor's, empty without stages.

    An error of the task is a finding if it cites one; else the cluster was not examined.
    """
    if not stages:
        return {}
    message, finding = without_citation(str(result.get("msg") or ""))
    row = CATALOGUE.get(str(result.get("finding") or finding))
    error = Found(row, "", message) if row and row.level is Level.ERROR and result.get("failed") else None
    state = {} if error else {name: result[name] for name in ("failed", "unreachable", "msg") if result.get(name)}
    return {
        **state,
        "findings": [item.as_dict() for item in (*([error] if error else []), *found)],
        "stages": list(map(str, stages)),
    }


def _of_outcomes(delivery: Iterable[_Json]) -> Iterator[Found]:
    for outcome in delivery:
        if outcome["result"] not in _ARRIVES and (row := CATALOGUE.get(outcome.get("finding") or "")):
            targets = describe_targets(outcome["chats"], outcome["robot"])
            alerts = describe_alerts(outcome["alerts"])
            yield Found(row, f"{alerts} to {targets}" if targets else alerts, outcome["cause"], outcome["cure"])


def _of_warnings(result: _Json) -> Iterator[Found]:
    for warning in result.get("warnings") or []:
        message, finding = without_citation(str(warning))
        if row := CATALOGUE.get(finding):
            yield Found(row, "", message)


def _of_proof(verified: _Json) -> Iterator[Found]:
    verdicts = [(f"{target['kind']} {target['key']}", target) for target in verified.get("targets") or []]
    verdicts += [("test alert", verified["alert"])] if verified.get("alert") else []
    verdicts += [("notification history", verified["history"])] if verified.get("history") else []
    for subject, verdict in verdicts:
        if row := CATALOGUE.get(verdict["finding"]):
            yield Found(row, subject, verdict["cause"], verdict["cure"])
