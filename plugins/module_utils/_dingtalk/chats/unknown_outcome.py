# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A creation of which nobody knows whether it made a chat: what to look for, what a search shows, the two ways on."""

from __future__ import annotations

from collections.abc import Container

from ..._core.clock import moment
from ..._core.errors import OperationError
from ..api.errors import DingTalkError
from ..registry.entry import Intent
from .plain import Chats


def unknown_outcome(key: str, intent: Intent, cause: DingTalkError | None = None) -> OperationError:
    """Return the error for an intent without an answer; ``cause`` is what this run met when it sent the request."""
    when = moment(intent.time)
    dingtalk_message = f"{cause.message} " if cause else ""
    if intent.template_id:
        again = (
            "With its uuid it is sent again within ten minutes of that time, as DingTalk may have forgotten the uuid "
            "later: run again before that."
        )
    else:
        again = "It is not sent again by itself, as that might make a second chat."
    found = f"{intent.search_result} " if intent.search_result else ""
    return OperationError(
        f"dingtalk_chats.{key}: nobody knows whether the chat {intent.name!r} (owner {intent.owner}) was created: "
        f"{intent.controller} sent the request at {when} and no answer was stored. {dingtalk_message}{again} {found}"
        "Look in the DingTalk client of the owner for a chat of this name and time. Found: ask for its chat ID, and "
        "adopt it by playbook kubesphere.dingtalk.chats with "
        f'-e \'{{"dingtalk_adopt_chats": {{"{key}": "chat.."}}}}\', or give it as dingtalk_chats.{key}.chat_id. '
        f"Not found, and no run that may still send it is alive on {intent.controller}: run playbook "
        f"kubesphere.dingtalk.chats with -e dingtalk_forget_intents={key}.",
        unknown_chat={
            "chat": key,
            "name": intent.name,
            "owner": intent.owner,
            "time": when,
            "controller": intent.controller,
            "search": intent.search_result,
        },
    )


def search(chats: Chats, intent: Intent, known: Container[str], now: float) -> str:
    """Return what a search for the chat shows, in words; never raises.

    ``known`` are the openConversationIds of chats that are accounted for. No search tells a chat ID.
    """
    at = f"A search as user {intent.owner} at {moment(now)}"
    try:
        found = [chat for chat in chats.search(intent.name, intent.owner) if chat not in known]
    except DingTalkError as error:
        return f"Whether it is there could not be searched, which the app may not be allowed to: {error.message}"
    if not found:
        return f"{at} showed no other chat of this name, which proves nothing."
    count = "1 chat" if len(found) == 1 else f"{len(found)} chats"
    return f"{at} showed {count} of this name (openConversationId {', '.join(found)}); it tells no chat ID."
