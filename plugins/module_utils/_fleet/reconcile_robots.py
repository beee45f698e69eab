# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The robots of an inventory: looked up in their chats, added where that is possible, explained where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.task import Task
from .._desired.chats import WishedRobot
from .._dingtalk.advice.manual_steps import custom_robot_steps, enterprise_robot_steps
from .._dingtalk.api.client import DingTalk
from .._dingtalk.chats.reconcile import KeptChat
from .._dingtalk.robots.ensure import RobotState, ensure_custom, ensure_enterprise, judge_custom
from .._dingtalk.robots.robots import Robots
from .._dingtalk.robots.webhook import Webhook
from .._dingtalk.state.check_cache import ROBOTS


@dataclass
class KeptRobots:
    """What became of the robots: facts by key, and the steps that only a human can do."""

    changed: bool = False
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    manual_steps: list[dict[str, Any]] = field(default_factory=list)


def keep_robots(
    task: Task,
    dingtalk: DingTalk,
    robots: Mapping[str, WishedRobot],
    chats: Mapping[str, KeptChat],
    verify: bool,
    left: set[str],
) -> KeptRobots:
    """Bring the robots in line; one whose chat is not in ``chats`` is left to the DingTalk client.

    The keys of robots that are done are taken out of ``left``.
    """
    kept = KeptRobots()
    for key, wish in robots.items():
        chat = chats.get(wish.chat or "")
        state = _keep(task, dingtalk, wish, chat, verify) if chat else RobotState(None)
        left.discard(key)
        kept.changed = kept.changed or state.added
        kept.facts[key] = {
            "found": state.found,
            "added": state.added,
            "verified": state.verified,
            "ready": bool(wish.webhook) or bool(state.found and wish.type == "enterprise"),
        }
        if state.manual_steps:
            name = chat.chat.name if chat else ""
            kept.manual_steps.append({"robot": key, "chat": name, "steps": state.manual_steps})
    return kept


def _keep(task: Task, dingtalk: DingTalk, wish: WishedRobot, chat: KeptChat, verify: bool) -> RobotState:
    robots = Robots(dingtalk, chat.chat.open_conversation_id, title=chat.chat.name)
    if not chat.chat.open_conversation_id:  # check mode, and the chat is not there yet
        return _foreseen(wish, _name(wish), chat.chat.name)
    return keep_robot(task, dingtalk, wish, robots, verify)


def keep_robot(task: Task, dingtalk: DingTalk, wish: WishedRobot, robots: Robots, verify: bool) -> RobotState:
    """Bring one robot in line, without a call if it was checked lately and the same was wished."""
    memory = dingtalk.memory
    digest = memory.digest("robot", robots.chat, wish, verify)
    if checked := memory.recall(ROBOTS, wish.key, digest):
        return _unasked(task, wish, robots, checked.get("found"))
    state = _ask(task, dingtalk, wish, robots, verify)
    if not (task.check_mode and (state.added or verify)):
        memory.note(ROBOTS, wish.key, wish=digest, found=state.found)
    return state


def _ask(task: Task, dingtalk: DingTalk, wish: WishedRobot, robots: Robots, verify: bool) -> RobotState:
    if wish.type == "enterprise":
        return ensure_enterprise(robots, wish.robot_code or "", task)
    return ensure_custom(
        dingtalk, robots, _name(wish), _webhook(task, wish), task, keywords=wish.keywords, verify=verify
    )


def _unasked(task: Task, wish: WishedRobot, robots: Robots, found: bool | None) -> RobotState:
    """Return what follows from the last look into the chat."""
    if wish.type == "custom":
        return judge_custom(RobotState(found), robots, _name(wish), _webhook(task, wish), task, wish.keywords)
    steps = [] if found else enterprise_robot_steps(wish.robot_code or "", robots.title)
    return RobotState(found, manual_steps=steps)


def _webhook(task: Task, wish: WishedRobot) -> Webhook | None:
    if not wish.webhook:
        return None
    return Webhook.from_url(wish.webhook, wish.secret or None, list(wish.keywords), secrets=task.secrets)


def _name(wish: WishedRobot) -> str:
    return wish.name or wish.key


def _foreseen(wish: WishedRobot, name: str, chat: str) -> RobotState:
    if wish.type == "enterprise":
        return RobotState(False, manual_steps=enterprise_robot_steps(wish.robot_code or "", chat))
    return RobotState(False, manual_steps=[] if wish.webhook else custom_robot_steps(name, chat, wish.keywords))
