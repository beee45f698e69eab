# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read chats from DingTalk by their IDs."""

from __future__ import annotations

from typing import Any

from .._core.errors import Errors
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.chats.plain import ChatGone, Chats
from .._dingtalk.validation import check_chat_id, check_strings

SPEC = dingtalk_spec().merge(
    ArgumentSpec(
        options={"chat_ids": {"type": "list", "elements": "str", "required": True}}, verbatim=frozenset({"chat_ids"})
    )
)


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    with Errors() as errors:
        at = errors.at("chat_ids")
        check_strings(at, task.params["chat_ids"])
        if not at:
            for each_at, chat_id in at.each(task.params["chat_ids"]):
                check_chat_id(each_at, chat_id)
    chats = Chats(dingtalk)
    return {"chats": [_describe(chats, chat_id) for chat_id in task.params["chat_ids"]]}


def _describe(chats: Chats, chat_id: str) -> dict[str, Any]:
    try:
        chat = chats.get(chat_id)
    except ChatGone as gone:
        return {"chat_id": chat_id, "status": "gone", "reason": gone.reason}
    known = {**chat.facts(), "open_conversation_id": chats.open_conversation_id(chat_id)}
    return {**known, "status": "normal"}


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
