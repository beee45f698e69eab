# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensure that a robot is in a chat, as far as DingTalk's API allows it."""

from __future__ import annotations

from typing import Any

from .._core.errors import Errors
from .._core.printable import check_line
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._desired.chats import DesiredRobot
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.chats.plain import Chats
from .._dingtalk.robots.robots import Robots
from .._dingtalk.state.check_cache import CONVERSATIONS
from .._dingtalk.validation import check_keywords, check_secret, check_webhook
from .._fleet.reconcile_robots import reconcile_robot

SPEC = dingtalk_spec().merge(
    ArgumentSpec(
        options={
            "chat_id": {"type": "str"},
            "open_conversation_id": {"type": "str"},
            "type": {"type": "str", "choices": ["custom", "enterprise"], "default": "custom"},
            "name": {"type": "str"},
            "webhook": {"type": "str", "no_log": True},
            "secret": {"type": "str", "no_log": True},
            "keywords": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "robot_code": {"type": "str"},
            "verify": {"type": "bool", "default": False},
        },
        mutually_exclusive=[["chat_id", "open_conversation_id"], ["webhook", "robot_code"]],
        required_one_of=[["chat_id", "open_conversation_id"]],
        required_if=[["type", "custom", ["name"]], ["type", "enterprise", ["robot_code"]]],
        required_by={"secret": ["webhook"]},
        verbatim=frozenset({"chat_id", "open_conversation_id", "name", "keywords", "robot_code"}),
    )
)


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    params = task.params
    with Errors() as errors:
        _check(errors, task, dingtalk)
    chat = params["open_conversation_id"] or _conversation(dingtalk, params["chat_id"])
    desired = DesiredRobot(
        key=f"{chat} {params['robot_code'] or params['name']}",
        chat=chat,
        name=params["name"],
        type=params["type"],
        webhook=params["webhook"] or "",
        secret=params["secret"] or "",
        keywords=tuple(params["keywords"]),
        robot_code=params["robot_code"],
    )
    state = reconcile_robot(task, dingtalk, desired, Robots(dingtalk, chat), params["verify"])
    return {"open_conversation_id": chat, **state.facts()}


def _conversation(dingtalk: DingTalk, chat_id: str) -> str:
    """Return a chat's openConversationId, which never changes."""
    if known := dingtalk.check_cache.get(CONVERSATIONS, chat_id):
        return str(known["open_conversation_id"])
    conversation = Chats(dingtalk).open_conversation_id(chat_id)
    dingtalk.check_cache.put(CONVERSATIONS, chat_id, open_conversation_id=conversation)
    return conversation


def _check(errors: Errors, task: Task, dingtalk: DingTalk) -> None:
    params = task.params
    check_keywords(errors.at("keywords"), params["keywords"])
    check_line(errors.at("name"), params["name"] or "")
    if not params["chat_id"] and not params["open_conversation_id"]:
        errors.at("chat_id, open_conversation_id").add("empty; set the ID of a chat")
    if params["webhook"] is not None:
        check_webhook(errors.at("webhook"), params["webhook"], dingtalk.legacy_api_url)
    if params["secret"] is not None:
        check_secret(errors.at("secret"), params["secret"])
    if params["verify"] and params["type"] == "enterprise":
        errors.at("verify").add("supported by custom robots only; send a message as the app's robot instead")


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
