# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chat creation of unknown outcome: its error with the operator's two options, and a search for the chat."""

from __future__ import annotations

from collections.abc import Container

from ..._core.clock import moment
from ..._core.errors import OperationError
from ..api.errors import DingTalkError
from ..registry.entry import Intent
from .plain import Chats


def unknown_outcome(key: str, intent: Intent, cause: DingTalkError | None = None) -> OperationError:
    """Return the error for an intent without an answer; ``cause`` is the error of the request that this run sent."""
    when = moment(intent.time)
    reason = f"{cause.message} " if cause else ""
    if intent.received:
        retry = f"DingTalk's answer was {intent.received}."
    elif intent.template_id:
        retry = (
            "Run again within ten minutes of that time: the request is then repeated with the same uuid, which "
            "DingTalk may forget later."
        )
    else:
        retry = "It is not retried automatically, because that could create a second chat."
    found = f"{intent.search_result} " if intent.search_result else ""
    return OperationError(
        f"dingtalk_chats.{key}: it is unknown whether the chat {intent.name!r} (owner {intent.owner}) was created: "
        f"{intent.controller} sent the request at {when} and no answer with a chat ID was stored. {reason}{retry} "
        f"{found}Look for a chat with this name and creation time in the owner's DingTalk client. If it exists, obtain "
        "its chat ID and adopt it by running playbook kubesphere.dingtalk.chats with "
        f'-e \'{{"dingtalk_adopt_chats": {{"{key}": "chat.."}}}}\', or set it as dingtalk_chats.{key}.chat_id. '
        f"{_without_chat(key, intent)}",
        finding="KD242",
        unknown_chat={
            "chat": key,
            "name": intent.name,
            "owner": intent.owner,
            "time": when,
            "controller": intent.controller,
            "search": intent.search_result,
            "received": intent.received,
        },
    )


def _without_chat(key: str, intent: Intent) -> str:
    """Return the advice for the case that no chat is found; DingTalk's answer to a creation is proof that there is."""
    if intent.received:
        return (
            "The answer shows that DingTalk created it: another attempt would create a second chat. If no one finds "
            "it, open a ticket with DingTalk."
        )
    return (
        f"If it does not exist, and no run on {intent.controller} can still send the request, run playbook "
        f"kubesphere.dingtalk.chats with -e dingtalk_forget_intents={key}."
    )


def search(chats: Chats, intent: Intent, known: Container[str], now: float) -> str:
    """Return the result of a search for the chat as text; never raises.

    ``known``: openConversationIds of registered chats. A search does not return chat IDs.
    """
    at = f"A search as user {intent.owner} at {moment(now)}"
    try:
        found = [chat for chat in chats.search(intent.name, intent.owner) if chat not in known]
    except DingTalkError as error:
        return f"A search for the chat failed; the app may not be allowed to search: {error.message}"
    if not found:
        return f"{at} found no other chat with this name, which proves nothing."
    count = "1 chat" if len(found) == 1 else f"{len(found)} chats"
    return f"{at} found {count} with this name (openConversationId {', '.join(found)}); it returns no chat IDs."
