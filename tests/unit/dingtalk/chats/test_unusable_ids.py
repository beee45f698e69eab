# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IDs of an odd shape in answers: stored and reported as they came, never used in calls, never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster

CREATE, SCENE = "/v1.0/im/group/create", "/v1.0/im/sceneGroup/create"
CONVERT = "/v1.0/im/chat/{chatId}/convertToOpenConversationId"
CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
New = Callable[[str], Controller]

UNUSABLE: dict[str, Any] = {
    "number": 12345678901234567890,
    "list": ["chat1"],
    "map": {"id": "chat1"},
    "true": True,
    "blanks": "   ",
    "space": "chat 1",
    "line break": "chat1\n",
    "escape": "chat\x1b[31m1",
    "surrogate": "chat\ud8001",
    "not ASCII": "群1",
    "long": "chat" + "x" * 2_000_000,
}
MISSING: dict[str, Any] = {"empty": "", "null": None, "zero": 0, "no list": []}


def events(controller: Controller) -> list[dict[str, Any]]:
    return [json.loads(line) for line in controller.journal.read_text().splitlines()]


def entry(cluster: Cluster) -> dict[str, Any]:
    [apps] = yaml.safe_load(cluster.get(CONFIG_MAP)["data"]["chats"])["chats"].values()
    found: dict[str, Any] = apps["dingapp"]["ops"]
    return found


def assert_reported_and_stored(controller: Controller, cluster: Cluster, result: dict[str, Any], received: str) -> None:
    """``received``: the ID as JSON."""
    assert result["failed"]
    assert "it is unknown whether the chat 'Ops' (owner user-1) was created" in result["msg"]
    assert "another attempt would create a second chat" in result["msg"]
    assert "dingtalk_forget_intents" not in result["msg"]
    assert received[:100] in result["msg"]
    assert result["msg"].isprintable() or "\n" in result["msg"]
    assert len(result["msg"]) < 4000
    assert received[:100] in entry(cluster)["intent"]["received"]
    assert received[:90_000] in events(controller)[-1]["received"]
    assert controller.journal.stat().st_size < 1_000_000


@pytest.mark.parametrize("value", {**UNUSABLE, **MISSING}.values(), ids=[*UNUSABLE, *MISSING])
def test_an_unusable_chat_id_is_an_unknown_outcome(
    controller: New, dingtalk: DingTalk, cluster: Cluster, value: Any
) -> None:
    dingtalk.fail(CREATE, kind="rewrite", rewrite=lambda body: {**body, "chatid": value})
    first = controller("a")
    assert_reported_and_stored(first, cluster, first.run(), json.dumps(value))
    for name in ("a", "b"):
        assert "dingtalk_forget_intents" not in controller(name).run()["msg"]
    assert [call.api for call in dingtalk.calls].count(CREATE) == 1
    [chat] = dingtalk.chats()
    controller("b").play({"ops": {"name": "Ops", "owner": {"userid": "user-1"}}}, adopt={"ops": chat.chatid})
    assert controller("a").run()["chat"]["chat_id"] == chat.chatid


def test_an_answer_that_only_the_journal_has_is_reported_as_well(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("PUT", ".*/configmaps.*", times=0, status=500))
    dingtalk.fail(CREATE, kind="rewrite", rewrite=lambda body: {**body, "chatid": "chat\ud8001"})
    controller("a").run()
    cluster.simulator.faults.clear()
    assert "received" not in entry(cluster)["intent"]
    assert '"chatid": "chat\\ud8001"' in controller("a").run()["msg"]


@pytest.mark.parametrize("value", {**UNUSABLE, **MISSING}.values(), ids=[*UNUSABLE, *MISSING])
def test_an_unusable_conversation_id_is_queried_again(
    controller: New, dingtalk: DingTalk, cluster: Cluster, value: Any
) -> None:
    dingtalk.fail(CREATE, kind="rewrite", rewrite=lambda body: {**body, "openConversationId": value})
    first = controller("a")
    result = first.run()
    [chat] = dingtalk.chats()
    assert (result["chat"]["chat_id"], result["chat"]["open_conversation_id"]) == (
        chat.chatid,
        chat.open_conversation_id,
    )
    assert entry(cluster)["open_conversation_id"] == chat.open_conversation_id
    if value:
        assert "openConversationId in DingTalk's answer is unusable" in "".join(result["warnings"])
        assert json.dumps(value)[:90_000] in events(first)[-1]["received"]


@pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_id_of_a_scene_group_is_requested_again_with_its_uuid(
    controller: New, dingtalk: DingTalk, cluster: Cluster, value: Any
) -> None:
    dingtalk.add_scene_template("template-1", "dingapp")
    dingtalk.fail(SCENE, kind="rewrite", times=3, rewrite=lambda body: {**body, "chat_id": value})
    first = controller("a")
    assert_reported_and_stored(first, cluster, first.run(template_id="template-1"), json.dumps(value))
    assert not first.run(template_id="template-1").get("failed")
    assert len(dingtalk.chats()) == 1


@pytest.mark.parametrize(
    "dress",
    [
        lambda body: {**body, "code": "ok"},
        lambda body: {**body, "code": "0", "message": "success"},
        lambda body: {**body, "code": 0},
        lambda body: {**body, "errcode": 0, "errmsg": "ok"},
        lambda body: {**body, "code": "unheard-of", "message": "?"},
        lambda body: {**body, "success": False},
    ],
)
def test_an_answer_with_the_ids_is_a_success(controller: New, dingtalk: DingTalk, dress: Any) -> None:
    dingtalk.fail(CREATE, kind="rewrite", rewrite=dress)
    assert controller("a").run()["chat"]["chat_id"] == dingtalk.chats()[0].chatid


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_an_error_status_with_the_ids_is_a_success(controller: New, dingtalk: DingTalk, status: int) -> None:
    dingtalk.fail(CREATE, kind="rewrite", status=status)
    assert controller("a").run()["chat"]["chat_id"] == dingtalk.chats()[0].chatid


def test_a_refusal_with_the_ids_is_reported_with_them(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    dingtalk.fail(CREATE, kind="rewrite", rewrite=lambda body: {**body, "code": "parameter.invalid"})
    first = controller("a")
    result = first.run()
    assert "the error parameter.invalid" in result["msg"]
    assert_reported_and_stored(first, cluster, result, json.dumps(dingtalk.chats()[0].chatid))


@pytest.mark.parametrize("value", {**UNUSABLE, **MISSING}.values(), ids=[*UNUSABLE, *MISSING])
def test_an_unusable_converted_id_is_an_error(controller: New, dingtalk: DingTalk, value: Any) -> None:
    chat = dingtalk.add_chat("Ops", "user-1", ["user-1"], app="dingapp")
    dingtalk.fail(CONVERT, kind="rewrite", times=None, rewrite=lambda body: {"openConversationId": value})
    result = controller("a").run(chat_id=chat.chatid)
    assert "no usable openConversationId in the answer" in result["msg"]
    assert json.dumps(value)[:100] in result["msg"]
    dingtalk.heal()
    assert controller("a").run(chat_id=chat.chatid)["chat"]["open_conversation_id"] == chat.open_conversation_id


@pytest.mark.parametrize("value", [None, [], "text", {}, 7])
def test_a_chat_that_cannot_be_read_is_not_changed(controller: New, dingtalk: DingTalk, value: Any) -> None:
    controller("a").run()
    dingtalk.fail("/chat/get", kind="rewrite", rewrite=lambda body: {**body, "chat_info": value})
    assert "no chat_info in the answer" in controller("a").run(name="Renamed")["msg"]
    assert dingtalk.chats()[0].name == "Ops"


@pytest.mark.parametrize("value", [None, [], {"userid": ""}, {"userid": 7}, {"userid": "a b"}, "text"])
def test_a_person_without_a_usable_user_id_stops_the_run(controller: New, dingtalk: DingTalk, value: Any) -> None:
    dingtalk.fail("/topapi/v2/user/getbymobile", kind="rewrite", rewrite=lambda body: {**body, "result": value})
    assert "no usable userid in the answer" in controller("a").run()["msg"]
    assert dingtalk.chats() == []


@pytest.mark.parametrize("value", [None, 7, "", "a b", "a\n", "群", ["a"]])
def test_a_token_that_no_header_can_have_stops_the_run(controller: New, dingtalk: DingTalk, value: Any) -> None:
    dingtalk.fail("/v1.0/oauth2/accessToken", kind="rewrite", rewrite=lambda body: {**body, "accessToken": value})
    assert "no accessToken in the answer" in controller("a").run()["msg"]


def test_an_unusable_id_found_by_a_search_is_shown_escaped(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.fail(CREATE, kind="cut_after")
    found = {"groupInfos": [{"title": "Ops", "openConversationId": "cid\x1b1"}, {"title": "Ops"}, "text", None]}
    dingtalk.fail("/v1.0/im/innerGroups/search", kind="rewrite", rewrite=lambda _body: found)
    assert 'found 2 chats with this name (openConversationId "cid\\u001b1", null)' in controller("a").run()["msg"]
