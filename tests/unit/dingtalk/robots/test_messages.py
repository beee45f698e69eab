# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages are delivered once, in a form that the robot accepts."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import InputError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    SEND_TO_CHAT,
    SEND_TO_ROBOT,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import DingTalkError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.messages import (
    Message,
    check_message,
    robot_body,
    send_to_chat,
    send_to_robot,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.webhook import Webhook
from tests.support.fixtures.dingtalk import APP_KEY, FakeClock
from tests.support.input_errors import errors_of
from tests.support.simulators.dingtalk import Chat as SimulatedChat
from tests.support.simulators.dingtalk import DingTalk


@pytest.fixture
def chat(server: DingTalk) -> SimulatedChat:
    return server.add_chat("Ops", "user-1", app=APP_KEY)


@pytest.fixture
def webhook(server: DingTalk, client: Client, chat: SimulatedChat) -> Webhook:
    url = server.add_custom_robot(chat.chatid, "KubeSphere", keywords=["alert", "告警"], secret="generate")
    secret = server.secret_of(chat.chatid, "KubeSphere")
    return Webhook.from_url(url, secret, ["alert", "告警"], secrets=client.secrets)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Message("an alert"), "an alert"),
        (Message("一个告警"), "一个告警"),
        (Message("hello"), "hello\nalert"),
        (Message("hello", title="alert"), "hello\n\nalert"),
    ],
)
def test_a_keyword_is_appended_if_all_are_missing(message: Message, expected: str) -> None:
    assert message.with_keyword(["alert", "告警"]).content == expected


def test_mentions_are_part_of_the_text() -> None:
    message = Message("hi @13800000001", at_mobiles=("13800000001", "13800000002"), at_users=("user-3",))
    assert message.with_mentions().content == "hi @13800000001\n@13800000002 @user-3"


def test_request_bodies() -> None:
    assert robot_body(Message("hi"), "id-1") == {"msgUuid": "id-1", "msgtype": "text", "text": {"content": "hi"}}
    markdown = robot_body(Message("hi", title="T", at_mobiles=("1",), at_all=True), "id-1")
    assert markdown["markdown"] == {"title": "T", "text": "hi"}
    assert markdown["at"] == {"atMobiles": ["1"], "isAtAll": True}


def test_errors_name_the_invalid_attributes() -> None:
    message = Message(" ", title=" ", at_users=tuple(str(number) for number in range(51)))
    assert [error.partition(":")[0] for error in errors_of(check_message, message)] == [
        "content",
        "title",
        "at_mobiles, at_users",
    ]


def test_people_who_cannot_be_mentioned_are_named() -> None:
    message = Message("hi", at_mobiles=("13800000001", "138 0000 0001", ""), at_users=("user-1", "张三"))
    assert [error.partition(";")[0] for error in errors_of(check_message, message)] == [
        "at_mobiles[1]: invalid mobile number '138 0000 0001'",
        "at_mobiles[2]: invalid mobile number ''",
        "at_users[1]: '张三' is not a user ID, which has no spaces, no commas and no characters beyond ASCII",
    ]


def test_a_signed_message_with_a_keyword_arrives(
    server: DingTalk, client: Client, webhook: Webhook, chat: SimulatedChat
) -> None:
    send_to_robot(client, webhook, Message("hello"))
    (message,) = server.messages(chat.chatid)
    assert message.content == {"content": "hello\nalert"}
    assert client.call_counter.report()["by_endpoint"] == {str(SEND_TO_ROBOT): 1}


@pytest.mark.parametrize("kind", ["cut_after", "cut_before", "status"])
def test_a_message_of_unknown_outcome_is_repeated_and_shown_once(
    server: DingTalk, client: Client, webhook: Webhook, kind: str
) -> None:
    server.fail(SEND_TO_ROBOT.path, times=2, kind=kind)  # type: ignore[arg-type]
    send_to_robot(client, webhook, Message("alert"))
    assert len(server.calls) == 3
    assert len(server.messages()) == 1


def test_messages_with_the_same_id_are_shown_once(server: DingTalk, client: Client, webhook: Webhook) -> None:
    for _time in range(2):
        assert send_to_robot(client, webhook, Message("alert"), "id-1") == "id-1"
    assert len(server.messages()) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"keywords": ("other",)}, "keywords not in content.*contains no keyword of the robot"),
        ({"secret": "SECother-secret"}, "sign not match.*secret of the robot is wrong"),
        ({"ips": ("198.51.100.0/24",)}, r"IP list of the robot does not contain the IP \d"),
        ({"stopped": True}, "400102.*robot is stopped.*群设置 > 群管理 > 机器人"),
    ],
)
def test_a_refusal_of_the_robot_has_a_hint(
    server: DingTalk, client: Client, webhook: Webhook, chat: SimulatedChat, change: dict[str, object], word: str
) -> None:
    server.change_robot(chat.chatid, "KubeSphere", **change)
    with pytest.raises(DingTalkError, match=word):
        send_to_robot(client, webhook, Message("alert"))
    assert len(server.calls) == 1


def test_a_wrong_clock_is_reported(client: Client, webhook: Webhook, clock: FakeClock) -> None:
    clock.now += 7200
    with pytest.raises(DingTalkError, match="NTP"):
        send_to_robot(client, webhook, Message("alert"))


def test_a_robot_over_its_rate_limit_is_not_retried(
    server: DingTalk, client: Client, webhook: Webhook, clock: FakeClock
) -> None:
    server.limits.robot_per_minute = 0
    with pytest.raises(DingTalkError, match="20 messages per minute"):
        send_to_robot(client, webhook, Message("alert"))
    assert clock.slept == []


def test_the_apps_robot_sends_to_a_chat(server: DingTalk, client: Client, chat: SimulatedChat) -> None:
    server.add_app_robot(chat.chatid, "ding-robot")
    assert send_to_chat(client, chat.open_conversation_id, "ding-robot", Message("hi", title="T"))
    (message,) = server.messages(chat.chatid)
    assert message.content == {"title": "T", "text": "hi"}


def test_the_apps_robot_never_repeats_a_message(server: DingTalk, client: Client, chat: SimulatedChat) -> None:
    server.add_app_robot(chat.chatid, "ding-robot")
    server.fail(SEND_TO_CHAT.path, kind="cut_after")
    with pytest.raises(DingTalkError) as caught:
        send_to_chat(client, chat.open_conversation_id, "ding-robot", Message("hi"))
    assert caught.value.outcome_unknown
    assert len(server.messages()) == 1


def test_a_message_too_long_for_dingtalk_is_not_sent(server: DingTalk, client: Client) -> None:
    with pytest.raises(InputError, match="DingTalk allows 15000"):
        send_to_chat(client, "cid", "ding-robot", Message("警" * 5000))
    assert server.calls == []
