# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts with an unexpected end: forgotten while suspended, never sent, refused while the registry is down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.support.fixtures.chat_controller import Controller, lose_the_answer
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster

CREATE = "/v1.0/im/group/create"
CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
OPS = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}}}
New = Callable[[str], Controller]


def registered(cluster: Cluster, dingtalk: DingTalk) -> dict[str, Any]:
    entry: dict[str, Any] = yaml.safe_load(cluster.get(CONFIG_MAP)["data"]["chats"])["chats"][dingtalk.api_url][
        "dingapp"
    ]["ops"]
    return entry


def corrupt_registry(cluster: Cluster) -> None:
    cluster.patch(CONFIG_MAP, {"data": {"chats": "}{"}})


def while_sent(dingtalk: DingTalk, act: Callable[[], object]) -> None:
    """Call ``act`` once, while the first creation request is in transit."""
    acts = [act]

    def once(_call: object) -> None:
        if acts:
            acts.pop()()

    dingtalk.before(CREATE, once)


def test_a_forgotten_attempt_that_resumes_later_is_recorded_as_an_orphan_and_reported(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    played: list[dict[str, Any]] = []
    while_sent(dingtalk, lambda: played.append(controller("b").play(OPS, forget=("ops",))))
    resumed = controller("a").play(OPS)
    [second] = played
    used, orphan = (chat.chatid for chat in dingtalk.chats())
    entry = registered(cluster, dingtalk)
    assert second["chats"]["ops"]["chat_id"] == resumed["chats"]["ops"]["chat_id"] == entry["chat_id"] == used
    assert [other["chat_id"] for other in entry["other_chats"]] == [orphan]
    assert f"dingtalk_chats.ops: another chat, {orphan}, was created for this key" in "".join(resumed["warnings"])
    assert orphan in "".join(controller("b").play(OPS)["warnings"])
    assert "warnings" not in controller("b").play(OPS, forget=("ops",))
    assert "warnings" not in controller("a").play(OPS)


def test_an_orphan_that_only_a_journal_has_is_reported_by_its_controller(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    lose_the_answer(controller("a"), cluster, OPS)
    assert controller("b").play(OPS)["failed"]
    controller("b").play(OPS, forget=("ops",))
    first, used = (chat.chatid for chat in dingtalk.chats())
    result = controller("a").play(OPS)
    assert result["chats"]["ops"]["chat_id"] == used
    assert first in "".join(result["warnings"])
    assert [other["chat_id"] for other in registered(cluster, dingtalk)["other_chats"]] == [first]


def test_an_answer_in_the_journal_is_used_after_its_intent_was_forgotten(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    lose_the_answer(controller("a"), cluster, OPS)
    assert controller("a").play(OPS, forget=("ops",))["chats"]["ops"]["chat_id"] == dingtalk.chats()[0].chatid
    assert len(dingtalk.chats()) == 1


def test_an_intent_whose_request_was_never_sent_is_withdrawn_by_its_controller(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    assert cluster.simulator is not None
    # the intent is written, but the answer is lost and the ConfigMap cannot be read
    cluster.simulator.faults.add(Fault("POST", ".*/configmaps.*", cut="after"))
    cluster.simulator.faults.add(Fault("GET", ".*/configmaps/kubesphere-dingtalk", skip=1, times=20, cut="before"))
    assert controller("a").play(OPS)["failed"]
    assert dingtalk.chats() == []
    cluster.simulator.faults.clear()
    assert not controller("a").play(OPS).get("failed")
    assert len(dingtalk.chats()) == 1


def test_without_a_token_nothing_was_sent_and_the_outcome_is_known(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    dingtalk.fail(CREATE, kind="expired_token")
    dingtalk.before(
        "/v1.0/robot/groups/robots/query",
        lambda _call: dingtalk.fail("/v1.0/oauth2/accessToken", times=None, status=503),
    )
    result = controller("a").play(OPS)
    assert "Could not get an access token" in result["msg"]
    assert "it is unknown whether" not in result["msg"]
    assert "intent" not in registered(cluster, dingtalk)
    dingtalk.heal()
    assert not controller("a").play(OPS).get("failed")


def test_a_registry_that_is_corrupted_after_the_answer_does_not_hide_the_chat_id(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    dingtalk.after(CREATE, lambda _call: corrupt_registry(cluster))
    result = controller("a").play(OPS)
    chat_id = dingtalk.chats()[0].chatid
    assert f"the chat was created with ID {chat_id}, but the registry could not be updated" in result["msg"]
    assert result["chat_id"] == chat_id


def test_a_refusal_is_reported_although_the_registry_has_failed_meanwhile(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    assert cluster.simulator is not None
    dingtalk.fail(CREATE, kind="errcode", errcode="permession.checkFailed", message="owner not visible")
    cluster.simulator.faults.add(Fault("PUT", ".*/configmaps.*", times=20, status=500))
    result = controller("a").play(OPS)
    assert "permession.checkFailed" in result["msg"]
    assert "its intent is still in the registry" in "".join(result["warnings"])
    cluster.simulator.faults.clear()
    assert not controller("a").play(OPS).get("failed")
    assert len(dingtalk.chats()) == 1


@pytest.mark.parametrize("ahead", [7200, -7200])
def test_a_wrong_clock_neither_hangs_nor_creates_another_chat(
    controller: New, dingtalk: DingTalk, ahead: float
) -> None:
    dingtalk.fail(CREATE, kind="cut_after")
    other = controller("b")
    other.clock.now += ahead
    other.play(OPS)
    waiting = controller("a")
    assert "it is unknown whether" in waiting.play(OPS)["msg"]
    assert waiting.clock.slept < 60
    assert len(dingtalk.chats()) == 1


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        (lambda _dingtalk: None, "found 1 chat with this name (openConversationId cid"),
        (lambda dingtalk: dingtalk.disband(dingtalk.chats()[0].chatid), "found no other chat with this name, which"),
        (lambda dingtalk: dingtalk.fail("*/search", kind="errcode", errcode="Forbidden"), "may not be allowed to"),
    ],
)
def test_the_message_has_the_result_of_a_search_that_is_made_once_a_day(
    controller: New, dingtalk: DingTalk, arrange: Callable[[DingTalk], None], words: str
) -> None:
    dingtalk.after(CREATE, lambda _call: arrange(dingtalk))
    dingtalk.fail(CREATE, kind="cut_after")
    for name in ("a", "b", "b"):
        result = controller(name).play(OPS)
        assert words in result["msg"]
        assert words in result["unknown_chat"]["search"]
    assert [call.api for call in dingtalk.calls].count("/v1.0/im/innerGroups/search") == 1
