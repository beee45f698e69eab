# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chats (group conversations): read, created once, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.endpoints import (
    CHAT,
    CREATE_CHAT,
    OPEN_CONVERSATION_ID,
    SEARCH_CHATS,
    UPDATE_CHAT,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.envelope import (
    FAILED_WITHOUT_CODE,
    Envelope,
    number,
    strings,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.errors import DingTalkError, refusal

#: the options' names and DingTalk's; all take 0 or 1 (create-common-group-new-version-v2, managementOptions)
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
DISSOLVED = 2
#: codes that mean "no such chat (any more)": nothing says which one a dissolved chat gives
GONE = frozenset({"34013", "40016", "chat.notExist", "group.disbanded", "group.diaband", "groupDisbang", "400013"})


class ChatGone(OperationError):
    """The chat is dissolved, or the ID is none of this app's organisation."""

    def __init__(self, chat_id: str, reason: str) -> None:
        self.chat_id = chat_id
        self.reason = reason
        super().__init__(
            f"The chat {chat_id} is dissolved, or its ID is wrong: {reason} Correct the ID; or, to have a "
            "new chat created, give the chat another key in dingtalk_chats and no chat_id.",
            chat_id=chat_id,
        )


@dataclass(frozen=True)
class Chat:
    """A chat. ``members`` are user IDs and include the owner; ``settings`` has the keys of :data:`SETTINGS`."""

    chat_id: str
    name: str
    owner: str
    members: tuple[str, ...]
    settings: Mapping[str, int] = field(default_factory=dict)
    #: empty until it was asked for: ``chat/get`` does not tell it
    open_conversation_id: str = ""

    def facts(self) -> dict[str, Any]:
        """Return the chat for a result or a diff."""
        return {
            "chat_id": self.chat_id,
            "open_conversation_id": self.open_conversation_id,
            "name": self.name,
            "owner": self.owner,
            "members": sorted(self.members),
            "settings": dict(sorted(self.settings.items())),
        }


class Chats:
    """Reads and changes chats; every call counts against the monthly quota."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self._dingtalk = dingtalk

    def get(self, chat_id: str) -> Chat:
        """Return a chat; raises :class:`ChatGone` in whichever way DingTalk reports that it is gone."""
        try:
            answer = self._dingtalk.call(CHAT, query={"chatid": chat_id}, subject=chat_id)
        except DingTalkError as error:
            if error.codes & GONE:
                raise ChatGone(chat_id, f"DingTalk said {error.code}: {error.said}.") from error
            raise
        info = answer.get("chat_info") or {}
        if number(info.get("status"), default=1) == DISSOLVED:
            raise ChatGone(chat_id, "DingTalk reports it as disbanded.")
        return Chat(
            chat_id=chat_id,
            name=str(info.get("name") or ""),
            owner=str(info.get("owner") or ""),
            members=tuple(strings(info.get("useridlist"))),
            settings={ours: number(info[theirs]) for ours, theirs in SETTINGS.items() if theirs in info},
        )

    def open_conversation_id(self, chat_id: str) -> str:
        """Return the openConversationId of a chat, which robots are addressed by."""
        answer = self._dingtalk.call(OPEN_CONVERSATION_ID, path_params={"chatId": chat_id}, subject=chat_id)
        return str(answer.get("openConversationId") or "")

    def create_plain(self, name: str, owner: str, members: Sequence[str], settings: Mapping[str, int]) -> Chat:
        """Create a chat with one request, which is never repeated: DingTalk knows no idempotency key for it.

        The owner and as many members as one request takes are put in; compare the chat that is returned with the wish
        to add the others. An error's ``outcome_unknown`` tells whether the chat may exist all the same.
        """
        first = tuple(dict.fromkeys([owner, *members]))[:BATCH]
        body = {"name": name, "owner": owner, "useridlist": list(first), **_management_options(settings)}
        answer = self._dingtalk.call(CREATE_CHAT, body=body, subject=repr(name))
        chat_id = str(answer.get("chatid") or "")
        if not chat_id:
            # a success without an ID: the chat may well exist
            raise refusal(
                CREATE_CHAT, Envelope(200, answer, FAILED_WITHOUT_CODE, "no chatid in the answer"), repr(name)
            )
        return Chat(chat_id, name, owner, first, dict(settings), str(answer.get("openConversationId") or ""))

    def update(self, chat_id: str, change: Mapping[str, Any]) -> None:
        """Send one change; its keys are those of the endpoint, and ``settings`` for the management options."""
        fields = {key: value for key, value in change.items() if key != "settings"}
        body = {"chatid": chat_id, **fields, **_management_options(change.get("settings") or {})}
        self._dingtalk.call(UPDATE_CHAT, body=body, subject=chat_id)

    def search(self, name: str, userid: str) -> list[str]:
        """Return the openConversationIds of internal chats of a name that a user sees.

        The endpoint is known from DingTalk's SDK only; it may be refused, and finding nothing proves nothing.
        """
        body = {"searchKey": name, "userId": userid, "maxResults": 20}
        found = self._dingtalk.call(SEARCH_CHATS, body=body, subject=repr(name)).get("groupInfos") or []
        return [str(group.get("openConversationId")) for group in found if group.get("title") == name]


def _management_options(settings: Mapping[str, int]) -> dict[str, Any]:
    options = {SETTINGS[name]: int(value) for name, value in settings.items()}
    return {"managementOptions": options} if options else {}
