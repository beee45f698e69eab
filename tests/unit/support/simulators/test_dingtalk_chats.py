# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain group chats: creation, change, reading, conversion and search."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

CREATE, UPDATE = "/v1.0/im/group/create", "/v1.0/im/group/update"
GOOD: dict[str, Any] = {"name": "ops", "owner": "user-1", "useridlist": ["user-1", "user-2"]}


def test_each_creation_creates_another_chat_with_the_same_name(dingtalk: DingTalk, caller: Caller) -> None:
    first, second = caller.create(), caller.create()
    assert first["chatid"] != second["chatid"]
    assert [chat.name for chat in dingtalk.chats()] == ["ops", "ops"]


def test_a_created_chat_can_be_read(caller: Caller) -> None:
    status, created = caller.new(CREATE, GOOD | {"managementOptions": {"searchable": 1}})
    info = caller.get("/chat/get", chatid=created["chatid"])["chat_info"]
    assert status == 200
    assert (info["name"], info["owner"], info["useridlist"]) == ("ops", "user-1", ["user-1", "user-2"])
    assert (info["searchable"], info["chatBannedType"], info["status"]) == (1, 0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "n" * 21},
        {"name": None},
        {"useridlist": []},
        {"useridlist": "user-1"},
        {"useridlist": ["user-2"]},
        {"useridlist": ["user-1", "nobody"]},
        {"useridlist": ["user-1"] * 41},
        {"owner": "nobody"},
        {"conversationTag": 0},
        {"managementOptions": {"searchable": "1"}},
        {"managementOptions": {"searchable": True}},
        {"management_options": {"searchable": 1}},
        {"ownerType": "boss"},
    ],
)
def test_an_invalid_creation_is_refused_and_creates_nothing(
    dingtalk: DingTalk, caller: Caller, change: dict[str, Any]
) -> None:
    status, answer = caller.new(CREATE, GOOD | change)
    assert (status, answer["code"]) == (400, "parameter.invalid")
    assert dingtalk.chats() == []


def test_a_name_is_counted_in_code_points(caller: Caller) -> None:
    assert caller.new(CREATE, GOOD | {"name": "告警" * 10})[0] == 200
    assert caller.new(CREATE, GOOD | {"name": "🔥" * 20})[0] == 200
    assert caller.new(CREATE, GOOD | {"name": "告警" * 10 + "群"})[0] == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "name=ops"),
        ("application/json", "{"),
        ("application/json", "[]"),
        ("application/json", ""),
        ("text/plain", "{}"),
    ],
)
def test_a_body_that_is_not_json_is_refused(dingtalk: DingTalk, caller: Caller, kind: str, body: str) -> None:
    headers = {"x-acs-dingtalk-access-token": caller.token, "Content-Type": kind}
    answer = caller.request("POST", dingtalk.api_url + CREATE, headers=headers, data=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "parameter.invalid")


def test_an_update_changes_name_owner_and_members(dingtalk: DingTalk, caller: Caller) -> None:
    chatid = caller.create()["chatid"]
    change = {"chatid": chatid, "name": "duty", "owner": "user-2"}
    lists = {"add_useridlist": ["user-2", "user-3"], "del_useridlist": ["user-1"]}
    assert caller.new(UPDATE, change | lists) == (200, {"success": True})
    chat = dingtalk.chat(chatid)
    assert (chat.name, chat.owner, chat.members) == ("duty", "user-2", ["user-2", "user-3"])


@pytest.mark.parametrize(
    "change",
    [
        {"chatid": "chat0"},
        {"name": "n" * 21},
        {"owner": "user-2"},
        {"add_useridlist": ["nobody"]},
        {"add_useridlist": ["user-2"], "del_useridlist": ["user-2"]},
        {"del_useridlist": ["user-1"]},
        {"addUseridlist": ["user-2"]},
        {"add_useridlist": ["user-2"] * 41},
    ],
)
def test_an_invalid_update_changes_nothing(dingtalk: DingTalk, caller: Caller, change: dict[str, Any]) -> None:
    chatid = caller.create()["chatid"]
    before = dingtalk.chats()
    status, answer = caller.new(UPDATE, {"chatid": chatid, "icon": "@new"} | change)
    assert (status, answer["code"]) == (400, "parameter.invalid")
    assert dingtalk.chats() == before


def test_a_group_has_at_most_a_thousand_members(dingtalk: DingTalk, caller: Caller) -> None:
    chatid = caller.create()["chatid"]
    dingtalk.join(chatid, *(f"old-{number}" for number in range(998)))
    assert caller.new(UPDATE, {"chatid": chatid, "add_useridlist": ["user-2"]})[0] == 200
    assert caller.new(UPDATE, {"chatid": chatid, "add_useridlist": ["user-3"]})[0] == 400


def test_adding_a_present_member_may_be_an_error(dingtalk: DingTalk, caller: Caller) -> None:
    change = {"chatid": caller.create()["chatid"], "add_useridlist": ["user-1"]}
    assert caller.new(UPDATE, change)[0] == 200
    dingtalk.unclear.repeated_member = "error"
    assert caller.new(UPDATE, change)[0] == 400


def test_chats_of_other_apps_and_people_are_not_accessible(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.add_app("app-2", "app-2-secret")
    other = dingtalk.add_chat("other", "user-1", app="app-2").chatid
    by_people = dingtalk.add_chat("people", "user-1")
    assert caller.get("/chat/get", chatid=other)["errcode"] == 43007
    assert caller.get("/chat/get", chatid=by_people.chatid)["errcode"] == 40016
    assert caller.get("/chat/get", chatid="chat0")["errcode"] == 40016
    assert caller.get("/chat/get")["errcode"] == 49000
    assert caller.new(UPDATE, {"chatid": other, "name": "renamed"})[1]["code"] == "permession.checkFailed"
    convert = f"/v1.0/im/chat/{by_people.chatid}/convertToOpenConversationId"
    assert caller.new(convert) == (200, {"openConversationId": by_people.open_conversation_id})
    assert caller.new("/v1.0/im/chat/chat0/convertToOpenConversationId")[1]["code"] == "invalideChatId"


@pytest.mark.parametrize(("variant", "errcode"), [("status", 0), (34013, 34013), (40016, 40016)])
def test_a_dissolved_chat_has_one_of_three_responses(
    dingtalk: DingTalk, caller: Caller, variant: Any, errcode: int
) -> None:
    chatid = caller.create()["chatid"]
    dingtalk.disband(chatid)
    dingtalk.unclear.dissolved = variant
    answer = caller.get("/chat/get", chatid=chatid)
    assert answer["errcode"] == errcode
    assert answer.get("chat_info", {}).get("status", 2) == 2
    assert caller.new(UPDATE, {"chatid": chatid, "name": "back"})[0] == 400


def test_an_owner_outside_the_visible_range_fails_the_permission_check(dingtalk: DingTalk, caller: Caller) -> None:
    chatid = caller.create()["chatid"]
    dingtalk.add_app("app-1", "app-1-secret", visible=["user-2"])
    assert caller.new(CREATE, GOOD)[1]["code"] == "permession.checkFailed"
    assert caller.new(f"/v1.0/im/chat/{chatid}/convertToOpenConversationId")[1]["code"] == "permession.checkFailed"


def test_a_search_finds_a_members_groups_by_title_without_chatid(dingtalk: DingTalk, caller: Caller) -> None:
    created = caller.create("prod alerts")
    caller.create("other")
    query = {"searchKey": "alert", "userId": "user-1", "maxResults": 10}
    hit = {"icon": "", "memberAmount": "1", "openConversationId": created["openConversationId"], "title": "prod alerts"}
    assert caller.new("/v1.0/im/innerGroups/search", query) == (200, {"groupInfos": [hit]})
    assert caller.new("/v1.0/im/innerGroups/search", query | {"userId": "user-2"}) == (200, {"groupInfos": []})
