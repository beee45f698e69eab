# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster proves which chat, and who else would get the test alert."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import Taken
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import ExpectedReceiver
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.assignment import Assignment, in_order
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.hearers import (
    at_notification_manager,
    beside_notification_manager,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.targets import CHAT, ROBOT, Target, targets_of

Json = dict[str, Any]
OPS, DBA = Target(CHAT, "ops", "global", "chat-ops"), Target(CHAT, "dba", "global", "chat-dba")
DUTY = Target(ROBOT, "duty", "global")
LABELS = {"alertname": "Test", "severity": "warning"}
URL = "http://notification-manager-svc.kubesphere-monitoring-system.svc:19093/api/v2/alerts"


def test_the_first_cluster_proves_each_target() -> None:
    clusters = {"a": [OPS], "b": [OPS, DUTY], "c": [OPS, DUTY, DBA]}
    assert in_order(clusters, Assignment()) == {"a": [OPS], "b": [DUTY], "c": [DBA]}


def test_each_cluster_proves_its_own_on_request() -> None:
    clusters = {"a": [OPS], "b": [OPS, DUTY]}
    assignment = Assignment(each_cluster=True)
    assert in_order(clusters, assignment) == clusters
    assert in_order(clusters, assignment) == {}


def test_a_target_that_was_not_sent_to_is_tried_once_on_each_cluster() -> None:
    clusters = {"a": [OPS], "b": [OPS]}
    assignment = Assignment()
    for host in clusters:
        assert in_order(clusters, assignment) == {host: [OPS]}
        assert assignment.prover(OPS) == host
        assignment.release(OPS)
    assert in_order(clusters, assignment) == {}
    assert assignment.prover(OPS) == ""


def test_an_alert_that_reaches_all_chats_is_sent_if_none_of_them_has_a_message() -> None:
    assignment = Assignment()
    assert assignment.assign_all("a", [OPS, DUTY])
    assert not assignment.assign_all("b", [OPS, DBA])
    assert assignment.assign_all("c", [DBA])
    assert not assignment.assign_all("d", [])


def test_a_chat_of_several_receivers_is_one_target() -> None:
    first = ExpectedReceiver("one", {"chat-ops": "ops"}, "duty")
    second = ExpectedReceiver("two", {"chat-ops": "ops", "chat-dba": "dba"}, "later", robot_is_ready=False)
    assert [(item.key, item.receiver) for item in targets_of([first, second])] == [
        ("ops", "one"),
        ("duty", "one"),
        ("dba", "two"),
    ]


def routes(*names: str) -> list[Taken]:
    return [Taken("", {"receiver": name}, {}) for name in names]


@pytest.mark.parametrize(
    ("receiver", "found"),
    [
        ({"webhook_configs": [{"url": URL}]}, []),
        ({"webhook_configs": [{"url": URL}], "email_configs": []}, []),
        ({"webhook_configs": [{"url": "http://relay.example/"}]}, ["receiver r of Alertmanager (webhook)"]),
        ({"webhook_configs": [{"url": URL}], "email_configs": [{"to": "a@b"}]}, ["receiver r of Alertmanager (email)"]),
        ({"pagerduty_configs": [{}, {}]}, ["receiver r of Alertmanager (pagerduty)"]),
        ({}, []),
    ],
)
def test_integrations_of_alertmanager(receiver: Json, found: list[str]) -> None:
    document = {"receivers": [{"name": "r", **receiver}, {"name": "unused", "email_configs": [{}]}]}
    assert beside_notification_manager(document, routes("r")) == found


def stored(spec: Json, **labels: str) -> Json:
    return {"metadata": {"name": "r", "labels": labels or {"type": "global"}}, "spec": spec}


@pytest.mark.parametrize(
    ("receiver", "found"),
    [
        (stored({"dingtalk": {"conversation": {"chatids": ["chat-ops"]}}}), []),
        (stored({"dingtalk": {"conversation": {"chatids": ["x"]}}}), ["chat x, which is not in the inventory"]),
        (stored({"dingtalk": {"chatbot": {"webhook": {}}}}), ["the robot of Receiver r"]),
        (stored({"dingtalk": {"enabled": False, "chatbot": {"webhook": {}}}}), []),
        (stored({"email": {"to": ["a@b"]}}), ["Receiver r of notification-manager (email)"]),
        (stored({"email": {"to": ["a@b"], "enabled": False}}), []),
        (stored({"email": {"to": ["a@b"], "alertSelector": {"matchLabels": {"severity": "error"}}}}), []),
        (stored({"email": {"to": ["a@b"]}}, type="tenant", user="anna"), []),
        (stored({"email": {"to": ["a@b"]}}, team="x"), []),
    ],
)
def test_channels_of_notification_manager(receiver: Json, found: list[str]) -> None:
    expected = [ExpectedReceiver("global", {"chat-ops": "ops"})]
    names = at_notification_manager({}, [receiver], LABELS, expected, {"chat-ops"})
    assert len(names) == len(found)
    assert all(part in name for part, name in zip(found, names, strict=True))


def test_the_robot_of_the_inventory_is_no_other() -> None:
    expected = [ExpectedReceiver("r", {}, "duty")]
    assert at_notification_manager({}, [stored({"dingtalk": {"chatbot": {"webhook": {}}}})], LABELS, expected, ()) == []
