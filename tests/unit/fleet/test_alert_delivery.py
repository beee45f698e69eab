# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the summary about delivery."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.alert_delivery import (
    delivery_lines,
    describe_alerts,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.summary import (
    RunResults,
    forecast_facts,
    lines,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import run_summary
from tests.support.inprocess import run

BUILT_IN = [f"{severity} alerts of built-in policies" for severity in ("critical", "warning")]
DELIVERED: dict[str, Any] = {
    "alerts": [*BUILT_IN, f"{BUILT_IN[0]} without a namespace", "policy web"],
    "receiver": "console",
    "result": "delivered",
    "chats": ["ops", "dba"],
    "robot": "oncall",
    "repeat_interval": 5400,
    "cause": "",
    "cure": "",
}
LOST = {**DELIVERED, "alerts": BUILT_IN[:1], "chats": [], "result": "undelivered", "cause": "it is disabled"}


def test_clusters_that_are_alike_share_a_line() -> None:
    excluded = {**LOST, "result": "excluded"}
    results = {"a": {"delivery": [DELIVERED]}, "b": {"delivery": [DELIVERED, excluded]}, "c": {"delivery": [LOST]}}
    assert delivery_lines(results) == [
        "Alerts on a, b: critical and warning alerts of built-in policies, policy web reach chats ops, dba and robot "
        "oncall, repeated after 1h30m",
        "Alerts on c: critical alerts of built-in policies do NOT reach robot oncall: it is disabled",
    ]


def test_pending_and_unknown_outcomes_say_why() -> None:
    pending = {**LOST, "result": "pending", "cause": "it is being installed"}
    unknown = {**LOST, "result": "unknown", "cause": "the account may not list configs"}
    [line] = delivery_lines({"a": {"delivery": [pending, unknown]}})
    assert "will reach robot oncall: it is being installed; it is unknown whether critical alerts" in line


def test_alerts_without_a_namespace_are_named_where_they_go_another_way() -> None:
    assert describe_alerts([f"{BUILT_IN[0]} without a namespace"]) == f"{BUILT_IN[0]} without a namespace"
    names = [f"policy {name}" for name in "abcd"]
    assert describe_alerts(names) == "policies a, b, c and 1 more"


def test_the_forecast_uses_the_routes_of_the_clusters() -> None:
    fleet = {"forecast": {"clusters": 1, "calls": 1, "checks": 30, "webhook_messages": 1}}
    facts = forecast_facts({"a": {"delivery": [DELIVERED]}}, fleet)
    assert facts == {"clusters": 1, "calls": 960, "checks": 30, "webhook_messages": 480}
    assert forecast_facts({"a": {}}, fleet) == fleet["forecast"]
    assert any("960 calls of 5000" in line for line in lines(RunResults({"a": {"delivery": [DELIVERED]}}, fleet)))


def test_the_number_of_webhook_messages_is_no_secret() -> None:
    fleet = {"forecast": {"clusters": 1, "calls": 4320, "checks": 30, "webhook_messages": 2160}}
    result = run(run_summary.OPERATION, {"fleet": fleet, "results": {"a": {}}})
    assert any("4320 calls of 5000, 2160 webhook messages of 3000" in line for line in result["lines"]), result["lines"]
