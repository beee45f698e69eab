# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operator actions: adopt, forget, dissolve, re-create; each is idempotent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.chat_listing import lines
from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk

CREATE = "/v1.0/im/group/create"
OPS: dict[str, Any] = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}}}
New = Callable[[str], Controller]


def creations(dingtalk: DingTalk) -> int:
    return [call.api for call in dingtalk.calls].count(CREATE)


def test_an_unknown_chat_that_was_found_is_adopted(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.fail(CREATE, kind="cut_after")
    assert "dingtalk_adopt_chats" in controller("a").play(OPS)["msg"]
    chat_id = dingtalk.chats()[0].chatid
    for name in ("b", "b", "a"):
        assert controller(name).play(OPS, adopt={"ops": chat_id})["chats"]["ops"]["chat_id"] == chat_id
    assert not controller("a").play(OPS)["changed"]
    assert creations(dingtalk) == 1


@pytest.mark.parametrize(
    ("chat_id", "words"),
    [("chat-none", "is dissolved, or its ID is wrong"), ("other-app", "Use the app that created the chat")],
)
def test_a_chat_that_cannot_be_used_is_not_adopted(
    controller: New, dingtalk: DingTalk, chat_id: str, words: str
) -> None:
    dingtalk.add_app("other", "other-secret")
    other_apps = dingtalk.add_chat("Ops", "user-1", app="other").chatid
    result = controller("a").play(OPS, adopt={"ops": other_apps if chat_id == "other-app" else chat_id})
    assert result["msg"].startswith("dingtalk_chats.ops: ")
    assert words in result["msg"]
    assert creations(dingtalk) == 0


def test_no_chat_is_adopted_while_the_key_has_an_existing_one(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(OPS)
    other = dingtalk.add_chat("Ops", "user-1", app="dingapp").chatid
    result = controller("a").play(OPS, adopt={"ops": other})
    assert f"the registry already has {dingtalk.chats()[0].chatid}, so {other} was not adopted" in result["msg"]


@pytest.mark.parametrize("dissolved", ["status", 34013, 40016])
def test_a_dissolved_chat_is_recreated_on_request_and_once(controller: New, dingtalk: DingTalk, dissolved: Any) -> None:
    controller("a").play(OPS)
    dingtalk.disband(dingtalk.chats()[0].chatid)
    dingtalk.unclear.dissolved = dissolved
    assert "-e dingtalk_recreate_chats=ops" in controller("b").play(OPS)["msg"]
    for name in ("b", "a", "b"):
        result = controller(name).play(OPS, recreate=("ops",))
        assert result["chats"]["ops"]["chat_id"] == dingtalk.chats()[1].chatid
    assert "still exists and was not re-created" in "".join(result["warnings"])
    # the first chat, which is still in this controller's journal, is not reported
    assert controller("a").play(OPS).get("warnings") is None
    assert len(dingtalk.chats()) == 2


def test_a_chat_of_another_app_is_an_error_and_can_be_replaced(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(OPS)
    dingtalk.fail("/chat/get", kind="errcode", errcode=43007, times=None, message="not authorised")
    result = controller("a").play(OPS)
    assert result["msg"].startswith("dingtalk_chats.ops: ")
    assert "belongs to another app" in result["msg"]
    dingtalk.heal()
    dingtalk.fail("/chat/get", kind="errcode", errcode=43007, times=2, message="not authorised")
    assert controller("a").play(OPS, recreate=("ops",))["chats"]["ops"]["chat_id"] == dingtalk.chats()[1].chatid


def test_an_unanswered_attempt_must_be_resolved_before_a_chat_is_recreated(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.fail(CREATE, kind="cut_after")
    controller("a").play(OPS)
    assert "Resolve it first" in controller("a").play(OPS, recreate=("ops",))["msg"]
    assert not controller("a").play(OPS, forget=("ops",), recreate=("ops",)).get("failed")


def test_check_mode_predicts_an_operator_action_and_writes_nothing(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(OPS)
    dingtalk.disband(dingtalk.chats()[0].chatid)
    predicted = controller("a").play(OPS, check_mode=True, recreate=("ops",))
    assert predicted["chats"]["ops"]["chat_id"] == "<ID of chat ops, once it is created>"
    assert "is dissolved" in controller("a").play(OPS)["msg"]
    dingtalk.fail(CREATE, kind="cut_after")
    controller("a").play(OPS, recreate=("ops",))
    assert controller("a").play(OPS, check_mode=True, forget=("ops",))["changed"]
    assert "it is unknown whether" in controller("a").play(OPS)["msg"]


SCENE = {"ops": {**OPS["ops"], "template_id": "template-1"}}


def test_a_scene_group_is_dissolved_on_request_and_replaced(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.add_scene_template("template-1", "dingapp")
    controller("a").play(SCENE)
    assert controller("a").play(SCENE, check_mode=True, dissolve=("ops",))["changed"]
    assert dingtalk.chats()[0].status == 1
    for _ in range(2):
        result = controller("a").play(SCENE, dissolve=("ops",))
        assert (result["changed"], result["chats"], dingtalk.chats()[0].status) == (True, {}, 2)
    assert "is dissolved" in controller("b").play(SCENE)["msg"]
    replaced = controller("b").play(SCENE, dissolve=("ops",), recreate=("ops",))
    assert replaced["chats"]["ops"]["chat_id"] == dingtalk.chats()[1].chatid


def test_a_plain_chat_is_not_dissolved(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(OPS)
    result = controller("a").play(OPS, dissolve=("ops",))
    assert "which only its owner can dissolve, in the DingTalk client" in result["msg"]
    unknown = controller("a").play(OPS, dissolve=("lab",))
    assert "dingtalk_chats.lab: the registry has no chat to dissolve" in unknown["msg"]
    assert "dingtalk_list_chats=true" in unknown["msg"]
    assert dingtalk.chats()[0].status == 1


def test_the_list_has_every_chat_with_its_state_and_changes_nothing(controller: New, dingtalk: DingTalk) -> None:
    def desired(name: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "owner": {"userid": "user-1"}, **more}

    given = dingtalk.add_chat("Given", "user-1", app="dingapp").chatid
    other = dingtalk.add_chat("Other", "user-1", app="other").chatid
    controller("a").play({key: desired(key) for key in ("fine", "gone", "left")})
    fine, gone, left = (chat.chatid for chat in dingtalk.chats()[2:])
    dingtalk.disband(gone)
    dingtalk.fail(CREATE, kind="cut_after")
    controller("a").play({"lost": desired("lost")})
    desired_items = {key: desired(key) for key in ("fine", "gone", "lost", "new")}
    desired_items |= {"given": desired("Given", chat_id=given), "other": desired("Other", chat_id=other)}
    dingtalk.reset_calls()
    result = controller("a").play(desired_items, list_chats=True)
    shown = lines(result["chat_list"])
    assert shown == [
        "Chat fine (fine): " + fine + ", in use as 'fine' with 1 members, from the registry",
        "Chat given (Given): " + given + ", in use as 'Given' with 1 members, from the inventory",
        "Chat gone (gone): " + gone + ", dissolved, or a wrong ID, from the registry",
        "Chat left (left): " + left + ", in use as 'left' with 1 members, from the registry, not in dingtalk_chats",
        next(line for line in shown if line.startswith("Chat lost (lost): no ID, creation of 2023-11-14 22:13:20 UTC")),
        "Chat new (new): no ID, not created yet",
        "Chat other (Other): " + other + ", belongs to another app, from the inventory",
    ]
    assert {call.api for call in dingtalk.calls} <= {"/chat/get", "/v1.0/oauth2/accessToken"}
    assert not result["changed"]
