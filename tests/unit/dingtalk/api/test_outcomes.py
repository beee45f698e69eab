# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a call may have taken effect: for every endpoint, status, code and exception, with and without a proxy."""

from __future__ import annotations

import inspect
import json
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
import requests.exceptions
import urllib3.exceptions

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.table import Repeat
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api import endpoints
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    CREATE_CHAT,
    CREATE_SCENE_GROUP,
    SEND_TO_CHAT,
    UPDATE_CHAT,
    Endpoint,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import (
    DingTalkError,
    TransportError,
    refusal,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.network_errors import explain
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.response import parse
from tests.support.closing_lines import closing_lines
from tests.support.dingtalk_codes import ABOUT_THE_CHAT, AFTER_THE_WORK, KNOWN
from tests.support.fixtures.dingtalk import Connect
from tests.support.simulators.dingtalk import DingTalk
from tests.unit.dingtalk.api.test_transport import raw_server, read_request

ENDPOINTS = [value for _name, value in inspect.getmembers(endpoints) if isinstance(value, Endpoint)]
NEW_CHAT = {"name": "Ops", "owner": "user-1", "useridlist": ["user-1"]}

#: How a client reaches DingTalk.
ROUTES: dict[str, Callable[[DingTalk], dict[str, Any]]] = {
    "direct": lambda _server: {},
    "tunnel": lambda server: {"proxy": server.proxy_url},
    "forwarded": lambda server: {
        "proxy": server.proxy_url,
        "api_url": server.plain_api_url,
        "legacy_api_url": server.plain_legacy_api_url,
    },
}


@pytest.fixture(params=ROUTES)
def routed(request: pytest.FixtureRequest, server: DingTalk, connect: Connect) -> Client:
    return connect(**ROUTES[request.param](server))


def received(server: DingTalk, endpoint: Endpoint) -> int:
    return sum(call.api == endpoint.path for call in server.calls)


def call(client: Client, endpoint: Endpoint) -> dict[str, Any]:
    """Call an endpoint, with a body if the collection sends one."""
    if endpoint is endpoints.OPEN_CONVERSATION_ID:
        return client.call(endpoint, path_params={"chatId": "chat1"})
    if endpoint is endpoints.CHAT:
        return client.call(endpoint, query={"chatid": "chat1"})
    query = {"access_token": "webhook"} if endpoint is endpoints.SEND_TO_ROBOT else None
    return client.call(endpoint, query=query, body=NEW_CHAT)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_a_write_is_sent_once_if_the_connection_is_cut_after_it_has_left(
    server: DingTalk, routed: Client, endpoint: Endpoint
) -> None:
    routed.token()
    server.reset_calls()
    server.fail(endpoint.path, kind="cut_before", times=None)
    with pytest.raises(TransportError, match="unknown whether DingTalk received") as caught:
        call(routed, endpoint)
    assert caught.value.outcome_unknown
    assert received(server, endpoint) == (3 if endpoint.repeatable else 1)


def test_the_variables_of_the_environment_are_a_proxy_as_well(
    server: DingTalk, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.proxy_url)
    server.after(CREATE_CHAT.path, server.proxy.cut)
    with pytest.raises(TransportError) as caught:
        call(connect(), CREATE_CHAT)
    assert caught.value.outcome_unknown
    assert (received(server, CREATE_CHAT), len(server.chats())) == (1, 1)
    assert server.proxy.requests


@pytest.mark.parametrize("status", [401, 403, 407, 429, 500, 502, 503, 504])
def test_a_proxy_that_opens_no_tunnel_has_sent_nothing(server: DingTalk, connect: Connect, status: int) -> None:
    client = connect(proxy=server.proxy_url)
    client.token()
    server.proxy.fail("refuse", status, times=3)
    with pytest.raises(TransportError, match=rf"returned HTTP {status}\).*Nothing was sent") as caught:
        call(client, CREATE_CHAT)
    assert not caught.value.outcome_unknown
    assert received(server, CREATE_CHAT) == 0
    assert call(client, CREATE_CHAT)["chatid"]


@pytest.mark.parametrize("kind", ["close", "broken_tunnel"])
def test_a_tunnel_that_breaks_before_the_request_has_sent_nothing(
    server: DingTalk, connect: Connect, kind: Any
) -> None:
    client = connect(proxy=server.proxy_url)
    client.token()
    server.proxy.fail(kind)
    assert call(client, CREATE_CHAT)["chatid"]
    assert received(server, CREATE_CHAT) == 1


@pytest.mark.parametrize("kind", ["replace", "refuse"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 413, 429, 500, 502, 503, 504])
def test_a_page_of_a_proxy_that_reads_requests_proves_nothing(
    server: DingTalk, connect: Connect, kind: Any, status: int
) -> None:
    client = connect(**ROUTES["forwarded"](server))
    client.token()
    server.proxy.fail(kind, status)
    with pytest.raises(DingTalkError) as caught:
        call(client, CREATE_CHAT)
    assert caught.value.outcome_unknown
    assert received(server, CREATE_CHAT) == (kind == "replace")


@pytest.mark.parametrize("kind", ["drop", "close"])
def test_a_connection_that_a_forwarding_proxy_closes_proves_nothing(
    server: DingTalk, connect: Connect, kind: Any
) -> None:
    client = connect(**ROUTES["forwarded"](server))
    client.token()
    server.proxy.fail(kind)
    with pytest.raises(TransportError) as caught:
        call(client, CREATE_CHAT)
    assert caught.value.outcome_unknown
    assert received(server, CREATE_CHAT) == (kind == "drop")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n??",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n{}",
        b"HTTP/1.1 302 Found\r\nLocation: https://[bad\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ],
)
def test_a_malformed_answer_leaves_the_outcome_unknown(client: Client, connect: Connect, answer: bytes) -> None:
    client.token()

    def respond(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    with raw_server(respond) as url:
        writer = connect(legacy_api_url=url)
        writer.api_url = url
        with pytest.raises(DingTalkError) as caught:
            call(writer, CREATE_CHAT)
    assert caught.value.outcome_unknown


def subclasses(module: Any) -> list[type[Exception]]:
    return [
        value
        for _name, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, Exception) and not issubclass(value, Warning)
    ]


EXCEPTIONS = {*subclasses(requests.exceptions), *subclasses(urllib3.exceptions), OSError, ConnectionResetError}


@pytest.mark.parametrize(
    "exception", sorted(EXCEPTIONS, key=str), ids=lambda found: f"{found.__module__}.{found.__name__}"
)
def test_only_the_body_decides_whether_a_call_may_have_taken_effect(exception: type[Exception]) -> None:
    error = exception.__new__(exception)
    cause, advice = explain(error, "https://user:password@api.dingtalk.com/x?access_token=t", taken=True)
    assert advice.outcome_unknown
    assert "It is unknown whether DingTalk received the request" in advice.text
    _cause, before = explain(error, "https://api.dingtalk.com/x", taken=False)
    assert not before.outcome_unknown
    assert "Nothing was sent" in before.text
    assert "password" not in cause
    assert "access_token" not in cause


BODIES = {
    "page": "<html>an error</html>",
    "empty": "",
    "list": "[]",
    "text": '"an error"',
    "other map": '{"error": "an error"}',
    "other code": '{"code": "E1", "message": "an error"}',
    "failure": '{"success": false}',
    "server fault": '{"code": "system.error"}',
    "legacy fault": '{"errcode": -1}',
    "no errcode": '{"errcode": null}',
    "x5 page": "<html>x5</html>",
}
#: Those with which a status below 400 is a success, as far as DingTalk says.
SUCCESSES = ("other map",)


@pytest.mark.parametrize("body", BODIES)
def test_every_status_leaves_the_outcome_unknown_without_dingtalks_own_code(body: str) -> None:
    for status in (status for status in HTTPStatus if status >= 200):
        answer = parse(status, BODIES[body])
        if not answer.code:
            assert body in SUCCESSES
            assert status < 400
            continue
        for endpoint in ENDPOINTS:
            error = refusal(endpoint, answer)
            assert error.outcome_unknown, (status, endpoint)
            assert error.may_be_repeated is (endpoint.repeatable and error.repeat is not Repeat.NEVER), endpoint


@pytest.mark.parametrize("code", KNOWN)
def test_every_code_is_a_refusal_only_in_dingtalks_own_format_and_before_the_work(code: str) -> None:
    body = {"source": "x5"} if code == "x5" else {"code": code, "message": "no"}
    for endpoint in (CREATE_CHAT, CREATE_SCENE_GROUP, UPDATE_CHAT, SEND_TO_CHAT):
        chat_only = code in ABOUT_THE_CHAT and endpoint.creates_chat
        error = refusal(endpoint, parse(400, json.dumps(body)))
        assert error.outcome_unknown is (code in AFTER_THE_WORK or chat_only), endpoint
        assert refusal(endpoint, parse(503, json.dumps(body))).outcome_unknown, endpoint
        assert error.outcome_unknown is ("It is unknown whether the call took effect" in error.message), endpoint
    closing_lines.count("DingTalk codes", code)
