# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensure a robot in a chat: look it up, add it if DingTalk allows that, or return the manual steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..._core.task import Task
from ..._findings.finding import cited
from ..advice.manual_steps import custom_robot_steps, enterprise_robot_steps
from ..api.client import DingTalk
from ..api.errors import SCOPE_MISSING, DingTalkError
from .messages import Message, send_to_robot
from .robots import Robot, Robots, find_custom, find_enterprise
from .webhook import Webhook

TEST_MESSAGE = "kubesphere.dingtalk: this robot can send messages to this chat."


@dataclass(frozen=True)
class RobotState:
    """The state of a robot; ``found`` is None when DingTalk refused to list the robots."""

    found: bool | None
    robots: list[Robot] = field(default_factory=list)
    added: bool = False
    verified: bool = False
    manual_steps: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Return the state for a result; a test message does not count as a change."""
        robots = [robot.facts() for robot in self.robots]
        return {
            "changed": self.added,
            "found": self.found,
            "robots": robots,
            "verified": self.verified,
            "manual_steps": self.manual_steps,
        }


def ensure_custom(
    dingtalk: DingTalk,
    robots: Robots,
    name: str,
    webhook: Webhook | None,
    task: Task,
    *,
    keywords: Sequence[str] = (),
    verify: bool = False,
) -> RobotState:
    """Look up a custom robot; without a webhook, return the manual steps; ``verify`` sends a test message."""
    found = _look_up_custom(robots, name, webhook, task)
    state = evaluate_custom(found, robots, name, webhook, task, keywords)
    if webhook is None or not verify or task.check_mode:
        return state
    send_to_robot(dingtalk, webhook, Message(TEST_MESSAGE))
    return replace(state, verified=True)


def evaluate_custom(
    state: RobotState, robots: Robots, name: str, webhook: Webhook | None, task: Task, keywords: Sequence[str]
) -> RobotState:
    """Return the state with manual steps, or warn, for a custom robot looked up now or from the cache."""
    if webhook is None:
        steps = custom_robot_steps(name, robots.title, keywords, exists=bool(state.found))
        return replace(state, manual_steps=steps)
    if state.found is False:
        task.warn(
            cited(
                f"DingTalk does not list a custom robot named {name!r} in the chat {robots.title}. Check the name in "
                "the DingTalk client if no message arrives.",
                "KD250",
            )
        )
    return state


def ensure_enterprise(robots: Robots, robot_code: str, task: Task) -> RobotState:
    """Add the app's robot unless it is present; if DingTalk refuses, return the manual steps."""
    listed = robots.list()
    if find_enterprise(listed, robot_code):
        return RobotState(True, listed)
    if task.check_mode:
        return RobotState(False, listed, added=True)
    try:
        robots.add(robot_code)
    except DingTalkError as error:
        if error.concerns_app:
            raise
        return _refused(robots, robot_code, task, error)
    listed = robots.list()
    found = find_enterprise(listed, robot_code) is not None
    if not found:
        task.warn(
            cited(
                f"DingTalk accepted the robot {robot_code}, but does not list it in the chat {robots.title}.", "KD250"
            )
        )
    return RobotState(found, listed, added=True)


def _look_up_custom(robots: Robots, name: str, webhook: Webhook | None, task: Task) -> RobotState:
    try:
        listed = robots.list()
    except DingTalkError as error:
        # a webhook works without the list, which DingTalk documents for chats with a template only
        if error.concerns_app or (webhook is None and error.codes & SCOPE_MISSING):
            raise
        task.warn(cited(f"It is unknown whether the robot {name!r} is in the chat. {error.message}", error.finding))
        return RobotState(None)
    return RobotState(find_custom(listed, name) is not None, listed)


def _refused(robots: Robots, robot_code: str, task: Task, error: DingTalkError) -> RobotState:
    listed = robots.list()
    if error.outcome_unknown and find_enterprise(listed, robot_code):
        return RobotState(True, listed, added=True)
    task.warn(cited(f"{error.message} Until then, add the robot manually.", error.finding))
    return RobotState(False, listed, manual_steps=enterprise_robot_steps(robot_code, robots.title))
