# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which findings are reported, and whether the report is a success."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import Level, Stage
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.selection import (
    FailOn,
    Selection,
    read_selection,
)
from tests.support.input_errors import errors_of
from tests.unit.report.samples import (
    CLUSTER_STAGES,
    EARLIER_ERROR,
    ERROR,
    INFO,
    WARNING,
    found,
    of_dingtalk,
    report,
    result,
    unreachable,
)

OF_LEVEL = {Level.ERROR: ERROR, Level.WARNING: WARNING, Level.INFO: INFO}
#: fail_on -> the levels of a finding with which the report is a success.
SUCCESS = {
    FailOn.ERROR: {None: True, Level.INFO: True, Level.WARNING: True, Level.ERROR: False},
    FailOn.WARNING: {None: True, Level.INFO: True, Level.WARNING: False, Level.ERROR: False},
    FailOn.NEVER: {None: True, Level.INFO: True, Level.WARNING: True, Level.ERROR: True},
}
#: fail_on -> whether a cluster that was not examined beside a healthy one is a success, and one alone.
NOT_EXAMINED = {FailOn.ERROR: (False, False), FailOn.WARNING: (False, False), FailOn.NEVER: (True, False)}
NOT_EXAMINED_RESULTS = {
    "failed": {"failed": True, "msg": "no"},
    "failed with findings": {"failed": True, "msg": "no", **result()},
    "unreachable": {"unreachable": True, "msg": ["no", "route"]},
    "without a result": {},
    "skipped by a condition": {"skipped": True, "skip_reason": "Conditional result was False"},
    "another module's": {"changed": False, "ping": "pong"},
    "no stage": result(stages=()),
}


def selected(**options: Any) -> Selection:
    with Errors() as errors:
        return read_selection(errors, options)


def ids(name: str, results: dict[str, Any], **options: Any) -> list[str]:
    """The IDs of the findings of a cluster."""
    subjects = {subject.name: subject for subject in report(results, selection=selected(**options)).subjects}
    return [item.finding.id for item in subjects[name].findings]


def test_the_tables_have_every_row() -> None:
    assert set(SUCCESS) == set(NOT_EXAMINED) == set(FailOn)
    for row in SUCCESS.values():
        assert set(row) == {None, *Level}


@pytest.mark.parametrize("fail_on", FailOn)
@pytest.mark.parametrize("level", [None, *Level])
@pytest.mark.parametrize("is_cluster", [True, False])
def test_fail_on(fail_on: FailOn, level: Level | None, is_cluster: bool) -> None:
    findings = [found(OF_LEVEL[level])] if level else []
    results, app = ({"one": result(*findings)}, of_dingtalk()) if is_cluster else ({}, of_dingtalk(*findings))
    assert report(results, app, Selection(fail_on)).success is SUCCESS[fail_on][level]


@pytest.mark.parametrize("fail_on", FailOn)
@pytest.mark.parametrize("name", NOT_EXAMINED_RESULTS)
def test_a_cluster_that_was_not_examined_is_never_healthy(fail_on: FailOn, name: str) -> None:
    given_result = NOT_EXAMINED_RESULTS[name]
    beside, alone = NOT_EXAMINED[fail_on]
    both = report({"one": given_result, "two": result()}, selection=Selection(fail_on))
    assert both.success is beside
    assert both.counts()["clusters"]["not_examined"] == 1
    assert report({"one": given_result}, selection=Selection(fail_on)).success is alone


@pytest.mark.parametrize("fail_on", FailOn)
def test_no_result_at_all_is_no_success(fail_on: FailOn) -> None:
    assert not report({}, selection=Selection(fail_on)).success


ONLY = {
    (ERROR,): [ERROR],
    (WARNING, "rules"): [WARNING, INFO],
    ("cluster",): [WARNING],
    ("notification-manager",): [ERROR],
    ("egress",): [],
}


@pytest.mark.parametrize("only", ONLY)
def test_only(only: tuple[str, ...]) -> None:
    results = {"one": result(found(ERROR), found(INFO), found(WARNING))}
    assert ids("one", results, only=list(only)) == ONLY[only]


def test_only_retains_why_a_selected_stage_was_skipped() -> None:
    results = {"one": unreachable(), "two": result()}
    assert ids("one", results, only=["rules"]) == [EARLIER_ERROR]
    assert not report(results, selection=selected(only=["rules"])).success
    assert ids("one", results, only=["cluster"]) == [EARLIER_ERROR]


def test_only_leaves_out_what_has_no_selected_stage() -> None:
    only_dingtalk = report({"one": result()}, of_dingtalk(), selected(only=["dingtalk"]))
    assert [subject.name for subject in only_dingtalk.subjects] == ["DingTalk"]
    assert only_dingtalk.stages == (Stage.DINGTALK,)
    assert not report({"one": result()}, selection=selected(only=["dingtalk"])).success


SUPPRESS: dict[str, tuple[Any, dict[str, list[str]]]] = {
    "an ID": (ERROR, {"one": [WARNING], "two": []}),
    "an ID on a cluster": (f"{ERROR}@one", {"one": [WARNING], "two": [ERROR]}),
    "a map": ({"id": ERROR}, {"one": [WARNING], "two": []}),
    "a map with a cluster": ({"id": ERROR, "host": "two"}, {"one": [WARNING, ERROR], "two": []}),
    "another finding": ("KD603", {"one": [WARNING, ERROR], "two": [ERROR]}),
    "another cluster": (f"{ERROR}@three", {"one": [WARNING, ERROR], "two": [ERROR]}),
}


@pytest.mark.parametrize("name", SUPPRESS)
def test_suppress(name: str) -> None:
    entry, expected = SUPPRESS[name]
    results = {"one": result(found(ERROR), found(WARNING)), "two": result(found(ERROR))}
    assert {host: ids(host, results, suppress=[entry]) for host in results} == expected
    shown = report(results, selection=selected(suppress=[entry]))
    assert shown.counts()["findings"]["suppressed"] == 3 - sum(map(len, expected.values()))
    assert shown.success is not any(ERROR in listed for listed in expected.values())


def test_a_finding_of_dingtalk_is_suppressed_by_its_name() -> None:
    shown = report({}, of_dingtalk(found("KD101")), selected(suppress=["KD101@DingTalk"]))
    assert shown.success
    assert shown.counts()["findings"]["suppressed"] == 1


ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "only, unknown ID": ({"only": ["KD3055"]}, "only[0]: unknown finding or stage 'KD3055'; nearest: KD305"),
    "only, lower case": ({"only": [ERROR, "kd305"]}, "only[1]: unknown finding or stage 'kd305'; nearest: KD305"),
    "only, unknown stage": ({"only": ["rule"]}, "only[0]: unknown finding or stage 'rule'; nearest: rules"),
    "only, nothing near": ({"only": ["x"]}, "only[0]: unknown finding or stage 'x'; list: true prints the catalogue"),
    "unknown ID": ({"suppress": ["KD35"]}, "suppress[0]: unknown finding 'KD35'; nearest: KD325"),
    "unknown ID on a cluster": ({"suppress": ["KD35@one"]}, "suppress[0]: unknown finding 'KD35'; nearest: KD325"),
    "no cluster": ({"suppress": ["KD305@"]}, "suppress[0]: no host after the @ of 'KD305@'; set ID@HOST"),
    "a number": ({"suppress": [305]}, "suppress[0]: expected an ID such as KD305, KD305@HOST, or a map of id, host"),
    "unknown ID in a map": ({"suppress": [{"id": "KD35"}]}, "suppress[0].id: unknown finding 'KD35'; nearest: KD325"),
    "no ID": ({"suppress": [{"host": "one"}]}, "suppress[0].id: missing; set the ID of a finding, such as KD305"),
    "another key": (
        {"suppress": [{"id": "KD305", "on": "one"}]},
        "suppress[0].on: unknown option; supported options: id, host",
    ),
    "a host that is no text": ({"suppress": [{"id": "KD305", "host": ["one"]}]}, "suppress[0].host: expected a string"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_input_error(name: str) -> None:
    options, message = ERRORS[name]
    [error] = errors_of(read_selection, options)
    assert error.startswith(message)


def test_findings_are_in_the_order_in_which_an_alert_travels_and_the_first_error_is_marked() -> None:
    [subject] = report({"one": result(found("KD701"), found(ERROR), found(INFO), found(WARNING))}).subjects
    assert [item.finding.id for item in subject.findings] == [WARNING, INFO, ERROR, "KD701"]
    assert subject.first_broken is subject.findings[2]


RESULTS = st.dictionaries(
    st.sampled_from(["one", "two", "three"]),
    st.one_of(
        st.sampled_from(list(NOT_EXAMINED_RESULTS.values())),
        st.builds(
            lambda identifiers, stages: result(*map(found, identifiers), stages=stages),
            st.lists(st.sampled_from(list(CATALOGUE)), max_size=3),
            st.lists(st.sampled_from(CLUSTER_STAGES), unique=True),
        ),
    ),
)
OPTIONS = st.fixed_dictionaries(
    {
        "fail_on": st.sampled_from(list(FailOn)),
        "only": st.lists(st.sampled_from([*CATALOGUE, *Stage]), max_size=2),
        "suppress": st.lists(st.sampled_from([*CATALOGUE, f"{ERROR}@one"]), max_size=2),
    }
)


@given(RESULTS, OPTIONS)
def test_a_success_has_no_finding_that_fails_and_everything_was_examined(
    results: dict[str, Any], options: dict[str, Any]
) -> None:
    shown = report(results, selection=selected(**options))
    counts = shown.counts()
    if shown.success:
        assert all(counts["findings"][level] == 0 for level in shown.selection.fail_on.levels)
        assert shown.selection.fail_on is FailOn.NEVER or counts["clusters"]["not_examined"] == 0
    assert sum(counts["clusters"].values()) == 2 * counts["clusters"]["total"]
    assert sum(counts["findings"].values()) <= sum(len(item.get("findings") or []) for item in results.values())
