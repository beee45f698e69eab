# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One chat from wish to fact: its ID found or made, then its name, owner, members and settings brought in line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.clock import Clock
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk import journal as journal_events
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats import Chat, ChatGone, Chats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.creation import Creation, NewChat
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.differences import (
    ChatWish,
    Difference,
    apply_difference,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.errors import DingTalkError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.journal import Journal
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry import Registered, Registry

#: What chat/get says of a chat that another app made.
OTHER_APP = "43007"


@dataclass(frozen=True)
class KeptChat:
    """A chat as it is after the task, or, in check mode, as it would be. ``before`` is empty for a new one."""

    chat: Chat
    created: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Tell whether the chat differs from what it was."""
        return self.created or dict(self.before) != self.chat.facts()


class Keeper:
    """Keeps the chats of one app. ``registry`` is None when there is none, ``why_not`` says why."""

    def __init__(
        self,
        dingtalk: DingTalk,
        journal: Journal,
        registry: Registry | None,
        why_not: str,
        timeout: float,
        check_mode: bool,
        warn: Callable[[str], None],
    ) -> None:
        self._chats = Chats(dingtalk)
        self._journal = journal
        self._registry = registry
        self._why_not = why_not
        self._timeout = timeout
        self._check_mode = check_mode
        self._warn = warn
        self._identity = (dingtalk.api_url, dingtalk.app_key)
        self._clock: Clock = dingtalk.clock
        self._registered = registry.chats() if registry else {}

    def find(self, key: str, given: str | None) -> Registered | None:
        """Return what is known of a chat's IDs: from the inventory, the registry or the journal, in this order."""
        known = self._registered.get(key, Registered())
        if given:
            return self._record_given(key, given, known)
        if known.intent and not known.chat_id:
            known = self._recover(key, known)
        if known.chat_id:
            return known
        return self._from_journal(key)

    def adopt(self, key: str, name: str, chat_id: str) -> Registered:
        """Record an ID that was found elsewhere."""
        adopted = Registered(1, name, chat_id, self._chats.open_conversation_id(chat_id))
        self._store(key, adopted)
        return adopted

    def named(self, name: str, chat_ids: list[str]) -> str | None:
        """Return the first of several chat IDs whose chat has this name."""
        for chat_id in chat_ids:
            try:
                if self._chats.get(chat_id).name == name:
                    return chat_id
            except ChatGone:
                continue
            except DingTalkError as error:
                # Another app's chat is not the one that is looked for; any other trouble means that nobody knows.
                if OTHER_APP not in error.codes:
                    raise
        return None

    def create(self, wish: NewChat) -> KeptChat:
        """Create a chat, once; in check mode return it with a placeholder for its ID."""
        wished = ChatWish(wish.name, wish.owner, wish.members, wish.settings)
        if self._check_mode:
            members = tuple(dict.fromkeys([wish.owner, *wish.members]))
            return KeptChat(Chat(placeholder(wish.key), wish.name, wish.owner, members, dict(wish.settings)), True)
        if self._registry is None:
            raise OperationError(f"dingtalk_chats.{wish.key}: the chat is not created. {self._why_not}")
        ids = self._creation().create(wish)
        kept = self.reconcile(wish.key, ids, wished)
        # Only what was wished, as check mode foretold: the rest is DingTalk's own choice.
        settings = {name: kept.chat.settings.get(name, value) for name, value in wish.settings.items()}
        return KeptChat(replace(kept.chat, settings=settings), created=True)

    def reconcile(self, key: str, known: Registered, wish: ChatWish, purge: bool = False) -> KeptChat:
        """Bring an existing chat in line with the wish; in check mode predict it."""
        chat = replace(self._chats.get(known.chat_id), open_conversation_id=self._conversation(key, known))
        difference = Difference.between(wish, chat, purge)
        if difference and not self._check_mode:
            return KeptChat(apply_difference(self._chats, chat, difference), before=chat.facts())
        return KeptChat(difference.predict(chat), before=chat.facts())

    def _conversation(self, key: str, known: Registered) -> str:
        if known.open_conversation_id:
            return known.open_conversation_id
        conversation = self._chats.open_conversation_id(known.chat_id)
        self._store(key, replace(known, open_conversation_id=conversation))
        return conversation

    def _record_given(self, key: str, given: str, known: Registered) -> Registered:
        if known.chat_id and known.chat_id != given:
            raise OperationError(
                f"dingtalk_chats.{key}.chat_id is {given}, but the registry says {known.chat_id}. Nothing was changed. "
                "Remove chat_id from the inventory to use the registry's chat; or, to use the one in the inventory, "
                "give it another key in dingtalk_chats."
            )
        if known.chat_id:
            return known
        return replace(known, chat_id=given, intent=None)

    def _recover(self, key: str, known: Registered) -> Registered:
        if self._check_mode:
            raise OperationError(
                f"dingtalk_chats.{key}: a creation is under way or was interrupted; a run without check mode settles it"
            )
        return self._creation().recover(key, known)

    def _from_journal(self, key: str) -> Registered | None:
        endpoint, app_key = self._identity
        answer = self._journal.last(endpoint=endpoint, app_key=app_key, chat=key, event=journal_events.ANSWER)
        if answer is None:
            return None
        known = Registered(
            answer.get("generation", 1), answer["name"], answer["chat_id"], answer["open_conversation_id"]
        )
        self._store(key, known)
        return known

    def _store(self, key: str, known: Registered) -> None:
        if self._registry is None:
            self._warn(f"dingtalk_chats.{key}: {known.chat_id} is used without being recorded. {self._why_not}")
        elif not self._check_mode:
            self._registry.store(key, known)

    def _creation(self) -> Creation:
        if self._registry is None:
            raise OperationError(self._why_not)
        return Creation(self._chats, self._registry, self._journal, self._identity, self._clock, self._timeout)


def placeholder(key: str) -> str:
    """Return what check mode shows in place of the ID of a chat that would be created."""
    return f"<ID of chat {key}, once it is created>"
