# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message: through a custom robot's webhook, or to a chat as the app's robot."""

from __future__ import annotations

from typing import Any

from .._core.errors import raise_for_errors
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
    raise_for_errors([*check_message(message), *_check_target(task, dingtalk)])
    if task.check_mode:
        return {"changed": True, "sent": False}
    if params["webhook"]:
        webhook = Webhook.from_url(params["webhook"], params["secret"], params["keywords"], secrets=task.secrets)
        sent = {"msg_uuid": send_to_robot(dingtalk, webhook, message, params["msg_uuid"])}
    else:
        key = send_to_chat(dingtalk, params["open_conversation_id"], params["robot_code"], message)
        sent = {"process_query_key": key}
    return {"changed": True, "sent": True, **sent}


def _check_target(task: Task, dingtalk: DingTalk) -> list[str]:
    params = task.params
    if params["webhook"] is None:
        mentions = [name for name in ("at_mobiles", "at_users", "at_all") if params[name]]
        errors = [f"{name}: not supported by the app's robot; use a webhook" for name in mentions]
        missing = [name for name in ("open_conversation_id", "robot_code") if not params[name]]
        return errors + [f"{name}: empty; set it, or a webhook" for name in missing]
    errors = check_webhook("webhook", params["webhook"], dingtalk.legacy_api_url)
    errors += check_keywords("keywords", params["keywords"])
    return errors if params["secret"] is None else errors + check_secret("secret", params["secret"])


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
