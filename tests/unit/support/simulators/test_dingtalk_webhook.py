# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The custom robot's webhook: security settings, message types, throttle and idempotency key."""

from __future__ import annotations

import time
import urllib.parse
from typing import Any

import pytest

from tests.support.simulators.dingtalk import DingTalk, sign
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

SECRET = "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
VECTORS = [
    ("1700000000004", "ZeaJlNY30xUaF/p+hFzRR5gZ4qFj+i4uxCJUEwchUXQ="),
    ("1700000000000", "bTgY2yDbep+wesS7jKiNj+srsHoADES4+C4f8LCHFtU="),
]


def text(content: str = "hi", **more: Any) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}} | more


@pytest.fixture
def chatid(caller: Caller) -> str:
    return str(caller.create()["chatid"])


@pytest.mark.parametrize(("timestamp", "signature"), VECTORS)
def test_signatures_match_the_vectors(timestamp: str, signature: str) -> None:
    assert sign(SECRET, timestamp) == signature


@pytest.mark.parametrize("times_encoded", [1, 2])
@pytest.mark.parametrize(("timestamp", "signature"), VECTORS)
def test_a_signed_message_arrives(
    dingtalk: DingTalk, caller: Caller, chatid: str, timestamp: str, signature: str, times_encoded: int
) -> None:
    dingtalk.clock.set(1700000000)
    hook = dingtalk.add_custom_robot(chatid, "alerts", secret=SECRET)
    for _ in range(times_encoded):
        signature = urllib.parse.quote(signature, safe="")
    assert caller.hook(f"{hook}&timestamp={timestamp}&sign={signature}", text())["errcode"] == 0
    assert [(message.sender, message.name, message.text) for message in dingtalk.messages(chatid)] == [
        ("custom robot", "alerts", "hi")
    ]


def test_a_sign_encoded_twice_may_be_refused(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    dingtalk.unclear.double_encoded_sign = False
    dingtalk.clock.set(1700000000)
    hook = dingtalk.add_custom_robot(chatid, "alerts", secret=SECRET)
    once = urllib.parse.quote(VECTORS[0][1], safe="")
    assert caller.hook(hook, text(), timestamp=VECTORS[0][0], sign=once)["errmsg"] == "sign not match"
    assert caller.hook(hook, text(), timestamp=VECTORS[0][0], sign=VECTORS[0][1])["errcode"] == 0


@pytest.mark.parametrize(
    ("hours", "query", "errmsg"),
    [
        (0, {"timestamp": VECTORS[0][0], "sign": VECTORS[1][1]}, "sign not match"),
        (0, {"timestamp": VECTORS[0][0]}, "sign not match"),
        (0, {}, "invalid timestamp"),
        (0, {"timestamp": "1700000000", "sign": VECTORS[0][1]}, "invalid timestamp"),
        (1.01, {"timestamp": VECTORS[0][0], "sign": VECTORS[0][1]}, "invalid timestamp"),
        (-1.01, {"timestamp": VECTORS[0][0], "sign": VECTORS[0][1]}, "invalid timestamp"),
    ],
)
def test_an_invalid_signature_is_refused(
    dingtalk: DingTalk, caller: Caller, chatid: str, hours: float, query: dict[str, str], errmsg: str
) -> None:
    dingtalk.clock.set(1700000000 + hours * 3600)
    hook = dingtalk.add_custom_robot(chatid, "alerts", secret=SECRET)
    answer = caller.hook(hook, text(), **query)
    assert (answer["errcode"], answer["errmsg"]) == (310000, errmsg)
    assert dingtalk.messages() == []


def test_one_keyword_must_be_in_the_message(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts", keywords=["KubeSphere", "告警"])
    assert caller.hook(hook, text("disk full"))["errmsg"] == "keywords not in content"
    assert caller.hook(hook, text("告警: disk full"))["errcode"] == 0
    title = {"msgtype": "markdown", "markdown": {"title": "KubeSphere", "text": "disk full"}}
    assert caller.hook(hook, title)["errcode"] == 0
    with pytest.raises(ValueError, match="at most 10"):
        dingtalk.add_custom_robot(chatid, "more", keywords=[str(number) for number in range(11)])


def test_the_ip_list_supports_addresses_and_networks(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts", ips=["198.51.100.7", "192.0.2.0/24"])
    results = {}
    for ip in ("198.51.100.7", "192.0.2.99", "203.0.113.5"):
        dingtalk.client_ip = ip
        results[ip] = caller.hook(hook, text())["errmsg"]
    assert results == {"198.51.100.7": "ok", "192.0.2.99": "ok", "203.0.113.5": "ip 203.0.113.5 not in whitelist"}


def test_a_robot_is_limited_to_twenty_messages_per_minute_then_for_ten_minutes(
    dingtalk: DingTalk, caller: Caller, chatid: str
) -> None:
    dingtalk.clock.freeze()
    hook = dingtalk.add_custom_robot(chatid, "alerts")
    assert [caller.hook(hook, text())["errcode"] for _ in range(21)] == [0] * 20 + [410100]
    dingtalk.clock.advance(599)
    assert caller.hook(hook, text())["errcode"] == 410100
    dingtalk.clock.advance(1)
    assert caller.hook(hook, text())["errcode"] == 0
    assert len(dingtalk.messages(chatid)) == 21


def test_a_repeated_msg_uuid_posts_once(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts")
    assert [caller.hook(hook, text(msgUuid="one"))["errcode"] for _ in range(2)] == [0, 0]
    assert len(dingtalk.messages()) == 1
    dingtalk.clock.advance(dingtalk.unclear.msg_uuid_seconds)
    caller.hook(hook, text(msgUuid="one"))
    assert len(dingtalk.messages()) == 2


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"msgtype": "link", "link": {"title": "a", "text": "b", "messageUrl": "https://c"}}, 0),
        ({"msgtype": "actionCard", "actionCard": {"title": "a", "text": "b", "singleTitle": "c", "singleURL": "d"}}, 0),
        (
            {
                "msgtype": "actionCard",
                "actionCard": {"title": "a", "text": "b", "btns": [{"title": "c", "actionURL": "d"}]},
            },
            0,
        ),
        ({"msgtype": "feedCard", "feedCard": {"links": [{"title": "a", "messageURL": "b", "picURL": "c"}]}}, 0),
        (text(markdown={"title": "", "text": ""}, at={}), 0),
        (text(at={"atUserIds": ["user-1"], "isAtAll": False}), 0),
        (text(at={"atUserIds": ["user-1"] * 51}), 40035),
        (text(unknown=1), 40035),
        ({"msgtype": "markdown", "markdown": {"text": "no title"}}, 40035),
        ({"msgtype": "picture"}, 400105),
        ({}, 40035),
    ],
)
def test_message_types(dingtalk: DingTalk, caller: Caller, chatid: str, body: dict[str, Any], errcode: int) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts")
    assert caller.hook(hook, body)["errcode"] == errcode
    assert len(dingtalk.messages()) == (errcode == 0)


def test_wrong_transport_is_refused(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts")
    assert caller.request("GET", hook).json()["errcode"] == 43002
    assert caller.request("POST", hook, data={"msgtype": "text"}).json()["errcode"] == 43004
    assert caller.request("POST", hook, headers={"Content-Type": "application/json"}).json()["errcode"] == 40035


def test_a_throttled_message_can_be_sent_again_with_its_uuid(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts")
    dingtalk.limits.robot_per_minute = 0
    assert caller.hook(hook, text(msgUuid="one"))["errcode"] == 410100
    dingtalk.clock.advance(600)
    dingtalk.limits.robot_per_minute = 20
    assert caller.hook(hook, text(msgUuid="one"))["errcode"] == 0
    assert len(dingtalk.messages()) == 1


def test_a_webhook_fails_without_its_robot_or_group(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts")
    dingtalk.change_robot(chatid, "alerts", stopped=True)
    assert caller.hook(hook, text())["errcode"] == 400102
    dingtalk.change_robot(chatid, "alerts", stopped=False)
    dingtalk.disband(chatid)
    assert caller.hook(hook, text())["errcode"] == 400013
    dingtalk.remove_robot(chatid, "alerts")
    assert caller.hook(hook, text())["errcode"] == 400101


def test_a_generated_secret_signs_and_is_not_in_records(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts", secret="generate")
    secret, timestamp = dingtalk.secret_of(chatid, "alerts"), str(int(time.time() * 1000))
    assert caller.hook(hook, text(), timestamp=timestamp, sign=sign(secret, timestamp))["errcode"] == 0
    shown = repr(dingtalk.chats()) + repr(dingtalk.calls)
    assert hook.partition("access_token=")[2] not in shown
    assert secret not in shown


def test_the_webhook_quota_is_separate(dingtalk: DingTalk, caller: Caller, chatid: str) -> None:
    hook = dingtalk.add_custom_robot(chatid, "alerts")
    dingtalk.limits.monthly["webhook"] = 1
    assert [caller.hook(hook, text())["errcode"] for _ in range(2)] == [0, dingtalk.unclear.webhook_quota]
    assert [call.path for call in dingtalk.counted_calls()] == ["/v1.0/im/group/create"]
    assert [call.quota for call in dingtalk.calls if call.path == "/robot/send"] == ["webhook", ""]
