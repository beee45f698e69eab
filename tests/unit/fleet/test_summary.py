# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a run: its order, and what it says in check mode."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.summary import NOTHING, RunResults, lines

Json = dict[str, Any]
DELIVERY: Json = {
    "alerts": ["critical alerts of built-in policies"],
    "receiver": "console",
    "result": "delivered",
    "chats": ["ops"],
    "robot": "",
    "repeat_interval": 7200,
    "cause": "",
    "cure": "",
}
UNREACHABLE: Json = {"failed": True, "msg": "The API server refused the credentials (KD305)"}
FLEET: Json = {
    "chats": {"ops": {"name": "Ops", "chat_id": "chat0"}},
    "notices": ["The owner of chat ops was not changed"],
    "calls": {"counted": 3, "free": 1},
    "manual_steps": [{"robot": "oncall", "chat": "Ops", "steps": ["Open the chat", "Copy its webhook"]}],
}
CLUSTERS: dict[str, Json] = {
    "shanghai": {"changed": True, "delivery": [DELIVERY]},
    "beijing": UNREACHABLE,
    "lab": {"changed": False, "delivery": [{**DELIVERY, "result": "undelivered", "cause": "it is disabled (KD602)"}]},
    "wuhan": UNREACHABLE,
}


def test_the_summary_goes_from_counts_and_failures_to_what_is_left_and_what_it_cost() -> None:
    assert lines(RunResults(CLUSTERS, FLEET)) == [
        "4 clusters: 1 changed, 1 unchanged, 2 failed",
        "FAILED beijing, wuhan: The API server refused the credentials (KD305)",
        "Alerts on shanghai: critical alerts of built-in policies reach chat ops, repeated after 2h",
        "Alerts on lab: critical alerts of built-in policies do NOT reach chat ops: it is disabled (KD602)",
        "Chat ops (Ops): chat0",
        "NOTICE The owner of chat ops was not changed",
        "MANUAL STEPS for robot oncall (chat Ops):",
        "  1. Open the chat",
        "  2. Copy its webhook",
        "DingTalk calls: 3 counted against the monthly quota, 1 free",
        "One firing alert in each cluster would cost per month: 360 calls of 5000, 0 webhook messages of 3000",
    ]


def test_in_check_mode_it_says_that_nothing_was_changed_and_what_would_be() -> None:
    found = lines(RunResults(CLUSTERS, FLEET, check_mode=True))
    assert found[0] == "4 clusters: 1 would change, 1 unchanged, 2 failed (check mode: nothing was changed)"
    assert any("would reach chat ops, repeated" in line for line in found)
    assert any("would NOT reach chat ops" in line for line in found)
    assert lines(RunResults({}, FLEET, check_mode=True))[0] == "Check mode: nothing was changed"


def test_a_run_that_did_nothing_says_so() -> None:
    assert lines(RunResults({})) == lines(RunResults({}, check_mode=True)) == [NOTHING]


def test_a_rollout_that_stopped_without_a_reason_is_reported() -> None:
    assert "STOPPED no reason given" in lines(RunResults(CLUSTERS, FLEET, stopped={"failed": True}))
