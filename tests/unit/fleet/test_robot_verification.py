# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test messages through custom robots: once for each webhook and secret, whenever they are checked, or never."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.robot_verification import (
    ALWAYS,
    CHANGED,
    NEVER,
    read_verification,
)
from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk

Json = dict[str, Any]
New = Callable[[str], Controller]
CHAT = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "members": []}}
WRONG_SECRET = "SEC" + "0" * 64


@dataclass
class Group:
    """A chat of the inventory with custom robots, and what its controllers send there."""

    dingtalk: DingTalk
    controller: New
    chatid: str

    def robot(self, **settings: Any) -> Json:
        """Add a robot and return it as ``dingtalk_robots`` has it."""
        name = f"Alerts {settings}"
        webhook = self.dingtalk.add_custom_robot(self.chatid, name, secret="generate", **settings)
        secret = self.dingtalk.secret_of(self.chatid, name)
        keywords = list(settings.get("keywords", ()))
        return {"name": name, "chat": "ops", "webhook": webhook, "secret": secret, "keywords": keywords}

    def sent_by(self, plays: Sequence[Json]) -> list[int]:
        """Return how many messages each play sends."""
        found = []
        for play in plays:
            before = len(self.dingtalk.messages())
            self.must(play)
            found.append(len(self.dingtalk.messages()) - before)
        return found

    def must(self, play: Json) -> Json:
        result = self.play(play)
        assert not result.get("failed"), result
        return result

    def play(self, play: Json) -> Json:
        given = dict(play)
        controller = self.controller(given.pop("by", "a"))
        # DingTalk compares the time in a signature with its own.
        controller.clock.now = time.time()
        return controller.play(CHAT, robots={"bot": given.pop("robot")}, **given)


@pytest.fixture
def group(dingtalk: DingTalk, controller: New) -> Group:
    result = controller("a").play(CHAT)
    return Group(dingtalk, controller, result["chats"]["ops"]["chat_id"])


@pytest.mark.parametrize(
    ("verify", "sent"),
    # Two runs, one by another controller, one with a new secret, and one after it.
    [(CHANGED, [1, 0, 0, 1, 0]), (ALWAYS, [1, 1, 1, 1, 1]), (NEVER, [0, 0, 0, 0, 0])],
)
def test_messages(group: Group, verify: str, sent: list[int]) -> None:
    first, other = group.robot(), group.robot(keywords=["alert"])
    robots = [(first, "a"), (first, "a"), (first, "b"), (other, "a"), (other, "a")]
    plays: list[Json] = [{"robot": robot, "by": name} for robot, name in robots]
    assert group.sent_by([{**play, "verify_robots": verify} for play in plays]) == sent


@pytest.mark.parametrize("verify", [CHANGED, ALWAYS, NEVER])
def test_check_mode_neither_sends_nor_remembers(group: Group, verify: str) -> None:
    play: Json = {"robot": group.robot(), "verify_robots": verify}
    assert group.sent_by([{**play, "check_mode": True}, play]) == [0, int(verify != NEVER)]


def test_a_recently_checked_robot_is_sent_one_message(group: Group) -> None:
    play: Json = {"robot": group.robot(), "cache_valid_time": 3600}
    plays = [{**play, "verify_robots": NEVER}, *[{**play, "verify_robots": CHANGED}] * 2]
    assert group.sent_by(plays) == [0, 1, 0]


@pytest.mark.parametrize("verify", [CHANGED, ALWAYS])
def test_a_wrong_secret_fails_until_it_is_corrected(group: Group, verify: str) -> None:
    robot = group.robot()
    wrong = {"robot": {**robot, "secret": WRONG_SECRET}, "verify_robots": verify}
    for _again in range(2):
        result = group.play(wrong)
        assert result["failed"]
        assert "The secret of the robot is wrong" in result["msg"]
        assert WRONG_SECRET not in str(result)
        assert robot["webhook"] not in str(result)
    assert group.must({**wrong, "robot": robot})["robots"]["bot"]["verified"]


def test_a_robot_whose_ip_list_lacks_the_controller_is_warned_of(group: Group) -> None:
    result = group.must({"robot": group.robot(ips=["198.51.100.0/24"]), "verify_robots": CHANGED})
    assert not result["robots"]["bot"]["verified"]
    assert any("its IP list does not contain this controller" in warning for warning in result["warnings"])


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *[(name, name) for name in (CHANGED, ALWAYS, NEVER)],
        *[(value, ALWAYS) for value in (True, "true", "True", "yes")],
        *[(value, NEVER) for value in (False, "false", "False", "no")],
        *[(value, CHANGED) for value in (None, "")],
    ],
)
def test_values(value: Any, name: str) -> None:
    errors = Errors()
    assert (read_verification(errors, value), [*errors]) == (name, [])


def test_another_value_is_an_error() -> None:
    errors = Errors("dingtalk_verify_robots")
    assert read_verification(errors, "sometimes") == NEVER
    assert list(errors) == [
        "dingtalk_verify_robots: unknown value 'sometimes'; use changed, always (or true) or never (or false)"
    ]
