# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run: what its tasks returned, as findings of clusters."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.run_report import run_report
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.summary import RunResults, lines
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report import html_report, json_report, junit
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.report import Report
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.subjects import Status

Json = dict[str, Any]
TIME = 1795939200.0
OUTCOME: Json = {
    "alerts": ["policy web"],
    "receiver": "console",
    "result": "undelivered",
    "chats": ["ops"],
    "robot": "",
    "repeat_interval": 0,
    "cause": "it is disabled",
    "cure": "Enable it.",
    "finding": "KD604",
}
DELIVERED: Json = {**OUTCOME, "result": "delivered", "cause": "", "cure": "", "finding": ""}
WARNINGS = ["policy web does not reach chat ops: it is disabled. Enable it (KD604)", "It expires on 2026-12-06 (KD305)"]


def report(clusters: Json, **others: Any) -> Report:
    return run_report(RunResults(clusters, **others), TIME)


def found(made: Report) -> dict[str, list[tuple[str, str]]]:
    """Return subject -> ID and subject of its findings."""
    return {
        subject.name: [(item.finding.id, item.subject) for item in subject.findings]
        for subject in made.subjects
        if subject.findings
    }


def test_a_run_in_which_all_alerts_arrive_is_a_success() -> None:
    made = report({"a": {"changed": True, "delivery": [DELIVERED]}}, fleet={"chats": {}})
    assert (made.success, found(made)) == (True, {})
    assert [subject.status for subject in made.subjects] == [Status.OK, Status.OK]


def test_undelivered_alerts_and_warnings_are_findings_once_each() -> None:
    made = report({"a": {"delivery": [DELIVERED, OUTCOME], "warnings": WARNINGS}})
    assert found(made) == {"a": [("KD305", ""), ("KD604", "policy web to chat ops")]}
    assert not made.success


def test_a_failed_task_is_the_finding_that_it_cites() -> None:
    message = "The cluster at https://192.0.2.10:6443 cannot be reached (GET /apis): Connection refused (KD301)"
    made = report({"a": {"failed": True, "msg": message, "finding": "KD301"}, "b": {"failed": True, "msg": "other"}})
    assert found(made) == {"a": [("KD301", "")]}
    assert [subject.message for subject in made.subjects] == ["", "other"]


def test_clusters_that_were_not_reached_or_not_attempted_are_no_success() -> None:
    made = report({"a": {"unreachable": True, "msg": "ssh"}}, stopped={"msg": "stopped", "not_attempted": ["b"]})
    assert [str(subject.state) for subject in made.subjects] == ["unreachable", "not-attempted"]
    assert not made.success


def test_what_the_proof_found_belongs_to_its_cluster() -> None:
    verdict = {"result": "refused", "cause": "DingTalk returned 310000", "cure": "", "finding": "KD701"}
    alert = {**verdict, "result": "delivered", "cause": "", "finding": "", "receivers": ["a"], "second_message": ""}
    clusters = {"a": {"alert": alert, "targets": [{**verdict, "kind": "robot", "key": "oncall"}]}}
    assert found(report({}, verified={"clusters": clusters})) == {"a": [("KD701", "robot oncall")]}


def test_each_format_has_the_kind_and_the_summary() -> None:
    run = RunResults({"a": {"delivery": [OUTCOME]}})
    made = run_report(run, TIME)
    facts = json_report.facts(made)
    assert (facts["kind"], facts["summary"]) == ("run", lines(run))
    assert "Report of a run" in html_report.document(made)
    assert "policy web do NOT reach chat ops" in html_report.document(made)
    assert 'name="kubesphere.dingtalk.run"' in junit.document(made)
