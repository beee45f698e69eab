# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scene groups: created once with a uuid, recovered automatically for ten minutes, read, changed, errors with hints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.plain import SETTINGS
from tests.support.fixtures.chat_controller import Controller, lose_the_answer
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.endpoints.scene_groups import DEFAULTS, camel
from tests.support.testbed import Cluster

CREATE = "/v1.0/im/sceneGroup/create"
QUERY = "/v1.0/im/sceneGroups/query"
SCENE: dict[str, Any] = {
    "name": "Operations of the whole fleet",
    "owner": {"userid": "user-1"},
    "template_id": "template-1",
}
OPS = {"ops": SCENE}
New = Callable[[str], Controller]


@pytest.fixture(autouse=True)
def template(dingtalk: DingTalk) -> None:
    dingtalk.add_scene_template("template-1", "dingapp")


def count(dingtalk: DingTalk, api: str) -> int:
    return [call.api for call in dingtalk.calls].count(api)


def uuids(dingtalk: DingTalk) -> set[str]:
    return {str(call.body["uuid"]) for call in dingtalk.calls if call.api == CREATE}


def test_a_scene_group_is_created_once_and_found_again(controller: New, dingtalk: DingTalk) -> None:
    first = controller("a").play(OPS)
    assert first["changed"]
    [group] = dingtalk.chats()
    assert first["chats"]["ops"]["chat_id"] == group.chatid
    assert first["chats"]["ops"]["template_id"] == group.template_id == "template-1"
    for name in ("a", "b"):
        again = controller(name).play(OPS)
        assert (again["changed"], again["chats"]["ops"]["chat_id"]) == (False, group.chatid)
    assert controller("b").play(OPS)["calls"]["counted"] == 2
    assert count(dingtalk, CREATE) == 1


def test_all_attributes_of_a_scene_group_are_reconciled(controller: New, dingtalk: DingTalk) -> None:
    people = [{"userid": dingtalk.add_user(f"139000000{number:02}").userid} for number in range(99)]
    controller("a").play(OPS)
    dingtalk.join(dingtalk.chats()[0].chatid, "user-2")
    desired = {
        **SCENE,
        "name": "Renamed",
        "owner": people[0],
        "members": people,
        "purge_members": True,
        "settings": {"searchable": 1},
    }
    predicted = controller("a").play({"ops": desired}, check_mode=True)
    result = controller("a").play({"ops": desired})
    assert predicted["diff"] == result["diff"]
    group = dingtalk.chats()[0]
    assert (group.name, group.owner, group.options["searchable"]) == ("Renamed", people[0]["userid"], 1)
    assert sorted(group.members) == sorted(person["userid"] for person in people)
    assert not controller("b").play({"ops": desired})["changed"]


def test_the_name_of_a_scene_group_renamed_in_the_client_is_restored(controller: New, dingtalk: DingTalk) -> None:
    chat = controller("a").play(OPS)["chats"]["ops"]["chat_id"]
    dingtalk.rename(chat, "by hand")
    assert controller("b").play(OPS)["changed"]
    assert dingtalk.chat(chat).name == SCENE["name"]
    assert not controller("b").play(OPS)["changed"]


def test_every_setting_of_dingtalk_is_created_and_changed(controller: New, dingtalk: DingTalk) -> None:
    for settings in (dict.fromkeys(DEFAULTS, 1), {name: 1 - value for name, value in DEFAULTS.items()}):
        settings |= {"management_type": 1}
        controller("a").play({"ops": {**SCENE, "settings": settings}})
        assert dingtalk.chats()[0].options == camel(settings)
        again = controller("b").play({"ops": {**SCENE, "settings": settings}})
        assert (again["changed"], again["chats"]["ops"]["settings"]) == (False, settings)
    assert len(dingtalk.chats()) == 1


@pytest.mark.parametrize(
    "desired",
    [
        {"template_id": ""},
        {},
        {"settings": {"searchable": 1}},
        {"administrators": [{"userid": "user-2"}]},
    ],
)
def test_the_forecast_includes_the_calls_of_a_check(controller: New, desired: dict[str, Any]) -> None:
    chats = {"ops": {**SCENE, "name": "Ops", **desired}}
    controller("a").play(chats)
    an_hour_later = controller("a")
    an_hour_later.clock.now += 3600
    result = an_hour_later.play(chats, cache_valid_time=3600)
    assert result["forecast"]["checks"] == 720 * result["calls"]["counted"]


@pytest.mark.parametrize("name", [name for name in DEFAULTS if name not in SETTINGS])
def test_settings_of_scene_groups_are_rejected_for_a_plain_chat(controller: New, dingtalk: DingTalk, name: str) -> None:
    result = controller("a").run(settings={name: 1, "management_type": 1})
    assert f"chat.settings.{name}: not supported by plain chats; remove it, or set template_id" in result["msg"]
    assert dingtalk.calls == []


def test_a_setting_that_requires_another_one_is_rejected_without_it(controller: New, dingtalk: DingTalk) -> None:
    result = controller("a").run(**SCENE, settings={"only_admin_can_add_mem": 1})
    assert "chat.settings.only_admin_can_add_mem: 1 requires management_type: 1" in result["msg"]
    assert dingtalk.calls == []


def test_administrators_are_appointed_at_creation_and_later_by_the_owner(controller: New, dingtalk: DingTalk) -> None:
    first = {"ops": {**SCENE, "administrators": [{"mobile": "13800000002"}]}}
    predicted = controller("a").play(first, check_mode=True)["chats"]["ops"]
    made = controller("a").play(first)["chats"]["ops"]
    assert made["administrators"] == predicted["administrators"] == dingtalk.chats()[0].subadmins == ["user-2"]
    assert made["members"] == predicted["members"] == dingtalk.chats()[0].members == ["user-1", "user-2"]
    assert "warnings" not in controller("b").play(first)
    dingtalk.add_user("13800000003", userid="user-3")
    more = {"ops": {**SCENE, "administrators": [{"userid": "user-2"}, {"userid": "user-3"}], "purge_members": True}}
    result = controller("a").play(more)
    assert result["chats"]["ops"]["members"] == ["user-1", "user-2", "user-3"]
    assert result["chats"]["ops"]["administrators"] == ["user-2"]
    [warning] = result["warnings"]
    assert warning.startswith("dingtalk_chats.ops.administrators: not appointed: user-3. ")
    assert "Group settings > Group management (群设置 > 群管理)" in warning
    assert not controller("a").play(more)["changed"]


def test_a_plain_chat_has_no_administrators(controller: New, dingtalk: DingTalk) -> None:
    result = controller("a").run(administrators=[{"userid": "user-2"}])
    assert "chat.administrators: not supported by plain chats; remove it, or set template_id" in result["msg"]
    assert "chat.administrators[0]" in controller("a").run(**SCENE, administrators=[{"mobile": "x"}])["msg"]
    assert dingtalk.calls == []


@pytest.mark.parametrize("kind", [{}, {"template_id": "template-1"}])
def test_a_picture_is_set_and_changed(controller: New, dingtalk: DingTalk, kind: dict[str, Any]) -> None:
    for icon in ("@one", "@two"):
        assert controller("a").run(icon=icon, **kind)["chat"]["icon"] == icon
        assert dingtalk.chats()[0].icon == icon
        assert not controller("b").run(icon=icon, **kind)["changed"]
    assert not controller("b").run(**kind)["changed"]
    assert len(dingtalk.chats()) == 1


def test_members_beyond_the_first_hundred_are_added_in_batches(controller: New, dingtalk: DingTalk) -> None:
    people = [{"userid": dingtalk.add_user(f"139000{number:05}").userid} for number in range(250)]
    controller("a").play({"ops": {**SCENE, "members": people}})
    assert len(dingtalk.chats()[0].members) == 251
    sizes = [len(call.body["user_ids"]) for call in dingtalk.calls if call.api.endswith("/member/add")]
    assert sizes == [100, 51]


@pytest.mark.parametrize("fault", [{"kind": "cut_after"}, {"kind": "cut_before"}, {"when": "after", "status": 500}])
def test_a_lost_answer_is_recovered_within_the_run(controller: New, dingtalk: DingTalk, fault: dict[str, Any]) -> None:
    dingtalk.fail(CREATE, **fault)
    result = controller("a").play(OPS)
    assert result["chats"]["ops"]["chat_id"] == dingtalk.chats()[0].chatid
    assert len(dingtalk.chats()) == len(uuids(dingtalk)) == 1


def test_another_controller_recovers_it_within_ten_minutes(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.fail(CREATE, kind="cut_after", times=3)
    first = controller("a").play(OPS)
    assert "Run again within ten minutes of that time" in first["msg"]
    other = controller("b")
    other.clock.now += 500
    renamed = {"ops": {**SCENE, "name": "Another name by now"}}
    assert other.play(renamed)["chats"]["ops"]["chat_id"] == dingtalk.chats()[0].chatid
    assert dingtalk.chats()[0].name == "Another name by now"
    assert controller("a").play(renamed)["changed"] is False
    assert len(dingtalk.chats()) == len(uuids(dingtalk)) == 1


@pytest.mark.parametrize("later", [601, -601])
def test_after_ten_minutes_or_with_a_wrong_clock_it_is_treated_like_a_plain_chat(
    controller: New, dingtalk: DingTalk, later: float
) -> None:
    dingtalk.fail(CREATE, kind="cut_after", times=3)
    controller("a").play(OPS)
    other = controller("b")
    other.clock.now += later
    sent = count(dingtalk, CREATE)
    assert "it is unknown whether" in other.play(OPS)["msg"]
    assert count(dingtalk, CREATE) == sent
    assert other.play(OPS, adopt={"ops": dingtalk.chats()[0].chatid})["chats"]["ops"]["template_id"] == "template-1"


def test_a_refusal_of_the_second_request_proves_nothing(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.unclear.uuid_repeat = "error"
    dingtalk.fail(CREATE, kind="cut_after")
    result = controller("a").play(OPS)
    assert "it is unknown whether" in result["msg"]
    assert "the uuid has been used" in result["msg"]
    assert "it is unknown whether" in controller("a").play(OPS)["msg"]
    assert len(dingtalk.chats()) == 1


def test_two_different_answers_are_an_error_with_both_chat_ids(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    dingtalk.unclear.uuid_seconds = 0
    acts = [lambda: results.append(controller("b").play(OPS))]
    results: list[dict[str, Any]] = []

    def meanwhile(_call: object) -> None:
        if acts:
            acts.pop()()

    dingtalk.before(CREATE, meanwhile)
    result = controller("a").play(OPS)
    first, second = (chat.chatid for chat in dingtalk.chats())
    assert f"two chats for the same uuid: {first} " in result["msg"]
    assert f"and {second} " in result["msg"]
    assert results[0]["chats"]["ops"]["chat_id"] == first
    again = controller("a").play(OPS)
    assert again["chats"]["ops"]["chat_id"] == first
    assert second in "".join(again["warnings"])


def test_an_answer_missing_in_the_registry_is_taken_from_the_journal(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    lose_the_answer(controller("a"), cluster, OPS)
    assert controller("a").play(OPS)["chats"]["ops"]["template_id"] == "template-1"
    assert count(dingtalk, CREATE) == 1


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        ({"template_id": "template-0"}, "The template is missing, disabled or not published"),
        ({"published": False}, "The template is missing, disabled or not published"),
        ({"app": "other"}, "The template belongs to another app or organisation"),
        ({"in_gray_list": False}, "Add the organisation to the gray list of the template"),
    ],
)
def test_an_unusable_template_is_explained_and_leaves_no_intent(
    controller: New, dingtalk: DingTalk, arrange: dict[str, Any], words: str
) -> None:
    dingtalk.add_app("other", "other-secret")
    dingtalk.add_scene_template(**{"template_id": "template-2", "app": "dingapp", **arrange})
    missing = arrange.get("template_id") == "template-0"
    desired = {**SCENE, "template_id": "template-9" if missing else "template-2"}
    result = controller("a").play({"ops": desired})
    assert words in result["msg"]
    assert "Open capability > Scene group > Group templates (开放能力 > 场景群 > 群模板)" in result["msg"]
    assert dingtalk.chats() == []
    assert not controller("a").play(OPS).get("failed")


@pytest.mark.parametrize(
    ("made", "desired_template", "words"),
    [
        ("template-1", "", "template_id is not set, but the chat was created from the template template-1"),
        (
            "template-1",
            "template-2",
            "template_id is template-2, but the chat was created from the template template-1",
        ),
        ("", "template-1", "template_id is template-1, but the chat is a plain chat"),
    ],
)
def test_a_template_other_than_that_of_the_chat_is_an_error(
    controller: New, dingtalk: DingTalk, made: str, desired_template: str, words: str
) -> None:
    dingtalk.add_scene_template("template-2", "dingapp")
    plain = {"name": "Ops", "owner": {"userid": "user-1"}}
    controller("a").play({"ops": {**plain, "template_id": made}})
    result = controller("b").play({"ops": {**plain, "template_id": desired_template}})
    assert result["msg"].startswith("dingtalk_chats.ops: ")
    assert words in result["msg"]
    assert len(dingtalk.chats()) == 1


@pytest.mark.parametrize("message", ["status", "group.disbanded", "chat.notExist"])
def test_a_dissolved_scene_group_is_recreated_on_request(controller: New, dingtalk: DingTalk, message: str) -> None:
    controller("a").play(OPS)
    dingtalk.disband(dingtalk.chats()[0].chatid)
    if message != "status":
        dingtalk.fail(QUERY, kind="errcode", errcode=message, times=2)
    assert "is dissolved" in controller("a").play(OPS)["msg"]
    result = controller("b").play(OPS, recreate=("ops",))
    assert result["chats"]["ops"]["chat_id"] == dingtalk.chats()[1].chatid
    assert len(uuids(dingtalk)) == 2


def test_a_scene_group_of_another_app_is_an_error_and_can_be_replaced(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play(OPS)
    dingtalk.fail(QUERY, kind="errcode", errcode="groupTemplatePermissionDenied", times=2)
    message = controller("a").play(OPS)["msg"]
    assert message.startswith("dingtalk_chats.ops: Could not read the scene group ")
    assert "Use the app that owns it" in message
    result = controller("b").play(OPS, recreate=("ops",))
    assert result["chats"]["ops"]["chat_id"] == dingtalk.chats()[1].chatid


def test_the_module_creates_scene_groups_too(controller: New, dingtalk: DingTalk) -> None:
    result = controller("a").run(**SCENE)
    assert result["chat"]["template_id"] == "template-1"
    assert not controller("b").run(**SCENE)["changed"]


def test_a_name_too_long_for_a_plain_chat_is_valid_for_a_scene_group(controller: New) -> None:
    result = controller("a").run(name="a" * 30)
    assert "30 code points, expected 1 to 20" in result["msg"]
    assert "31 code points, expected 1 to 30" in controller("a").run(name="a" * 31, template_id="t")["msg"]
