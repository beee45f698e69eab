# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of notification-manager: reading, pairing, rendering and sending, with canned responses of a cluster."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import requests
from aiohttp import web

from tests.support.simulators.background import Background, listening
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller
from tests.support.simulators.notification_manager import ClusterAccess, Delivery, NotificationManager, Server, deliver

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

Json = dict[str, Any]
FEDERATED = "kubesphere-monitoring-federated"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "DiskFull", "namespace": "shop", "severity": "critical", "rule_id": "r1"},
    "annotations": {"message": "disk is full"},
}


class Cluster:
    """A cluster with canned GET responses; `objects` maps paths to bodies."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self._background = Background(self._serve)
        self.url = f"http://127.0.0.1:{self._background.start()}"

    def close(self) -> None:
        self._background.stop()

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[int]:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._get)
        async with listening(app) as port:
            yield port

    async def _get(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer cluster-token":
            return web.json_response({}, status=401)
        found = self.objects.get(request.path)
        return web.json_response(found or {}, status=200 if found else 404)

    def put(self, version: str, resource: str, *items: Json) -> None:
        self.objects[f"/apis/notification.kubesphere.io/{version}/{resource}"] = {"items": list(items)}

    def put_secret(self, namespace: str, **data: str) -> None:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        self.objects[f"/api/v1/namespaces/{namespace}/secrets/settings"] = {"data": encoded}

    def access(self, version: str) -> ClusterAccess:
        return ClusterAccess(self.url, "", "cluster-token", version)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.close()


def manifest(name: str, labels: dict[str, str], **dingtalk: Any) -> Json:
    return {"metadata": {"name": name, "labels": labels}, "spec": {"dingtalk": dingtalk}}


def ref(version: str, key: str) -> Json:
    reference = {"name": "settings", "key": key}
    return reference if version == "v2beta1" else {"valueFrom": {"secretKeyRef": reference}}


def app(version: str, name: str = "default", **labels: str) -> Json:
    credentials = {"appkey": ref(version, "appkey"), "appsecret": ref(version, "appsecret")}
    return manifest(name, {"type": "default"} | labels, conversation=credentials)


@pytest.fixture
def chatid(caller: Caller) -> str:
    return str(caller.create()["chatid"])


def fill(cluster: Cluster, version: str, *receivers: Json, **manager: Any) -> None:
    """Store the Receivers, a default Config and a NotificationManager as KubeSphere ships it."""
    spec: Json = {"defaultSecretNamespace": FEDERATED, "receivers": {"tenantKey": "user"}}
    cluster.put(version, "notificationmanagers", {"metadata": {"name": "notification-manager"}, "spec": spec | manager})
    cluster.put(version, "configs", app(version))
    cluster.put(version, "receivers", *receivers)
    cluster.put_secret(FEDERATED, appkey="app-1", appsecret="app-1-secret")


def to_chat(*chatids: str, **fields: Any) -> Json:
    return manifest("global", {"type": "global"}, conversation={"chatids": list(chatids)}, **fields)


def send(cluster: Cluster, dingtalk: DingTalk, version: str = "3.4", *alerts: Json) -> list[Delivery]:
    access = cluster.access(version)
    return deliver(access, alerts or [ALERT], dingtalk.legacy_api_url, dingtalk.ca_file)


@pytest.mark.parametrize(
    ("kubesphere", "version"), [("3.1", "v2beta1"), ("3.3", "v2beta2"), ("4.1", "v2beta2"), ("4.2", "v2beta2")]
)
def test_an_alert_reaches_every_chat(
    cluster: Cluster, dingtalk: DingTalk, caller: Caller, kubesphere: str, version: str
) -> None:
    first, second = (str(caller.create()["chatid"]) for _ in range(2))
    fill(cluster, version, to_chat(first, second))
    dingtalk.reset_calls()
    assert [(one.target, one.error) for one in send(cluster, dingtalk, kubesphere)] == [(first, ""), (second, "")]
    assert [message.sender for message in dingtalk.messages()] == ["app", "app"]
    assert [(call.method, call.path) for call in dingtalk.calls] == [
        ("GET", "/gettoken"),
        ("POST", "/chat/send"),
        ("POST", "/chat/send"),
    ]


@pytest.mark.parametrize("version", ["v2beta1", "v2beta2"])
def test_a_signed_robot_with_keywords(cluster: Cluster, dingtalk: DingTalk, chatid: str, version: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts", keywords=["k2"], secret="generate")
    robot = {"webhook": ref(version, "webhook"), "secret": ref(version, "chatbotsecret"), "keywords": ["k1", "k2"]}
    fill(cluster, version, manifest("global", {"type": "global"}, chatbot=robot))
    cluster.put_secret(FEDERATED, webhook=hook, chatbotsecret=dingtalk.secret_of(chatid, "alerts"))
    dingtalk.clock.advance(600)
    assert [(one.kind, one.error) for one in send(cluster, dingtalk)] == [("robot", "")]
    (message,) = dingtalk.messages(chatid)
    assert message.text.endswith("\n\n[Keywords] k1, k2")
    dingtalk.unclear.double_encoded_sign = False
    assert send(cluster, dingtalk)[0].error == "310000, sign not match"


def test_texts_have_the_format_of_their_version(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    old, new = (send(cluster, dingtalk, version)[0].text for version in ("3.3", "3.4"))
    assert old.startswith("Alerts Firing:")
    assert " - rule_id = r1" in old
    assert new.startswith("[FIRING] disk is full")
    assert "severity: critical" in new
    assert "rule_id" not in new


@pytest.mark.parametrize(
    ("version", "label", "option", "shown"),
    [
        ("3.3", "own", "prod-1", "cluster = prod-1"),
        ("3.3", "own", "", "cluster = default"),
        ("3.4", "own", "prod-1", "cluster: own"),
        ("3.4", "", "prod-1", "cluster: prod-1"),
        ("4.1", "", "", "cluster: default"),
    ],
)
def test_alerts_have_a_cluster_label(
    cluster: Cluster, dingtalk: DingTalk, chatid: str, version: str, label: str, option: str, shown: str
) -> None:
    options = {"options": {"global": {"cluster": option}}} if option else {}
    fill(cluster, "v2beta2", to_chat(chatid), receivers=options)
    labels = ALERT["labels"] | ({"cluster": label} if label else {})  # type: ignore[operator]
    assert shown in send(cluster, dingtalk, version, {"labels": labels})[0].text


@pytest.mark.parametrize(
    ("receiver", "sent"),
    [
        ({"enabled": True}, 1),
        ({"enabled": False}, 0),
        ({"alertSelector": {"matchExpressions": [{"key": "severity", "operator": "In", "values": ["critical"]}]}}, 1),
        (
            {"alertSelector": {"matchExpressions": [{"key": "severity", "operator": "NotIn", "values": ["critical"]}]}},
            0,
        ),
        ({"alertSelector": {"matchExpressions": [{"key": "pod", "operator": "Exists"}]}}, 0),
        ({"alertSelector": {"matchExpressions": [{"key": "pod", "operator": "DoesNotExist"}]}}, 1),
        ({"alertSelector": {"matchExpressions": [{"key": "namespace", "operator": "Match", "regexValue": "^s"}]}}, 1),
        ({"alertSelector": {"matchLabels": {"namespace": "other"}}}, 0),
    ],
)
def test_receivers_are_disabled_and_filtered(
    cluster: Cluster, dingtalk: DingTalk, chatid: str, receiver: Json, sent: int
) -> None:
    fill(cluster, "v2beta2", to_chat(chatid, **receiver))
    assert len(send(cluster, dingtalk)) == sent
    assert len(dingtalk.messages()) == sent


def test_a_receiver_without_its_label_is_ignored(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    unlabelled = manifest("unlabelled", {}, conversation={"chatids": [chatid]})
    fill(cluster, "v2beta2", unlabelled)
    assert send(cluster, dingtalk) == []


@pytest.mark.parametrize(("version", "error"), [("3.3", ""), ("3.4", "40089")])
def test_the_last_config_wins_in_old_versions_the_lowest_priority_in_new(
    cluster: Cluster, dingtalk: DingTalk, chatid: str, version: str, error: str
) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    wrong = app("v2beta2", "wrong", priority="1")
    wrong["spec"]["dingtalk"]["conversation"]["appsecret"] = {"value": "wrong"}
    cluster.put("v2beta2", "configs", wrong, app("v2beta2", "right", priority="2"))
    assert send(cluster, dingtalk, version)[0].error.partition(",")[0] == error


@pytest.mark.parametrize(("version", "error"), [("3.3", ""), ("3.4", "config is nil")])
def test_a_selected_config_must_be_a_default_one_in_new_versions(
    cluster: Cluster, dingtalk: DingTalk, chatid: str, version: str, error: str
) -> None:
    fill(cluster, "v2beta2", to_chat(chatid, dingtalkConfigSelector={"matchLabels": {"team": "a"}}))
    cluster.put("v2beta2", "configs", app("v2beta2", "tenant", type="tenant", team="a"))
    assert send(cluster, dingtalk, version)[0].error == error


def test_late_errors_are_returned(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    cluster.put("v2beta2", "configs", manifest("default", {"type": "default"}))
    assert send(cluster, dingtalk)[0].error == "credential is nil"
    cluster.put("v2beta2", "configs")
    assert send(cluster, dingtalk)[0].error == "config is nil"
    fill(cluster, "v2beta2", to_chat("chat0"))
    assert send(cluster, dingtalk)[0].error == "34001, the chatid is invalid"
    cluster.put("v2beta2", "notificationmanagers")
    assert send(cluster, dingtalk)[0].error == "NotificationManager not found"
    cluster.objects.clear()
    assert "no version" in send(cluster, dingtalk)[0].error


def test_a_secret_is_read_from_the_default_namespace(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    fill(cluster, "v2beta2", to_chat(chatid), defaultSecretNamespace="elsewhere")
    assert send(cluster, dingtalk, "4.1")[0].error == 'Secret "settings" not found'
    fill(cluster, "v2beta2", to_chat(chatid), defaultSecretNamespace=None)
    cluster.put_secret("kubesphere-monitoring-system", appkey="app-1", appsecret="app-1-secret")
    assert send(cluster, dingtalk, "4.1")[0].error == ""


def test_a_missing_key_is_empty_in_new_versions(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    cluster.put_secret(FEDERATED, appkey="app-1")
    assert send(cluster, dingtalk, "3.3")[0].error == 'Secret "settings" has no key "appsecret"'
    assert send(cluster, dingtalk, "3.4")[0].error.startswith("40035,")


def test_errors_show_no_secret(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    dingtalk.fail("*", times=None, kind="cut_before")
    (delivery,) = send(cluster, dingtalk)
    assert delivery.error == "ConnectionError"
    assert "app-1-secret" not in repr(delivery) + repr(cluster.access("3.4"))
    assert "cluster-token" not in repr(cluster.access("3.4"))


def test_many_alerts_are_split_and_an_oversized_one_is_dropped(
    cluster: Cluster, dingtalk: DingTalk, chatid: str
) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    alerts = [{"labels": ALERT["labels"] | {"pod": "p" * 2000}} for _ in range(3)]  # type: ignore[operator]
    oversized = {"labels": ALERT["labels"] | {"pod": "p" * 6000}}  # type: ignore[operator]
    assert [one.error for one in send(cluster, dingtalk, "3.4", *alerts, oversized)] == ["", ""]


@pytest.mark.parametrize(("version", "messages"), [("3.3", 2), ("3.4", 3)])
def test_alerts_are_grouped(cluster: Cluster, dingtalk: DingTalk, chatid: str, version: str, messages: int) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    alerts = [{"labels": {"alertname": name, "namespace": space}} for name, space in ("aa", "ba", "ab", "aa")]
    assert len(send(cluster, dingtalk, version, *alerts)) == messages


def test_markdown_is_sent_if_configured(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    fill(cluster, "v2beta2", to_chat(chatid, tmplType="markdown"))
    send(cluster, dingtalk)
    assert dingtalk.messages()[0].msgtype == "markdown"


def test_alertmanager_and_console_are_served(cluster: Cluster, dingtalk: DingTalk, chatid: str) -> None:
    fill(cluster, "v2beta2", to_chat(chatid))
    manager = NotificationManager(cluster.access("3.4"), dingtalk.legacy_api_url, dingtalk.ca_file)
    credentials = {"appkey": {"value": "app-1"}, "appsecret": {"value": "app-1-secret"}}
    config = manifest("test", {"type": "default"}, conversation=credentials)

    def post(path: str, body: Json) -> tuple[int, str]:
        answer = requests.post(f"{server.url}/api/v2/{path}", json=body, timeout=10)
        assert answer.json()["Status"] == answer.status_code
        return answer.status_code, answer.json()["Message"]

    with Server(manager) as server:
        assert post("alerts", {"status": "firing", "alerts": [ALERT]}) == (200, "Notification request accepted")
        assert post("verify", {"receiver": to_chat(chatid), "config": config}) == (200, "Verify successfully")
        assert post("verify", {"receiver": to_chat(chatid)}) == (400, "config is nil")
        assert post("verify", {"receiver": manifest("test", {})}) == (400, "unknown tenant")
        assert post("verify", {}) == (400, "receiver is nil")
        wanted = {"receiver": to_chat(chatid), "config": config, "alert": {"alerts": [ALERT]}}
        assert post("notifications", wanted) == (200, "Send alerts successfully")
    texts = [message.text.splitlines()[0] for message in dingtalk.messages(chatid)]
    assert texts == ["[FIRING] disk is full", "[FIRING] Your settings work.", "[FIRING] disk is full"]
    assert len(manager.deliveries) == 4
