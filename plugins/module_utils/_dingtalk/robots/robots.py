# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Robots in a chat: list, find, add."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..api.client import DingTalk
from ..api.endpoints import ADD_ROBOT, CHAT_ROBOTS
from ..api.response import mappings, number, truth

#: openRobotType of obtain-the-list-of-robots-in-the-group; custom robots are listed as 1
KINDS = {1: "template_or_custom", 2: "enterprise", 3: "third_party", 4: "scene_group"}
CUSTOM, ENTERPRISE = 1, 2


@dataclass(frozen=True)
class Robot:
    """A robot as listed; neither webhook nor secret can be read from DingTalk."""

    name: str
    robot_code: str
    kind: str

    def facts(self) -> dict[str, Any]:
        """Return the robot for a result."""
        return asdict(self)


class Robots:
    """The robots of one chat; every call counts against the monthly quota."""

    def __init__(self, dingtalk: DingTalk, open_conversation_id: str, title: str = "") -> None:
        """``title``: the chat's name, for manual steps."""
        self._dingtalk = dingtalk
        self.chat = open_conversation_id
        self.title = title or open_conversation_id

    def list(self) -> list[Robot]:
        """Return the robots that DingTalk lists."""
        answer = self._dingtalk.call(CHAT_ROBOTS, body={"openConversationId": self.chat}, subject=self.chat)
        return [_robot(entry) for entry in mappings(answer.get("chatbotInstanceVOList"))]

    def add(self, robot_code: str) -> bool:
        """Add an enterprise robot of the organisation; return whether DingTalk confirms it.

        The endpoint is known from DingTalk's SDK only, so an app may be refused.
        """
        body = {"openConversationId": self.chat, "robotCode": robot_code}
        answer = self._dingtalk.call(ADD_ROBOT, body=body, subject=robot_code)
        return truth(answer.get("result"), default=True)


def find_custom(robots: list[Robot], name: str) -> Robot | None:
    """Return the custom robot with this name: operators have no access to the code of a custom robot."""
    return next((robot for robot in robots if robot.kind == KINDS[CUSTOM] and robot.name == name), None)


def find_enterprise(robots: list[Robot], robot_code: str) -> Robot | None:
    """Return the robot with this code."""
    return next((robot for robot in robots if robot.robot_code == robot_code), None)


def _robot(entry: dict[str, Any]) -> Robot:
    kind = number(entry.get("openRobotType"))
    return Robot(
        name=str(entry.get("name") or ""),
        robot_code=str(entry.get("robotCode") or ""),
        kind=KINDS.get(kind, f"type_{kind}"),
    )
