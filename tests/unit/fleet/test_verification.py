# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the summary about what was proven."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.summary import RunResults, lines
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.verification import (
    HISTORY_NOT_ASKED,
    verification_lines,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.verdict import Result

Json = dict[str, Any]


def verdict(result: str, cause: str = "", finding: str = "") -> Json:
    return {"result": result, "cause": cause, "cure": "", "finding": finding}


def cluster(alert: Json, *targets: Json, second_message: str = "") -> Json:
    return {
        "release": "3.4",
        "alert": {**alert, "receivers": ["prometheus"], "second_message": second_message},
        "targets": list(targets),
    }


def looked_up(result: str, cause: str = "", finding: str = "") -> Json:
    """Return a cluster whose test alert was looked for in the notification history."""
    return {**cluster(SEEN, chat("ops", "delivered")), "history": {**verdict(result, cause, finding), "time": ""}}


def chat(key: str, result: str, cause: str = "", finding: str = "") -> Json:
    return {"kind": "chat", "key": key, **verdict(result, cause, finding)}


SEEN = verdict("delivered")
REACHES = "the test alert reaches receiver prometheus of Alertmanager"
#: Name -> a cluster, and what its line says.
CLUSTERS: dict[str, tuple[Json, str]] = {
    "delivered": (
        cluster(SEEN, chat("ops", "delivered"), chat("dba", "delivered")),
        f"delivered to chat ops, chat dba; {REACHES}",
    ),
    "refused": (
        cluster(SEEN, chat("ops", "refused", "DingTalk returned 34001: invalid", "KD701")),
        f"REFUSED by chat ops: DingTalk returned 34001: invalid (KD701); {REACHES}",
    ),
    "unknown": (
        cluster(SEEN, chat("ops", "unknown", "it was cut", "KD703")),
        f"it is unknown whether chat ops got it: it was cut (KD703); {REACHES}",
    ),
    "not tried": (
        cluster(verdict("not tried", "check mode"), chat("ops", "not tried", "check mode")),
        "not tried for chat ops: check mode",
    ),
    "another message": (
        cluster(SEEN, chat("ops", "delivered"), second_message="group_wait is 0 s"),
        f"delivered to chat ops; {REACHES}: group_wait is 0 s",
    ),
    "alert not posted": (
        cluster(verdict("not tried", "others get it", "KD704"), chat("ops", "delivered")),
        "delivered to chat ops; no test alert was posted: others get it (KD704)",
    ),
    "alert refused": (
        cluster(verdict("refused", "it is suppressed", "KD505"), chat("ops", "delivered")),
        "delivered to chat ops; the test alert is REFUSED: it is suppressed (KD505)",
    ),
    "in the history": (
        looked_up("delivered"),
        f"delivered to chat ops; {REACHES}; the notification history lists the test alert as sent",
    ),
    "not in the history": (
        looked_up("unknown", "it is not listed", "KD705"),
        f"delivered to chat ops; {REACHES}; it is unknown whether the test alert was sent: it is not listed (KD705)",
    ),
    "no history": (
        looked_up("not tried", "it is off"),
        f"delivered to chat ops; {REACHES}; the notification history was not searched: it is off",
    ),
    "history not asked for": (looked_up("not tried", HISTORY_NOT_ASKED), f"delivered to chat ops; {REACHES}"),
    "no alert for the history": (
        {**cluster(verdict("not tried", "others", "KD704"), chat("ops", "delivered")), "history": verdict("not tried")},
        "delivered to chat ops; no test alert was posted: others (KD704)",
    ),
    "alert unknown": (
        cluster(verdict("unknown", "it is not listed", "KD504"), chat("ops", "delivered")),
        "delivered to chat ops; it is unknown what becomes of the test alert: it is not listed (KD504)",
    ),
}


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_line_of_a_cluster(name: str) -> None:
    found, text = CLUSTERS[name]
    assert verification_lines({"clusters": {"a": found}}) == [f"Test messages of a: {text}"]


def test_every_result_has_a_row() -> None:
    assert {target["result"] for found, _text in CLUSTERS.values() for target in found["targets"]} == set(Result)
    assert {found["alert"]["result"] for found, _text in CLUSTERS.values()} == set(Result)


def test_clusters_that_are_alike_share_a_line() -> None:
    alike, other = CLUSTERS["delivered"][0], CLUSTERS["refused"][0]
    assert [
        line.partition(":")[0] for line in verification_lines({"clusters": {"a": alike, "b": other, "c": alike}})
    ] == [
        "Test messages of a, c",
        "Test messages of b",
    ]


def test_a_verification_without_any_cluster_says_why() -> None:
    assert verification_lines({"failed": True, "msg": "1 error in the input:\n- x"}) == [
        "FAILED verification: 1 error in the input"
    ]


def test_the_calls_of_a_run_include_those_of_the_verification() -> None:
    calls = {"counted": 2, "free": 1, "by_endpoint": {}}
    found = lines(RunResults({}, {"calls": calls}, verified={"clusters": {}, "calls": calls}))
    assert "DingTalk calls: 4 counted against the monthly quota, 2 free" in found
