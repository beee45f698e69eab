# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message: through a custom robot's webhook, or to a chat as the app's robot."""

from __future__ import annotations

from typing import Any

from .._core.errors import Errors
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.robots.messages import Message, check_message, send_to_chat, send_to_robot
from .._dingtalk.robots.webhook import Webhook
from .._dingtalk.validation import check_keywords, check_secret, check_webhook

SPEC = dingtalk_spec(app_required=False).merge(
    ArgumentSpec(
        options={
            "webhook": {"type": "str", "no_log": True},
            "secret": {"type": "str", "no_log": True},
            "keywords": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "open_conversation_id": {"type": "str"},
            "robot_code": {"type": "str"},
            "msgtype": {"type": "str", "choices": ["text", "markdown"], "default": "text"},
            "title": {"type": "str"},
            "content": {"type": "str", "required": True},
            "at_mobiles": {"type": "list", "elements": "str", "default": []},
            "at_users": {"type": "list", "elements": "str", "default": []},
            "at_all": {"type": "bool", "default": False},
            "msg_uuid": {"type": "str"},
        },
        mutually_exclusive=[["webhook", "open_conversation_id"]],
        required_one_of=[["webhook", "open_conversation_id"]],
        required_together=[["open_conversation_id", "robot_code"]],
        required_if=[["msgtype", "markdown", ["title"]]],
        required_by={
            "open_conversation_id": ["app_key", "app_secret"],
            "secret": ["webhook"],
            "msg_uuid": ["webhook"],
        },
        verbatim=frozenset({"keywords", "open_conversation_id", "robot_code", "at_mobiles", "at_users", "msg_uuid"}),
    )
)


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    params = task.params
    message = Message(
        content=params["content"],
        title=params["title"] if params["msgtype"] == "markdown" else None,
        at_mobiles=tuple(params["at_mobiles"]),
        at_users=tuple(params["at_users"]),
        at_all=params["at_all"],
    )
    with Errors() as errors:
        check_message(errors, message)
        _check_target(errors, task, dingtalk)
    if task.check_mode:
        return {"changed": True, "sent": False}
    if params["webhook"]:
        webhook = Webhook.from_url(params["webhook"], params["secret"], params["keywords"], secrets=task.secrets)
        sent = {"msg_uuid": send_to_robot(dingtalk, webhook, message, params["msg_uuid"])}
    else:
        key = send_to_chat(dingtalk, params["open_conversation_id"], params["robot_code"], message)
        sent = {"process_query_key": key}
    return {"changed": True, "sent": True, **sent}


def _check_target(errors: Errors, task: Task, dingtalk: DingTalk) -> None:
    params = task.params
    if params["webhook"] is None:
        for name in ("at_mobiles", "at_users", "at_all"):
            if params[name]:
                errors.at(name).add("not supported by the app's robot; use a webhook")
        for name in ("open_conversation_id", "robot_code"):
            if not params[name]:
                errors.at(name).add("empty; set it, or a webhook")
        return
    check_webhook(errors.at("webhook"), params["webhook"], dingtalk.legacy_api_url)
    check_keywords(errors.at("keywords"), params["keywords"])
    if params["secret"] is not None:
        check_secret(errors.at("secret"), params["secret"])


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
