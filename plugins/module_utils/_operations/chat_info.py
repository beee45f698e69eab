# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what DingTalk knows of chats, by their IDs."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import raise_for_problems
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats import ChatGone, Chats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.checks import check_strings
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.reporting import reporting_calls
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.specs import dingtalk_spec

SPEC = dingtalk_spec().merge(ArgumentSpec(options={"chat_ids": {"type": "list", "elements": "str", "required": True}}))


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    raise_for_problems(check_strings("chat_ids", task.params["chat_ids"]))
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
