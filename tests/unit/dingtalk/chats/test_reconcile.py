# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members: only the difference is sent, in batches, up to 1000 members; unknown people are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk

UPDATE = "/v1.0/im/group/update"
ADD = "/v1.0/im/sceneGroup/member/add"
New = Callable[[str], Controller]
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def template(dingtalk: DingTalk) -> None:
    dingtalk.add_scene_template("template-1", "dingapp")


def desired(*members: str, **more: Any) -> Json:
    people = [{"userid": member} for member in members]
    return {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "members": people, **more}}


def people(dingtalk: DingTalk, number: int) -> list[str]:
    return [dingtalk.add_user(f"139{index:08}").userid for index in range(number)]


def added(dingtalk: DingTalk) -> list[int]:
    return [len(call.body.get("add_useridlist", [])) for call in dingtalk.calls if call.api == UPDATE]


@pytest.mark.parametrize(("batch", "sizes"), [({}, [40, 11]), ({"member_batch": 30}, [30, 21])])
def test_members_are_added_in_batches(controller: New, dingtalk: DingTalk, batch: Json, sizes: list[int]) -> None:
    controller("a").play(desired())
    controller("a").play(desired(*people(dingtalk, 51), **batch))
    assert added(dingtalk) == sizes
    assert len(dingtalk.chats()[0].members) == 52


def test_too_many_members_are_rejected_without_a_request(controller: New, dingtalk: DingTalk) -> None:
    result = controller("a").run(members=[{"userid": f"user-{number}"} for number in range(1000)])
    assert "chat.members: 1001 people including the owner, but DingTalk allows 1000 in a chat" in result["msg"]
    assert dingtalk.calls == []


def test_existing_members_count_towards_the_limit(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(desired())
    crowd = people(dingtalk, 999)
    dingtalk.join(dingtalk.chats()[0].chatid, *crowd)
    result = controller("a").play(desired("user-2"))
    assert "dingtalk_chats.ops: the chat would have 1001 members" in result["msg"]
    assert added(dingtalk) == []
    assert controller("a").play(desired("user-2", *crowd[1:], purge_members=True))["changed"]


@pytest.mark.parametrize("kind", [{}, {"template_id": "template-1"}])
@pytest.mark.parametrize("how", ["gone", "never", "range"])
def test_unknown_people_are_named_and_skipped_on_request(
    controller: New, dingtalk: DingTalk, kind: Json, how: str
) -> None:
    controller("a").play(desired(**kind))
    bad = "user-none"
    if how != "never":
        bad = dingtalk.add_user("13700000000", active=how != "gone").userid
    if how == "range":
        dingtalk.add_app("dingapp", "the-app-secret", visible=["user-1", "user-2"])
        for api in (UPDATE, ADD):
            dingtalk.fail(api, kind="errcode", errcode="parameter.invalid", message="a member is out of range")
    result = controller("a").play(desired("user-2", bad, **kind))
    assert result["unknown_people"] == [bad]
    assert f"Unknown people: {bad}: DingTalk " in result["msg"]
    assert "skip_unknown_members: true" in result["msg"]
    dingtalk.heal()
    skipping = desired("user-2", bad, skip_unknown_members=True, **kind)
    predicted = controller("a").play(skipping, check_mode=True)
    skipped = controller("a").play(skipping)
    assert predicted["chats"] == skipped["chats"]
    assert skipped["chats"]["ops"]["members"] == ["user-1", "user-2"]
    assert f"dingtalk_chats.ops: member {bad} is skipped" in "".join(skipped["warnings"])
    repeated = controller("a").play(skipping)
    assert (repeated["changed"], repeated["calls"]["counted"]) == (False, 2 if kind else 1)


@pytest.mark.parametrize("kind", [{}, {"template_id": "template-1"}])
def test_a_creation_refused_for_one_member_names_that_member(controller: New, dingtalk: DingTalk, kind: Json) -> None:
    result = controller("a").play(desired("user-2", "user-none", **kind))
    assert result["unknown_people"] == ["user-none"]
    assert dingtalk.chats() == []
    made = controller("a").play(desired("user-2", "user-none", skip_unknown_members=True, **kind))
    assert made["chats"]["ops"]["members"] == ["user-1", "user-2"]


def test_numbers_of_people_who_left_are_skipped_on_request(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.add_user("13700000000", active=False)
    members = [{"mobile": "13800000002"}, {"mobile": "13700000000"}]
    chats = desired()
    chats["ops"]["members"] = members
    assert "dingtalk_chats.ops.members[1]: " in controller("a").play(chats)["msg"]
    chats["ops"]["skip_unknown_members"] = True
    result = controller("a").play(chats)
    assert result["chats"]["ops"]["members"] == ["user-1", "user-2"]
    assert "The member is skipped" in "".join(result["warnings"])


def test_an_owner_who_left_is_named(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(desired("user-2"))
    dingtalk.add_user("13800000001", userid="user-1", active=False)
    dingtalk.leave(dingtalk.chats()[0].chatid, "user-1")
    result = controller("a").play(desired("user-2"))
    assert result["unknown_people"] == ["user-1"]
    moved = desired()
    moved["ops"]["owner"] = {"userid": "user-2"}
    assert controller("a").play(moved)["chats"]["ops"]["owner"] == "user-2"


def test_only_the_difference_is_sent(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(desired("user-2"))
    dingtalk.add_user("13800000003", userid="user-3")
    dingtalk.reset_calls()
    controller("a").play(desired("user-3", purge_members=True))
    [call] = [call for call in dingtalk.calls if call.api == UPDATE]
    assert (call.body["add_useridlist"], call.body["del_useridlist"]) == (["user-3"], ["user-2"])
