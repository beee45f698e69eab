# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcile the robots of an inventory: look them up in their chats, add them or return the manual steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._core.task import Task
from .._desired.chats import DesiredRobot
from .._desired.robot_verification import ALWAYS, CHANGED
from .._dingtalk.advice.lookup import find_row
from .._dingtalk.advice.manual_steps import custom_robot_steps, enterprise_robot_steps
from .._dingtalk.advice.table import NOT_ON_IP_LIST
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.errors import DingTalkError
from .._dingtalk.chats.reconcile import ReconciledChat
from .._dingtalk.robots.ensure import (
    TEST_MESSAGE,
    RobotState,
    ensure_custom,
    ensure_enterprise,
    evaluate_custom,
)
from .._dingtalk.robots.messages import Message, send_to_robot
from .._dingtalk.robots.robots import Robots
from .._dingtalk.robots.webhook import Webhook
from .._dingtalk.state.check_cache import RETENTION, ROBOTS, WEBHOOKS
from .._findings.finding import cited


@dataclass(frozen=True)
class ReconciledRobot:
    """A robot after the task. ``chat``: the name of its chat, empty if it is managed in the DingTalk client only."""

    desired: DesiredRobot
    state: RobotState
    chat: str

    def facts(self) -> dict[str, Any]:
        """Return the robot for a result."""
        return {
            "found": self.state.found,
            "added": self.state.added,
            "verified": self.state.verified,
            "ready": bool(self.desired.webhook) or bool(self.state.found and self.desired.type == "enterprise"),
        }


def reconcile_robots(
    task: Task,
    dingtalk: DingTalk,
    robots: Mapping[str, DesiredRobot],
    chats: Mapping[str, ReconciledChat],
    verify: str,
) -> Iterator[tuple[str, ReconciledRobot]]:
    """Reconcile the robots and yield key and robot, one after another.

    Those whose chat is not in ``chats`` are managed in the DingTalk client only.
    ``verify``: which custom robots get a test message, see ``_desired/robot_verification.py``.
    """
    for key, desired in robots.items():
        chat = chats.get(desired.chat or "")
        state = _reconcile_in_chat(task, dingtalk, desired, chat, verify == ALWAYS) if chat else RobotState(None)
        if verify == CHANGED and not task.check_mode:
            state = _verify_once(task, dingtalk, desired, state)
        yield key, ReconciledRobot(desired, state, chat.chat.name if chat else "")


def manual_steps(robots: Mapping[str, ReconciledRobot]) -> list[dict[str, Any]]:
    """Return what people have to do in the DingTalk client, for a result."""
    return [
        {"robot": key, "chat": robot.chat, "steps": robot.state.manual_steps}
        for key, robot in robots.items()
        if robot.state.manual_steps
    ]


def _reconcile_in_chat(
    task: Task, dingtalk: DingTalk, desired: DesiredRobot, chat: ReconciledChat, verify: bool
) -> RobotState:
    robots = Robots(dingtalk, chat.chat.open_conversation_id, title=chat.chat.name)
    if not chat.chat.open_conversation_id:  # check mode, and the chat does not exist yet
        return _predicted(desired, _name(desired), chat.chat.name)
    return reconcile_robot(task, dingtalk, desired, robots, verify)


def reconcile_robot(task: Task, dingtalk: DingTalk, desired: DesiredRobot, robots: Robots, verify: bool) -> RobotState:
    """Reconcile one robot, without a call if the same desired state was checked recently."""
    check_cache = dingtalk.check_cache
    digest = check_cache.digest("robot", robots.chat, desired, verify)
    if checked := check_cache.get(ROBOTS, desired.key, digest):
        return _from_cache(task, desired, robots, checked.get("found"))
    state = _ensure(task, dingtalk, desired, robots, verify)
    # What check mode predicts was not checked: the real run has to do it.
    if not (task.check_mode and (state.added or verify)):
        check_cache.put(ROBOTS, desired.key, desired_digest=digest, found=state.found)
    return state


def _verify_once(task: Task, dingtalk: DingTalk, desired: DesiredRobot, state: RobotState) -> RobotState:
    """Send a test message through a webhook that, with its signing secret, has not accepted one yet.

    A robot whose IP list lacks the controller is none that DingTalk refuses to the clusters.
    """
    webhook = _webhook(task, desired)
    if desired.type != "custom" or webhook is None:
        return state
    cache = dingtalk.check_cache
    digest = cache.digest("webhook", desired.webhook, desired.secret)
    if not cache.get(WEBHOOKS, desired.key, digest, max_age=RETENTION):
        try:
            send_to_robot(dingtalk, webhook, Message(TEST_MESSAGE))
        except DingTalkError as error:
            if find_row(error.code, error.dingtalk_message) is not NOT_ON_IP_LIST:
                raise
            text = (
                f"Whether the robot {desired.key} accepts messages is not known, as its IP list does not contain this "
                f"controller. The playbook verify sends one from a cluster. {error.message}"
            )
            task.warn(cited(text, "KD233"))
            return state
        state = replace(state, verified=True)
    cache.put(WEBHOOKS, desired.key, desired_digest=digest)
    return state


def _ensure(task: Task, dingtalk: DingTalk, desired: DesiredRobot, robots: Robots, verify: bool) -> RobotState:
    if desired.type == "enterprise":
        return ensure_enterprise(robots, desired.robot_code or "", task)
    return ensure_custom(
        dingtalk, robots, _name(desired), _webhook(task, desired), task, keywords=desired.keywords, verify=verify
    )


def _from_cache(task: Task, desired: DesiredRobot, robots: Robots, found: bool | None) -> RobotState:
    """Return the state that follows from the last check."""
    if desired.type == "custom":
        return evaluate_custom(
            RobotState(found), robots, _name(desired), _webhook(task, desired), task, desired.keywords
        )
    steps = [] if found else enterprise_robot_steps(desired.robot_code or "", robots.title)
    return RobotState(found, manual_steps=steps)


def _webhook(task: Task, desired: DesiredRobot) -> Webhook | None:
    if not desired.webhook:
        return None
    return Webhook.from_url(desired.webhook, desired.secret or None, list(desired.keywords), secrets=task.secrets)


def _name(desired: DesiredRobot) -> str:
    return desired.name or desired.key


def _predicted(desired: DesiredRobot, name: str, chat: str) -> RobotState:
    if desired.type == "enterprise":
        return RobotState(False, manual_steps=enterprise_robot_steps(desired.robot_code or "", chat))
    return RobotState(False, manual_steps=[] if desired.webhook else custom_robot_steps(name, chat, desired.keywords))
