# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions and results contain no secrets, whatever fails."""

from __future__ import annotations

import json
import traceback
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    ACCESS_TOKEN,
    CHAT,
    CHAT_ROBOTS,
    SEND_TO_ROBOT,
    USER_BY_MOBILE,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import DingTalkError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.messages import (
    Message,
    send_to_robot,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.webhook import Webhook
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import message, robot
from tests.support.fixtures.dingtalk import APP_KEY, APP_SECRET, Connect, Run
from tests.support.simulators.dingtalk import DingTalk

FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 404},
    {"kind": "cut_before"},
    {"kind": "cut_after"},
    {"kind": "throttle"},
    {"kind": "x5"},
    {"kind": "errcode", "errcode": -1},
]


def spellings(secret: str) -> set[str]:
    return {secret, quote(secret, safe="")}


def assert_hidden(text: str, *values: str) -> None:
    for value in values:
        for spelling in spellings(value):
            assert spelling not in text


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
@pytest.mark.parametrize("endpoint", [ACCESS_TOKEN, USER_BY_MOBILE, CHAT, CHAT_ROBOTS], ids=str)
def test_exceptions_contain_neither_token_nor_secret(
    server: DingTalk, client: Client, endpoint: Any, fault: dict[str, Any]
) -> None:
    token = client.token()
    server.fail(endpoint.path, times=None, **fault)
    with pytest.raises(DingTalkError) as caught:
        client.call(endpoint, query={"chatid": "chat1"} if endpoint is CHAT else None, body={"mobile": "1"})
    text = "".join(traceback.format_exception(caught.value)) + json.dumps(caught.value.facts)
    assert_hidden(text, token, APP_SECRET)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
def test_exceptions_contain_no_webhook(server: DingTalk, client: Client, fault: dict[str, Any]) -> None:
    chat = server.add_chat("Ops", "user-1", app=APP_KEY)
    url = server.add_custom_robot(chat.chatid, "KubeSphere", secret="generate")
    secret = server.secret_of(chat.chatid, "KubeSphere")
    server.fail(SEND_TO_ROBOT.path, times=None, **fault)
    webhook = Webhook.from_url(url, secret, secrets=client.secrets)
    with pytest.raises(DingTalkError) as caught:
        send_to_robot(client, webhook, Message("hi"))
    text = "".join(traceback.format_exception(caught.value)) + json.dumps(caught.value.facts) + repr(webhook)
    assert_hidden(text, url, parse_qs(urlsplit(url).query)["access_token"][0], secret)


def test_transport_errors_contain_no_url(connect: Connect) -> None:
    client = connect(legacy_api_url="https://127.0.0.1:1", cache=False)
    token = client.token()
    with pytest.raises(DingTalkError) as caught:
        client.call(CHAT, query={"chatid": "chat1"})
    assert_hidden("".join(traceback.format_exception(caught.value)), token, "access_token=")


def test_a_secret_in_dingtalks_message_is_masked(server: DingTalk, client: Client) -> None:
    token = client.token()
    server.fail(CHAT.path, kind="errcode", errcode=70001, message=f"bad request with {token} and {APP_SECRET}")
    with pytest.raises(DingTalkError) as caught:
        client.call(CHAT, query={"chatid": "chat1"})
    assert "bad request" in str(caught.value)
    assert_hidden(str(caught.value) + json.dumps(caught.value.facts), token, APP_SECRET)


@pytest.mark.parametrize("works", [True, False])
def test_results_contain_no_webhook(server: DingTalk, run: Run, works: bool) -> None:
    chat = server.add_chat("planted-token-free", "user-1", app=APP_KEY)
    url = server.add_custom_robot(chat.chatid, "KubeSphere", secret="generate")
    secret = server.secret_of(chat.chatid, "KubeSphere")
    if not works:
        server.change_robot(chat.chatid, "KubeSphere", secret="SECanother-secret")
    target: dict[str, Any] = {"webhook": url, "secret": secret}
    found = run(robot.OPERATION, chat_id=chat.chatid, name="KubeSphere", verify=True, **target)
    sent = run(message.OPERATION, content=f"do not do this: {url}", **target)
    assert bool(found.get("failed")) is bool(sent.get("failed")) is not works
    assert_hidden(json.dumps([found, sent]), url, parse_qs(urlsplit(url).query)["access_token"][0], secret)
