# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages: built by DingTalk's rules, and sent through a robot's webhook or by the app's robot."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..._core.errors import Errors, InputError
from ..api.client import DingTalk
from ..api.endpoints import SEND_TO_CHAT, SEND_TO_ROBOT
from ..validation import check_mobile, check_user_id
from .webhook import Webhook, signed_query

#: the-robot-sends-a-group-message
MAX_PARAMETERS_LENGTH = 15000
#: custom-robots-send-group-messages
MAX_MENTIONS = 50


@dataclass(frozen=True)
class Message:
    """A text, or Markdown if it has a title (shown in the list of chats)."""

    content: str
    title: str | None = None
    at_mobiles: tuple[str, ...] = ()
    at_users: tuple[str, ...] = ()
    at_all: bool = False

    def with_keyword(self, keywords: Sequence[str]) -> Message:
        """Return a message that a robot with these keywords accepts: the first one is appended if all are missing."""
        if not keywords or any(keyword in self.content for keyword in keywords):
            return self
        return self.append(keywords[0])

    def with_mentions(self) -> Message:
        """Return a message with all mentions in its text: DingTalk highlights only those."""
        names = [f"@{name}" for name in (*self.at_mobiles, *self.at_users) if f"@{name}" not in self.content]
        return self.append(" ".join(names)) if names else self

    def append(self, line: str) -> Message:
        """Return the message with an additional line (a separate paragraph in Markdown)."""
        separator = "\n" if self.title is None else "\n\n"
        return replace(self, content=f"{self.content}{separator}{line}")


def check_message(errors: Errors, message: Message) -> None:
    """Check a message."""
    if not message.content.strip():
        errors.at("content").add("empty; set the text of the message")
    if message.title is not None and not message.title.strip():
        errors.at("title").add("empty; set a title for Markdown")
    for at, number in errors.at("at_mobiles").each(message.at_mobiles):
        check_mobile(at, number)
    for at, userid in errors.at("at_users").each(message.at_users):
        check_user_id(at, userid, "at_mobiles")
    mentions = len(message.at_mobiles) + len(message.at_users)
    if mentions > MAX_MENTIONS:
        errors.at("at_mobiles, at_users").add(f"{mentions} people, DingTalk allows {MAX_MENTIONS}; mention fewer")


def robot_body(message: Message, msg_uuid: str) -> dict[str, Any]:
    """Return the request body for a custom robot."""
    body: dict[str, Any] = {"msgUuid": msg_uuid}
    if message.title is None:
        body |= {"msgtype": "text", "text": {"content": message.content}}
    else:
        body |= {"msgtype": "markdown", "markdown": {"title": message.title, "text": message.content}}
    mentions: dict[str, Any] = {"atMobiles": list(message.at_mobiles), "atUserIds": list(message.at_users)}
    given = {key: value for key, value in mentions.items() if value}
    if message.at_all:
        given["isAtAll"] = True
    return {**body, "at": given} if given else body


def send_to_robot(dingtalk: DingTalk, webhook: Webhook, message: Message, msg_uuid: str | None = None) -> str:
    """Send through a webhook, signed if it has a secret, and return the ``msgUuid``.

    DingTalk shows messages with the same ``msgUuid`` once, so the request is repeated if its outcome is unknown.
    """
    msg_uuid = msg_uuid or str(uuid.uuid4())
    query = {"access_token": webhook.token}
    if webhook.secret:
        query |= signed_query(int(dingtalk.clock.time() * 1000), webhook.secret)
    ready = message.with_mentions().with_keyword(webhook.keywords)
    dingtalk.call(SEND_TO_ROBOT, query=query, body=robot_body(ready, msg_uuid))
    return msg_uuid


def send_to_chat(dingtalk: DingTalk, open_conversation_id: str, robot_code: str, message: Message) -> str:
    """Send with the app's own robot, never repeated on an unknown outcome, and return DingTalk's message key."""
    if message.title is None:
        key, parameters = "sampleText", {"content": message.content}
    else:
        key, parameters = "sampleMarkdown", {"title": message.title, "text": message.content}
    packed = json.dumps(parameters, ensure_ascii=False)
    size = len(packed.encode())
    if size > MAX_PARAMETERS_LENGTH:
        raise InputError([f"content: {size} bytes when encoded, DingTalk allows {MAX_PARAMETERS_LENGTH}; shorten it"])
    body = {
        "msgKey": key,
        "msgParam": packed,
        "openConversationId": open_conversation_id,
        "robotCode": robot_code,
    }
    answer = dingtalk.call(SEND_TO_CHAT, body=body, subject=f"{robot_code} to the chat {open_conversation_id}")
    return str(answer.get("processQueryKey") or "")
