# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts: notification-manager's answers, DingTalk's codes, and requests that were not answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import Proxied
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import (
    ClusterError,
    ClusterUnreachable,
    refusal,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.messages import Question, send
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.service_proxy import API, PROXY
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.verdict import Result, of_message

Json = dict[str, Any]

#: Message of notification-manager -> result, finding, and a part of the cure.
MESSAGES: dict[str, tuple[Result, str, str]] = {
    "310000, sign not match": (Result.REFUSED, "KD701", "The secret of the robot is wrong"),
    "310000, keywords not in content": (Result.REFUSED, "KD701", "contains no keyword"),
    "310000, ip 203.0.113.7 not in whitelist": (Result.REFUSED, "KD701", "203.0.113.7"),
    "310000, invalid timestamp": (Result.REFUSED, "KD701", "The clock of notification-manager's node"),
    "Send dingtalk notification error: 40089, invalid appkey": (Result.REFUSED, "KD701", "app secret"),
    "300001, token is not exist": (Result.REFUSED, "KD701", ""),
    "34001, chatid invalid": (Result.REFUSED, "KD701", ""),
    "-1, system busy": (Result.UNKNOWN, "KD703", "Look whether"),
    "config is nil": (Result.REFUSED, "KD612", "feature notification"),
    "credential is nil": (Result.REFUSED, "KD615", "feature notification"),
    'Secret "global-dingtalk-config-secret" not found': (Result.REFUSED, "KD615", "feature notification"),
    "unknown tenant": (Result.REFUSED, "KD605", "feature notification"),
    "receiver is neither global nor tenant": (Result.REFUSED, "KD605", "feature notification"),
    "Post https://oapi.dingtalk.com/chat/send: dial tcp: lookup oapi.dingtalk.com: no such host": (
        Result.REFUSED,
        "KD702",
        "oapi.dingtalk.com:443",
    ),
    "Get https://oapi.dingtalk.com/gettoken: x509: certificate signed by unknown authority": (
        Result.REFUSED,
        "KD702",
        "oapi.dingtalk.com:443",
    ),
    "Post https://oapi.dingtalk.com/chat/send: EOF": (Result.UNKNOWN, "KD703", "Look whether"),
    "context deadline exceeded": (Result.UNKNOWN, "KD703", "Look whether"),
    "read tcp 10.0.0.1:1->10.0.0.2:443: read: connection reset by peer": (Result.UNKNOWN, "KD703", "Look whether"),
    "something else": (Result.REFUSED, "KD619", "Correct"),
    "": (Result.REFUSED, "KD619", "Correct"),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_of_notification_manager(message: str) -> None:
    result, finding, cure = MESSAGES[message]
    verdict = of_message(400, message)
    assert (verdict.result, verdict.finding) == (result, finding)
    assert cure in verdict.cure
    assert verdict.cause
    assert not verdict.cause.endswith(".")
    assert finding in CATALOGUE


@pytest.mark.parametrize("end", ["EOF", "dial tcp: i/o timeout", "something else"])
def test_queries_of_urls_are_left_out(end: str) -> None:
    url = "https://oapi.dingtalk.com/gettoken?appkey=ding&appsecret=planted"
    verdict = of_message(400, f'Get "{url}": {end}')
    assert "planted" not in str(verdict)
    assert f'Get "https://oapi.dingtalk.com/gettoken?...": {end}' in verdict.cause


def test_the_status_in_the_body_counts() -> None:
    assert of_message(200, "Verify successfully").result == Result.DELIVERED
    assert of_message(500, "Verify successfully").result == Result.REFUSED


class Connection:
    """Answers a test through the service proxy and through KubeSphere's API; an error is raised."""

    server = "https://cluster.example"

    def __init__(self, proxied: Proxied | ClusterError, api: Json | ClusterError | None = None) -> None:
        self.requests: list[str] = []
        self._proxied = proxied
        self._api = api

    def credentials_expiry(self) -> float | None:
        return None

    def server_time(self) -> float | None:
        return None

    def proxied(self, verb: str, path: str, body: Any = None) -> Proxied:
        self.requests.append(path)
        if isinstance(self._proxied, ClusterError):
            raise self._proxied
        return self._proxied

    def request(self, verb: str, path: str, **options: Any) -> Json:
        self.requests.append(path)
        assert "alert" not in options["body"]
        if isinstance(self._api, ClusterError):
            raise self._api
        assert self._api is not None
        return self._api

    def text(self, path: str) -> str:
        raise NotImplementedError

    def has_dry_run(self, path: str) -> bool:
        return False


def answer(http: int, status: int, message: str = "") -> Proxied:
    return Proxied(http, json.dumps({"Status": status, "Message": message}).encode())


def unreachable(is_sent: bool) -> ClusterUnreachable:
    error = ClusterUnreachable("The cluster cannot be reached.")
    error.is_sent = is_sent
    return error


FORBIDDEN = ClusterError('services is forbidden: cannot create resource "services/proxy".', 403)
#: Answer through the service proxy -> result and finding.
ANSWERS: dict[str, tuple[Proxied | ClusterError, Result, str]] = {
    "sent": (answer(200, 200), Result.DELIVERED, ""),
    "a failure with HTTP 200": (answer(200, 400, "310000, sign not match"), Result.REFUSED, "KD701"),
    "a failure": (answer(400, 400, "310000, sign not match"), Result.REFUSED, "KD701"),
    "without the test": (Proxied(404, b"404 page not found"), Result.NOT_TRIED, "KD602"),
    "not JSON": (Proxied(200, b"<html>"), Result.UNKNOWN, "KD703"),
    "without a status": (Proxied(200, b"{}"), Result.UNKNOWN, "KD703"),
    "forbidden": (FORBIDDEN, Result.NOT_TRIED, "KD303"),
    "credentials": (ClusterError("Unauthorized.", 401), Result.NOT_TRIED, "KD302"),
    "no service": (ClusterError('services "notification-manager-svc" not found.', 404), Result.NOT_TRIED, "KD602"),
    "no pod": (ClusterError("no endpoints available for service.", 503), Result.NOT_TRIED, "KD602"),
    "pod refuses": (ClusterError("error: dial tcp: connection refused.", 503), Result.NOT_TRIED, "KD602"),
    "pod cuts": (ClusterError("error trying to reach service: EOF.", 503), Result.UNKNOWN, "KD703"),
    "gateway": (ClusterError("HTTP status 504.", 504), Result.UNKNOWN, "KD703"),
    "cut": (unreachable(is_sent=True), Result.UNKNOWN, "KD703"),
    "not connected": (unreachable(is_sent=False), Result.NOT_TRIED, "KD301"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_through_the_service_proxy(name: str) -> None:
    given, result, finding = ANSWERS[name]
    connection = Connection(given)
    sent = send(Cluster(connection), Question({"receiver": {}}, "3.4"))
    assert (sent.verdict.result, sent.verdict.finding, sent.via) == (result, finding, PROXY)
    assert len(connection.requests) == 1


EXPIRED = json.dumps({"kind": "Status", "message": "the license has expired"})
#: Answer of KubeSphere's API -> result and finding.
API_ANSWERS: dict[str, tuple[Json | ClusterError, Result, str]] = {
    "sent": ({"Status": 200, "Message": "Verify successfully"}, Result.DELIVERED, ""),
    "refused": ({"Status": 400, "Message": "34001, chatid invalid"}, Result.REFUSED, "KD701"),
    "no permission": ({"Status": 403, "Message": "forbidden"}, Result.NOT_TRIED, "KD303"),
    "not configured": ({"Status": 500, "Message": "notification endpoint not configured"}, Result.NOT_TRIED, "KD602"),
    "without a status": ({}, Result.UNKNOWN, "KD703"),
    "unreachable": (ClusterError("HTTP status 500.", 500), Result.UNKNOWN, "KD703"),
    "read-only": (refusal("post", "/kapis/a", 430, b"", Secrets()), Result.NOT_TRIED, "KD306"),
    "read-only, in words": (refusal("post", "/kapis/a", 403, EXPIRED, Secrets()), Result.NOT_TRIED, "KD306"),
    "cut": (unreachable(is_sent=True), Result.UNKNOWN, "KD703"),
}


@pytest.mark.parametrize("name", API_ANSWERS)
def test_answers_of_kubesphere_if_the_service_proxy_is_forbidden(name: str) -> None:
    given, result, finding = API_ANSWERS[name]
    connection = Connection(FORBIDDEN, given)
    sent = send(Cluster(connection), Question({"receiver": {}, "alert": {}}, "3.4", has_api=True))
    assert (sent.verdict.result, sent.verdict.finding, sent.via) == (result, finding, API)
    assert len(connection.requests) == 2


@pytest.mark.parametrize(
    ("release", "user", "path"),
    [
        ("3.2", "", "/configs/notification/verification"),
        ("3.3", "anna", "/configs/notification/users/anna/verification"),
        ("3.4", "", "/verification"),
        ("4.1", "anna", "/users/anna/verification"),
    ],
)
def test_paths_of_kubesphere(release: str, user: str, path: str) -> None:
    connection = Connection(FORBIDDEN, {"Status": 200})
    send(Cluster(connection), Question({}, release, user, has_api=True))
    assert connection.requests[-1] == f"ks-apiserver:/kapis/notification.kubesphere.io/v2beta2{path}"
