# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain chats (group conversations): read and update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.errors import OperationError
from ..api.client import DingTalk
from ..api.endpoints import CHAT, OPEN_CONVERSATION_ID, SEARCH_CHATS, UPDATE_CHAT
from ..api.errors import DingTalkError, refusal
from ..api.ids import as_received, excerpt, usable_id
from ..api.response import Envelope, mappings, number, strings
from .chat import Chat

#: option -> DingTalk's name; all take 0 or 1 (create-common-group-new-version-v2, managementOptions)
SETTINGS = {
    "mention_all_authority": "mentionAllAuthority",
    "show_history_type": "showHistoryType",
    "validation_type": "validationType",
    "searchable": "searchable",
    "chat_banned_type": "chatBannedType",
    "management_type": "managementType",
}
#: DingTalk's limit for members in one request
BATCH = 40
#: DingTalk's limit for members of a chat
CAPACITY = 1000
DISSOLVED = 2
#: What messages say of a chat whose key in ``dingtalk_chats`` is not known.
ANY_KEY = "KEY"
#: the code of the collection for an answer without an ID
NO_ID = "no usable openConversationId in the answer"
#: error code of chat/get for a chat that another app created
OTHER_APP = "43007"
#: error codes for a missing or dissolved chat; DingTalk does not document which one a dissolved chat has
GONE = frozenset({"34013", "40016", "chat.notExist", "group.disbanded", "group.diaband", "groupDisbang", "400013"})


class ChatGone(OperationError):
    """The chat is dissolved, or its ID does not exist in the app's organisation. ``key``: in ``dingtalk_chats``."""

    def __init__(self, chat_id: str, reason: str, key: str = ANY_KEY) -> None:
        self.chat_id = chat_id
        self.reason = reason
        super().__init__(
            f"The chat {chat_id} is dissolved, or its ID is wrong: {reason} Correct the ID; or, to replace the chat, "
            "remove chat_id from dingtalk_chats and run playbook kubesphere.dingtalk.chats with "
            f"-e dingtalk_recreate_chats={key}.",
            finding="KD253",
            chat_id=chat_id,
        )


class Chats:
    """Reads and changes chats; every call counts against the monthly quota."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self._dingtalk = dingtalk

    def get(self, chat_id: str, key: str = ANY_KEY) -> Chat:
        """Return a chat; raises :class:`ChatGone` however DingTalk reports that it is gone."""
        try:
            answer = self._dingtalk.call(CHAT, query={"chatid": chat_id}, subject=chat_id)
        except DingTalkError as error:
            if error.codes & GONE:
                reason = f"DingTalk returned {error.code}: {error.dingtalk_message}."
                raise ChatGone(chat_id, reason, key) from error
            raise
        info = answer.get("chat_info")
        if not isinstance(info, dict) or not info:
            # Taken for an empty chat, it would get all members and another name.
            raise refusal(CHAT, Envelope(200, answer, "no chat_info in the answer"), subject=chat_id)
        if number(info.get("status"), default=1) == DISSOLVED:
            raise ChatGone(chat_id, "DingTalk reports it as disbanded.", key)
        return Chat(
            chat_id=chat_id,
            name=str(info.get("name") or ""),
            owner=str(info.get("owner") or ""),
            members=tuple(strings(info.get("useridlist"))),
            settings={option: number(info[name]) for option, name in SETTINGS.items() if name in info},
            icon=str(info.get("icon") or ""),
        )

    def open_conversation_id(self, chat_id: str) -> str:
        """Return the openConversationId of a chat, by which robots address it."""
        answer = self._dingtalk.call(OPEN_CONVERSATION_ID, path_params={"chatId": chat_id}, subject=chat_id)
        conversation = usable_id(answer.get("openConversationId"))
        if not conversation:
            received = excerpt(as_received(answer))
            raise refusal(OPEN_CONVERSATION_ID, Envelope(200, answer, NO_ID, received), subject=chat_id)
        return conversation

    def update(self, chat_id: str, change: Mapping[str, Any]) -> None:
        """Send one change; its keys are those of the endpoint, with ``settings`` for the management options."""
        fields = {key: value for key, value in change.items() if key != "settings"}
        body = {"chatid": chat_id, **fields, **management_options(change.get("settings") or {})}
        self._dingtalk.call(UPDATE_CHAT, body=body, subject=chat_id)

    def search(self, name: str, userid: str) -> list[str]:
        """Return the openConversationIds of the internal chats with this name that a user can see.

        The endpoint is known from DingTalk's SDK only; it may be refused, and an empty result proves nothing.
        """
        body = {"searchKey": name, "userId": userid, "maxResults": 20}
        found = mappings(self._dingtalk.call(SEARCH_CHATS, body=body, subject=repr(name)).get("groupInfos"))
        named = [group.get("openConversationId") for group in found if group.get("title") == name]
        return [usable_id(conversation) or excerpt(as_received(conversation)) for conversation in named]


def management_options(settings: Mapping[str, int]) -> dict[str, Any]:
    """Return settings as a part of a request; empty without any."""
    options = {SETTINGS[name]: int(value) for name, value in settings.items()}
    return {"managementOptions": options} if options else {}
