# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of an app: by its robot in a group and by legacy chat/send; the list of a group's robots."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

SEND, QUERY, ADD = (
    "/v1.0/robot/groupMessages/send",
    "/v1.0/robot/groups/robots/query",
    "/v1.0/robot/groups/orgRobots/add",
)


def robots(caller: Caller, cid: str) -> list[tuple[str, str, int]]:
    listed = caller.new(QUERY, {"openConversationId": cid})[1]["chatbotInstanceVOList"]
    return [(robot["robotCode"], robot["name"], robot["openRobotType"]) for robot in listed]


def test_the_apps_robot_is_added_once_and_listed_with_custom_ones(dingtalk: DingTalk, caller: Caller) -> None:
    created = caller.create()
    dingtalk.add_custom_robot(created["chatid"], "alerts")
    body = {"openConversationId": created["openConversationId"], "robotCode": "robot-1"}
    assert [caller.new(ADD, body) for _ in range(2)] == [(200, {"result": True})] * 2
    assert robots(caller, created["openConversationId"]) == [("", "alerts", 1), ("robot-1", "Duty robot", 2)]


def test_adding_a_robot_may_be_refused_and_done_manually(dingtalk: DingTalk, caller: Caller) -> None:
    created = caller.create()
    dingtalk.unclear.org_robots_add = "refused"
    body = {"openConversationId": created["openConversationId"], "robotCode": "robot-1"}
    assert caller.new(ADD, body)[1]["code"] == "unauthorized"
    dingtalk.add_app_robot(created["chatid"], "robot-1")
    assert robots(caller, created["openConversationId"]) == [("robot-1", "Duty robot", 2)]


def test_the_list_may_be_unavailable_for_plain_groups(dingtalk: DingTalk, caller: Caller) -> None:
    cid = caller.create()["openConversationId"]
    dingtalk.unclear.robots_query_plain = False
    assert caller.new(QUERY, {"openConversationId": cid})[1]["code"] == "unauthorized"
    assert caller.new(QUERY, {"openConversationId": "cid0"})[1]["code"] == "illegal.openconevrsation.id"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"msgKey": "sampleMarkdown", "msgParam": json.dumps({"title": "a", "text": "b"})}, ""),
        ({"msgKey": "sampleMarkdown"}, "invalidParameter.msgParam.invalid"),
        ({"msgKey": "sampleOther"}, "invalidParameter.msgKey.invalid"),
        ({"msgParam": {"content": "hi"}}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": "hi"}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": json.dumps({"content": "x" * (15000 - 15)})}, ""),
        ({"msgParam": json.dumps({"content": "x" * (15001 - 15)})}, "invalidParameter.msgParam.tooLong"),
        ({"openConversationId": None}, "invalid.openConversationId"),
        ({"openConversationId": "cid0"}, "invalid.openConversationId"),
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": "robot-0"}, "invalidParameter.robotCode.notExsit"),
        ({"robotCode": "other-robot"}, "invalidParameter.robotCode.auth"),
        ({"robotCode": "robot-2"}, "resource.not.found"),
        ({"at": {}}, "invalidParameter.param.invalid"),
    ],
)
def test_the_apps_robot_sends_a_message(dingtalk: DingTalk, caller: Caller, change: dict[str, Any], code: str) -> None:
    dingtalk.add_app("app-1", "app-1-secret", robots={"robot-1": "Duty robot", "robot-2": "Absent"})
    dingtalk.add_app("app-2", "app-2-secret", robots={"other-robot": "Other robot"})
    created = caller.create()
    dingtalk.add_app_robot(created["chatid"], "robot-1")
    good = {"msgKey": "sampleText", "msgParam": '{"content": "hi"}', "robotCode": "robot-1"}
    status, answer = caller.new(SEND, good | {"openConversationId": created["openConversationId"]} | change)
    assert (status, answer.get("code", "")) == (400 if code else 200, code)
    assert [message.sender for message in dingtalk.messages()] == ([] if code else ["robot"])


def test_a_missing_field_has_its_own_code(caller: Caller) -> None:
    good = {"msgKey": "sampleText", "msgParam": '{"content": "hi"}', "robotCode": "robot-1"}
    assert caller.new(SEND, good)[1]["code"] == "miss.openConversationId"
    assert caller.new(SEND, {"openConversationId": "cid0"} | good | {"robotCode": 1})[1]["code"] == (
        "invalidParameter.robotCode.invalid"
    )


def message(**change: Any) -> dict[str, Any]:
    rest = {"markdown": {"title": "", "text": ""}, "at": {}}
    return {"msgtype": "text", "text": {"content": "hi"}} | rest | change


@pytest.mark.parametrize(
    ("msg", "errcode"),
    [
        (message(), 0),
        (message(text={"content": "x" * 5000}), 0),
        (message(text={"content": "x" * 5001}), 34016),
        (message(msgtype="other"), 34004),
        (message(text={}), 34014),
        ("hi", 34014),
    ],
)
def test_chat_send_sends_as_the_app(dingtalk: DingTalk, caller: Caller, msg: Any, errcode: int) -> None:
    chatid = caller.create()["chatid"]
    assert caller.post("/chat/send", {"chatid": chatid, "msg": msg})["errcode"] == errcode
    assert [(one.sender, one.name) for one in dingtalk.messages(chatid)] == ([] if errcode else [("app", "app-1")])


def test_chat_send_requires_an_existing_group_of_the_app(dingtalk: DingTalk, caller: Caller) -> None:
    own = caller.create()["chatid"]
    other = dingtalk.add_chat("other", "user-1", app="app-2").chatid
    dingtalk.disband(own)
    errcodes = [
        caller.post("/chat/send", {"chatid": chatid, "msg": message()})["errcode"] for chatid in (own, other, "chat0")
    ]
    form = caller.request(
        "POST", f"{dingtalk.legacy_api_url}/chat/send?access_token={caller.token}", data={"chatid": own}
    )
    assert [*errcodes, form.json()["errcode"]] == [34013, 43007, 34001, 43009]
