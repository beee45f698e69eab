# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scene groups: creation from a template, idempotence by uuid, changes and queries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

GOOD: dict[str, Any] = {"title": "ops", "template_id": "template-1", "owner_user_id": "user-1", "user_ids": ["user-2"]}


@pytest.fixture
def scene(dingtalk: DingTalk, caller: Caller) -> Caller:
    dingtalk.add_scene_template("template-1", "app-1", robots={"scene-robot": "Scene robot"})
    return caller


def create(caller: Caller, **change: Any) -> tuple[int, dict[str, Any]]:
    return caller.new("/v1.0/im/sceneGroup/create", GOOD | change)


def test_a_repeated_uuid_returns_the_same_group_until_it_expires(dingtalk: DingTalk, scene: Caller) -> None:
    dingtalk.unclear.uuid_seconds = 600
    first = create(scene, uuid="once")
    dingtalk.clock.advance(599)
    assert create(scene, uuid="once") == first
    dingtalk.clock.advance(1)
    assert create(scene, uuid="once") != first
    assert len(dingtalk.chats()) == 2


def test_a_repeated_uuid_may_be_an_error(dingtalk: DingTalk, scene: Caller) -> None:
    dingtalk.unclear.uuid_repeat = "error"
    assert create(scene, uuid="once")[0] == 200
    assert create(scene, uuid="once")[0] == 400
    assert create(scene, uuid="again")[0] == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": "t" * 31}, "parameter.invalid"),
        ({"owner_user_id": "nobody"}, "member.notFound"),
        ({"user_ids": ["nobody"]}, "parameter.invalid"),
        ({"user_ids": [f"user-{n}" for n in range(1001)]}, "member.exceed"),
        ({"template_id": "template-0"}, "groupTemplate.notFound"),
        ({"template_id": "other-template"}, "groupTemplate.permessionDenied.appNotInstalled"),
        ({"managementOptions": {}}, "parameter.invalid"),
        ({"management_options": {"searchable": 2}}, "parameter.invalid"),
    ],
)
def test_an_invalid_creation_is_refused(dingtalk: DingTalk, scene: Caller, change: dict[str, Any], code: str) -> None:
    dingtalk.add_app("app-2", "app-2-secret")
    dingtalk.add_scene_template("other-template", "app-2")
    status, answer = create(scene, **change)
    assert (status, answer["code"]) == (400, code)
    assert dingtalk.chats() == []


def test_members_are_added_and_removed_by_either_id(dingtalk: DingTalk, scene: Caller) -> None:
    ids = {"open_conversation_id": create(scene)[1]["open_conversation_id"]}
    assert scene.new("/v1.0/im/sceneGroup/member/add", ids | {"union_ids": ["union-user-3"]})[0] == 200
    assert scene.new("/v1.0/im/sceneGroup/member/delete", ids | {"user_ids": ["user-2"]})[0] == 200
    assert scene.new("/v1.0/im/sceneGroup/member/delete", ids | {"user_ids": ["user-1"]})[0] == 400
    query = {"openConversationId": ids["open_conversation_id"], "maxResults": 1}
    status, answer = scene.new("/v1.0/im/sceneGroups/members/batchQuery", query)
    assert (status, answer["memberUserIds"], answer["hasMore"]) == (200, ["user-1", "user-3"], False)


def test_changes_can_be_read_in_both_api_generations(scene: Caller) -> None:
    created = create(scene, management_options={"searchable": 1})[1]
    cid = created["open_conversation_id"]
    change = {"open_conversation_id": cid, "title": "t" * 30, "owner_user_id": "user-2"}
    assert scene.new("/v1.0/im/sceneGroup/update", change) == (200, {"success": True})
    new = scene.new("/v1.0/im/sceneGroups/query", {"openConversationId": cid})[1]
    legacy = scene.post("/topapi/im/chat/scenegroup/get", {"open_conversation_id": cid})["result"]
    assert (new["title"], new["ownerUserId"], new["templateId"], new["status"]) == ("t" * 30, "user-2", "template-1", 1)
    assert (legacy["owner_staff_id"], legacy["management_options"]["searchable"]) == ("user-2", "1")
    assert legacy["management_options"]["group_live_switch"] == "1"
    assert scene.get("/chat/get", chatid=created["chat_id"])["chat_info"]["searchable"] == 1


def test_a_dissolved_group_has_status_2(scene: Caller) -> None:
    ids = {"openConversationId": create(scene)[1]["open_conversation_id"]}
    assert scene.new("/v1.0/im/chat/scenegroup/disband", ids) == (200, {"success": True})
    assert scene.new("/v1.0/im/sceneGroups/query", ids)[1]["status"] == 2


def test_plain_groups_have_no_template(dingtalk: DingTalk, scene: Caller) -> None:
    cid = scene.create()["openConversationId"]
    codes = [
        scene.new("/v1.0/im/sceneGroups/query", {"openConversationId": cid})[1]["code"],
        scene.new("/v1.0/im/sceneGroups/query", {"openConversationId": "cid0"})[1]["code"],
        scene.new("/v1.0/im/sceneGroups/query", {})[1]["code"],
        scene.post("/topapi/im/chat/scenegroup/get", {"open_conversation_id": cid})["errcode"],
    ]
    assert codes == ["groupPermissionDenied", "cidEncryptError", "paramBlank", 400020]


def test_the_templates_robot_is_in_the_group_and_can_send(dingtalk: DingTalk, scene: Caller) -> None:
    created = create(scene)[1]
    cid = created["open_conversation_id"]
    listed = scene.new("/v1.0/robot/groups/robots/query", {"openConversationId": cid})[1]["chatbotInstanceVOList"]
    assert [(robot["robotCode"], robot["openRobotType"]) for robot in listed] == [("scene-robot", 4)]
    message = {"msgKey": "sampleText", "msgParam": '{"content": "hi"}', "robotCode": "scene-robot"}
    assert scene.new("/v1.0/robot/groupMessages/send", message | {"openConversationId": cid})[0] == 200
    assert [message.text for message in dingtalk.messages(created["chat_id"])] == ["hi"]
