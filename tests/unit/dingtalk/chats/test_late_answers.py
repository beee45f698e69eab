# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts that end otherwise than expected: forgotten while they sleep, never sent, refused at a bad moment."""

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


def spoil_registry(cluster: Cluster) -> None:
    cluster.patch(CONFIG_MAP, {"data": {"chats": "}{"}})


def while_sent(dingtalk: DingTalk, act: Callable[[], object]) -> None:
    """Do something while the first request to create is on its way, once."""
    acts = [act]

    def once(_call: object) -> None:
        if acts:
            acts.pop()()

    dingtalk.before(CREATE, once)


def test_a_forgotten_attempt_that_wakes_later_is_kept_as_a_stray_and_reported(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    played: list[dict[str, Any]] = []
    while_sent(dingtalk, lambda: played.append(controller("b").play(OPS, forget=("ops",))))
    woken = controller("a").play(OPS)
    [second] = played
    used, orphan = (chat.chatid for chat in dingtalk.chats())
    entry = registered(cluster, dingtalk)
    assert second["chats"]["ops"]["chat_id"] == woken["chats"]["ops"]["chat_id"] == entry["chat_id"] == used
    assert [other["chat_id"] for other in entry["other_chats"]] == [orphan]
    assert f"dingtalk_chats.ops: one more chat, {orphan}, was made for this key" in "".join(woken["warnings"])
    assert orphan in "".join(controller("b").play(OPS)["warnings"])
    assert "warnings" not in controller("b").play(OPS, forget=("ops",))
    assert "warnings" not in controller("a").play(OPS)


def test_a_stray_that_only_a_journal_holds_is_reported_by_its_controller(
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


def test_an_answer_in_the_journal_is_taken_after_its_intent_was_forgotten(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    lose_the_answer(controller("a"), cluster, OPS)
    assert controller("a").play(OPS, forget=("ops",))["chats"]["ops"]["chat_id"] == dingtalk.chats()[0].chatid
    assert len(dingtalk.chats()) == 1


def test_an_intent_whose_request_never_left_is_taken_back_by_its_controller(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    assert cluster.simulator is not None
    # the intent is written, its answer is lost, and what stands there cannot be read
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
    assert "nobody knows" not in result["msg"]
    assert "intent" not in registered(cluster, dingtalk)
    dingtalk.heal()
    assert not controller("a").play(OPS).get("failed")


def test_a_registry_that_is_corrupted_after_the_answer_does_not_hide_the_chat_id(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    dingtalk.after(CREATE, lambda _call: spoil_registry(cluster))
    result = controller("a").play(OPS)
    chat_id = dingtalk.chats()[0].chatid
    assert f"its ID is {chat_id}, but the registry could not be told" in result["msg"]
    assert result["chat_id"] == chat_id


def test_a_refusal_is_told_although_the_registry_is_gone_by_then(
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
def test_a_clock_that_is_off_neither_hangs_nor_creates_another_chat(
    controller: New, dingtalk: DingTalk, ahead: float
) -> None:
    dingtalk.fail(CREATE, kind="cut_after")
    other = controller("b")
    other.clock.now += ahead
    other.play(OPS)
    waiting = controller("a")
    assert "nobody knows" in waiting.play(OPS)["msg"]
    assert waiting.clock.slept < 60
    assert len(dingtalk.chats()) == 1


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        (lambda _dingtalk: None, "showed 1 chat of this name (openConversationId cid"),
        (lambda dingtalk: dingtalk.disband(dingtalk.chats()[0].chatid), "showed no other chat of this name, which"),
        (lambda dingtalk: dingtalk.fail("*/search", kind="errcode", errcode="Forbidden"), "may not be allowed to"),
    ],
)
def test_the_message_says_what_a_search_shows_and_asks_once_a_day(
    controller: New, dingtalk: DingTalk, arrange: Callable[[DingTalk], None], words: str
) -> None:
    dingtalk.after(CREATE, lambda _call: arrange(dingtalk))
    dingtalk.fail(CREATE, kind="cut_after")
    for name in ("a", "b", "b"):
        result = controller(name).play(OPS)
        assert words in result["msg"]
        assert words in result["unknown_chat"]["search"]
    assert [call.api for call in dingtalk.calls].count("/v1.0/im/innerGroups/search") == 1
