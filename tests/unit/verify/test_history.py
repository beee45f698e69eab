# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the notification history, whose shape is not published, in every plausible shape."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.history import (
    Unreadable,
    is_of,
    records,
    time_of,
)

Json = dict[str, Any]

ODD_TIMES: list[Any] = ["0001-01-01T00:00:00Z", "", "soon", None, True, [], {}, 1e300]
NAME = "KubeSphereDingTalkTest-one-20260105T080000.000Z"
TIME, IN_WORDS = "2026-01-05T08:00:00.123456789Z", "2026-01-05 08:00:00 UTC"
RECORD: Json = {"labels": {"alertname": NAME}, "notificationTime": TIME}


@pytest.mark.parametrize(
    "answer",
    [
        {"query": {"total": 1, "records": [RECORD]}},
        {"total": 1, "records": [RECORD]},
        {"records": [RECORD]},
        {"query": {"records": [RECORD, "odd", None, 3]}},
        {"records": [RECORD], "query": None},
    ],
)
def test_records_at_the_top_or_below_query(answer: Json) -> None:
    assert records(answer) == [RECORD]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"query": {}},
        {"query": {"total": 0}},
        {"query": {"total": 0, "records": None}},
        {"total": 0},
        {"records": []},
        {"records": {"a": RECORD}},
    ],
)
def test_answers_without_records(answer: Json) -> None:
    assert records(answer) == []


@pytest.mark.parametrize("answer", [None, [], [RECORD], "records", 1, {"message": "no"}, {"query": "records"}])
def test_other_answers_are_unreadable(answer: Any) -> None:
    with pytest.raises(Unreadable):
        records(answer)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (RECORD, True),
        ({"alert": {"labels": {"alertname": NAME}}}, True),
        ({"alertname": NAME}, True),
        ({**RECORD, "notifySuccessful": True}, True),
        ({**RECORD, "NotifySuccessful": False}, False),
        ({"alert": {"labels": {"alertname": NAME}, "notifySuccessful": False}}, False),
        ({"labels": {"alertname": f"{NAME}2"}}, False),
        ({"labels": {"alertname": [NAME]}}, False),
        ({"labels": NAME, "alert": NAME}, False),
        ({"summary": NAME}, False),
        ({}, False),
    ],
)
def test_only_records_of_the_alert_count(record: Json, expected: bool) -> None:
    assert is_of(record, NAME) is expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"notificationTime": TIME}, IN_WORDS),
        ({"notificationTime": "2026-01-05T16:00:00+08:00"}, IN_WORDS),
        ({"notificationTime": "2026-01-05T08:00:00"}, IN_WORDS),
        ({"alert": {"NotificationTime": TIME}}, IN_WORDS),
        ({"notificationTime": 1767600000}, IN_WORDS),
        *(({"notificationTime": odd}, "") for odd in ODD_TIMES),
        ({}, ""),
    ],
)
def test_times(record: Json, expected: str) -> None:
    assert time_of(record) == expected
