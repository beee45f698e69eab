# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The robots of an inventory: looked up in their chats, added where that is possible, explained where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.keeping import KeptChat
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.manual_steps import (
    custom_robot_steps,
    enterprise_robot_steps,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robot_state import (
    RobotState,
    ensure_custom,
    ensure_enterprise,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots import Robots
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.webhook import Webhook
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.chats import WishedRobot


@dataclass
class KeptRobots:
    """What became of the robots: facts by key, and the steps that only a human can do."""

    changed: bool = False
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    manual_steps: list[dict[str, Any]] = field(default_factory=list)


def keep_robots(
    task: Task, dingtalk: DingTalk, robots: Mapping[str, WishedRobot], chats: Mapping[str, KeptChat], verify: bool
) -> KeptRobots:
    """Bring the robots in line; one whose chat is not in ``chats`` is left to the DingTalk client."""
    kept = KeptRobots()
    for key, wish in robots.items():
        chat = chats.get(wish.chat or "")
        state = _keep(task, dingtalk, wish, chat, verify) if chat else RobotState(None)
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
    name = wish.name or wish.key
    robots = Robots(dingtalk, chat.chat.open_conversation_id, title=chat.chat.name)
    if not chat.chat.open_conversation_id:  # check mode, and the chat is not there yet
        return _foreseen(wish, name, chat.chat.name)
    if wish.type == "enterprise":
        return ensure_enterprise(robots, wish.robot_code or "", task)
    webhook = None
    if wish.webhook:
        webhook = Webhook.from_url(wish.webhook, wish.secret or None, list(wish.keywords), secrets=task.secrets)
    return ensure_custom(dingtalk, robots, name, webhook, task, keywords=wish.keywords, verify=verify)


def _foreseen(wish: WishedRobot, name: str, chat: str) -> RobotState:
    if wish.type == "enterprise":
        return RobotState(False, manual_steps=enterprise_robot_steps(wish.robot_code or "", chat))
    return RobotState(False, manual_steps=[] if wish.webhook else custom_robot_steps(name, chat, wish.keywords))
