# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode asks DingTalk about the same people as a real run, and fails where that would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk

Json = dict[str, Any]
New = Callable[[str], Controller]
BY_MOBILE = {"mobile": "13800000001"}


def chat(owner: Json, *members: Json) -> Json:
    return {"ops": {"name": "Ops", "owner": owner, "members": list(members)}}


def userid(name: str) -> Json:
    return {"userid": name}


@pytest.mark.parametrize("before", [None, chat(userid("user-1"))], ids=["new", "existing"])
@pytest.mark.parametrize(
    ("desired", "is_known"),
    [
        (chat(userid("user-2")), True),
        (chat(userid("nobody")), False),
        (chat(userid("user-1"), userid("user-2")), True),
        (chat(userid("user-1"), userid("nobody")), False),
        (chat(BY_MOBILE, userid("nobody")), False),
    ],
)
def test_check_mode_fails_for_a_user_id_that_a_real_run_is_refused(
    controller: New, dingtalk: DingTalk, before: Json | None, desired: Json, is_known: bool
) -> None:
    if before:
        assert controller("a").play(before)["changed"]
    writes = len([call for call in dingtalk.calls if "/im/group/" in call.api])
    checked = controller("a").play(desired, check_mode=True)
    assert len([call for call in dingtalk.calls if "/im/group/" in call.api]) == writes
    real = controller("a").play(desired)
    assert bool(checked.get("failed")) is bool(real.get("failed")) is not is_known, (checked, real)
    if not is_known:
        assert "nobody" in checked["msg"]
        assert "nobody" in real["msg"]


def test_people_found_by_mobile_number_are_asked_about_once(controller: New, dingtalk: DingTalk) -> None:
    members = [BY_MOBILE, {"mobile": "13800000002"}]
    controller("a").play(chat(userid("user-1"), *members), check_mode=True)
    asked = [call.body["userid"] for call in dingtalk.calls if call.api == "/topapi/v2/user/get"]
    assert asked.count("user-1") == 1
    assert "user-2" not in asked


def test_a_skipped_member_fails_neither(controller: New, dingtalk: DingTalk) -> None:
    desired = {"ops": {**chat(userid("user-1"), userid("nobody"))["ops"], "skip_unknown_members": True}}
    checked, real = controller("a").play(desired, check_mode=True), controller("a").play(desired)
    assert checked["chats"]["ops"]["members"] == real["chats"]["ops"]["members"] == ["user-1"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_without_a_registry_neither_creates_a_chat(controller: New, dingtalk: DingTalk, check_mode: bool) -> None:
    result = controller("a").run(check_mode=check_mode, registry=None)
    assert "dingtalk_chats.ops: the chat was not created. Chats are created only with a registry" in result["msg"]
    assert dingtalk.chats() == []
