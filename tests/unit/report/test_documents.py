# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON and as JUnit XML, read back."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import Level
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report import json_report, junit
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.selection import (
    FailOn,
    Selection,
    Suppression,
)
from tests.unit.report.samples import (
    CANNOT_BE_REACHED,
    ERROR,
    INFO,
    WARNING,
    fleet,
    found,
    of_dingtalk,
    report,
    result,
    unreachable,
)


def read(results: dict[str, Any], app: dict[str, Any] | None = None, selection: Selection | None = None) -> Any:
    return json.loads(json_report.document(report(results, app, selection)))


def suites(results: dict[str, Any], app: dict[str, Any] | None = None, fail_on: FailOn = FailOn.ERROR) -> Any:
    root = ElementTree.fromstring(junit.document(report(results, app, Selection(fail_on))))
    return {suite.get("name"): suite for suite in root}


def test_json_of_a_fleet() -> None:
    suppress = (Suppression(WARNING, "chengdu"),)
    document = read(fleet(), of_dingtalk(), Selection(FailOn.WARNING, suppress=suppress))
    assert document["format"] == json_report.FORMAT
    assert document["time"] == "2026-11-29T08:00:00Z"
    assert document["success"] is False
    assert (document["fail_on"], document["only"]) == ("warning", [])
    assert document["suppress"] == [{"id": WARNING, "host": "chengdu"}]
    assert document["counts"] == {
        "clusters": {"total": 11, "error": 3, "not_examined": 2, "warning": 1, "healthy": 5},
        "findings": {"error": 4, "warning": 2, "info": 4, "suppressed": 1},
    }
    assert document["dingtalk"]["stages"] == {"inventory": "ok", "dingtalk": "ok"}
    clusters = {cluster["name"]: cluster for cluster in document["clusters"]}
    assert list(clusters) == list(fleet())
    assert clusters["chengdu"]["suppressed"] == 1
    assert clusters["wuhan"] == {
        "name": "wuhan",
        "state": "unreachable",
        "message": "Failed to connect to the host via ssh: timed out",
        "status": "unknown",
        "stages": dict.fromkeys(
            ["inventory", "dingtalk", "cluster", "rules", "alertmanager", "notification-manager", "egress"], "unknown"
        ),
        "skipped": [],
        "findings": [],
        "suppressed": 0,
    }


def test_json_has_the_findings_as_they_were() -> None:
    given = [found(WARNING, "user", "of the certificate"), found(ERROR, "Receiver ops", 'é "quoted"', "Another cure.")]
    [cluster] = read({"one": result(*given)})["clusters"]
    assert cluster["findings"] == [{**given[0], "first_broken": False}, {**given[1], "first_broken": True}]
    assert cluster["stages"] == {
        **{"cluster": "warning", "rules": "ok", "alertmanager": "ok", "notification-manager": "error", "egress": "ok"}
    }


def test_json_names_skipped_stages() -> None:
    [cluster] = read({"one": unreachable()})["clusters"]
    assert cluster["stages"]["rules"] == "skipped"
    assert cluster["skipped"][0] == {"stage": "rules", "because": CANNOT_BE_REACHED}


def test_junit_has_a_suite_for_each_subject_and_a_case_for_each_stage() -> None:
    found_suites = suites(fleet(), of_dingtalk())
    assert list(found_suites) == ["DingTalk", *fleet()]
    assert [case.get("name") for case in found_suites["DingTalk"]] == ["inventory", "dingtalk"]
    suite = found_suites["lab"]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        **{"tests": "5", "failures": "1", "errors": "0", "skipped": "4"}
    }
    assert suite.find("testcase[@name='rules']/skipped").get("message") == CANNOT_BE_REACHED
    lost = found_suites["xian"].find("testcase[@name='examined']/error")
    assert lost.get("message") == "not-attempted: the run did not get as far as this"


#: fail_on -> the levels that are failures.
FAILURES = {
    FailOn.ERROR: {Level.ERROR},
    FailOn.WARNING: {Level.ERROR, Level.WARNING},
    FailOn.NEVER: {Level.ERROR},
}


@pytest.mark.parametrize("fail_on", FailOn)
@pytest.mark.parametrize("level", Level)
def test_junit_has_failures_and_output(fail_on: FailOn, level: Level) -> None:
    identifier = {Level.ERROR: ERROR, Level.WARNING: WARNING, Level.INFO: INFO}[level]
    [suite] = suites({"one": result(found(identifier, "this", "is so"))}, fail_on=fail_on).values()
    failures, outputs = suite.findall("testcase/failure"), suite.findall("testcase/system-out")
    assert (len(failures), len(outputs)) == ((1, 0) if level in FAILURES[fail_on] else (0, 1))
    assert "this: is so" in (failures or outputs)[0].text
    assert suite.get("failures") == str(len(failures))
    if failures:
        assert (failures[0].get("type"), failures[0].get("message")) == (identifier, f"{identifier} this: is so")


def test_junit_of_nothing_is_an_error() -> None:
    [suite] = suites({}).values()
    assert suite.get("errors") == "1"


def test_junit_is_xml_whatever_a_cause_contains() -> None:
    [suite] = suites({"<host>": result(found(ERROR, "a\x00b", "]]> & \ufffe \x1b[31m <b>"))}).values()
    assert "]]> & \ufffd \ufffd[31m <b>" in suite.find("testcase/failure").text
