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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats import (
    OTHER_APP,
    Chat,
    ChatGone,
    Chats,
    NewChat,
    naming,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.creation import Creation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.differences import (
    ChatWish,
    Difference,
    apply_difference,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.errors import DingTalkError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.journal import Journal
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry import Registry
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry_entry import Registered


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
        registered: Mapping[str, Registered],
    ) -> None:
        """``registered``: what the registry says, or would say after what check mode only foretells."""
        self._chats = Chats(dingtalk)
        self._journal = journal
        self._registry = registry
        self._why_not = why_not
        self._timeout = timeout
        self._check_mode = check_mode
        self._warn = warn
        self._identity = (dingtalk.api_url, dingtalk.app_key)
        self._clock: Clock = dingtalk.clock
        self._registered = registered

    @property
    def records(self) -> bool:
        """Tell whether chats are recorded in a registry."""
        return self._registry is not None

    def find(self, key: str, given: str | None) -> Registered | None:
        """Return what is known of a chat's IDs: from the inventory, the registry or the journal, in this order."""
        known = self._registered.get(key, Registered())
        if given:
            return self._given(key, given, known)
        if known.intent and not known.chat_id:
            known = self._recover(key, known)
        if known.chat_id:
            return self._with_strays(key, known)
        return self._from_journal(key, known)

    def adopt(self, key: str, name: str, chat_id: str) -> Registered:
        """Record an ID that was found elsewhere."""
        adopted = Registered(1, name, chat_id, self._chats.open_conversation_id(chat_id))
        return self._store(key, adopted)

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
        generation = self._registered.get(wish.key, Registered()).generation
        ids = self._creation(self._registry).create(wish, generation)
        self._report_strays(wish.key, ids)
        kept = self.reconcile(wish.key, ids, wished)
        # Only what was wished, as check mode foretold: the rest is DingTalk's own choice.
        settings = {name: kept.chat.settings.get(name, value) for name, value in wish.settings.items()}
        return KeptChat(replace(kept.chat, settings=settings), created=True)

    def reconcile(self, key: str, known: Registered, wish: ChatWish, purge: bool = False) -> KeptChat:
        """Bring an existing chat in line with the wish; in check mode predict it."""
        with naming(key):
            chat = replace(self._chats.get(known.chat_id), open_conversation_id=self._conversation(key, known))
            difference = Difference.between(wish, chat, purge)
            if difference and not self._check_mode:
                return KeptChat(apply_difference(self._chats, chat, difference), before=chat.facts())
        return KeptChat(difference.predict(chat), before=chat.facts())

    def _conversation(self, key: str, known: Registered) -> str:
        if known.open_conversation_id:
            return known.open_conversation_id
        conversation = self._chats.open_conversation_id(known.chat_id)
        return self._store(key, replace(known, open_conversation_id=conversation)).open_conversation_id

    def _given(self, key: str, given: str, known: Registered) -> Registered:
        if known.chat_id and known.chat_id != given:
            raise disagreement(key, given, known.chat_id, "Nothing was changed.")
        return self._with_strays(key, known) if known.chat_id else replace(known, chat_id=given, intent=None)

    def _recover(self, key: str, known: Registered) -> Registered:
        if self._check_mode:
            raise OperationError(
                f"dingtalk_chats.{key}: a creation is under way or was interrupted; a run without check mode settles it"
            )
        return known if self._registry is None else self._creation(self._registry).recover(key, known)

    def _from_journal(self, key: str, known: Registered) -> Registered | None:
        """Return the chat of an answer that only the journal holds; what the registry had before it stays before it."""
        made = [answer for answer in self._answers(key) if self._is_news(answer, known)]
        return self._store(key, made[-1]) if made else None

    def _with_strays(self, key: str, known: Registered) -> Registered:
        """Record and report the chats of a key that are not the one in use: they were made by attempts given up."""
        try:
            late = [answer for answer in self._answers(key) if self._is_news(answer, known)]
        except OperationError as error:
            # It is needed to create a chat, and this one is known.
            self._warn(error.message)
            late = []
        for answer in late:
            if self._registry and not self._check_mode:
                known = self._registry.answer(key, "", answer)
        self._report_strays(key, known)
        return known

    def _report_strays(self, key: str, known: Registered) -> None:
        for stray in known.strays:
            self._warn(
                f"dingtalk_chats.{key}: one more chat, {stray.chat_id}, was made for this key, by an attempt that had "
                f"been given up and was answered late. {known.chat_id} is used. Dissolve the other one in the DingTalk "
                f"client, then run playbook kubesphere.dingtalk.chats with -e dingtalk_forget_intents={key}."
            )

    def _answers(self, key: str) -> list[Registered]:
        endpoint, app_key = self._identity
        return self._journal.answers(endpoint=endpoint, app_key=app_key, chat=key)

    @staticmethod
    def _is_news(answer: Registered, known: Registered) -> bool:
        # An older generation is what the registry has left behind.
        return answer.generation >= known.generation and not known.holds(answer.chat_id)

    def _store(self, key: str, known: Registered) -> Registered:
        """Record IDs where there is a registry to do so; an ID that somebody else recorded meanwhile is an error."""
        if self._registry is None:
            self._warn(f"dingtalk_chats.{key}: {known.chat_id} is used without being recorded. {self._why_not}")
        elif not self._check_mode:
            standing = self._registry.adopt(key, known)
            if standing.chat_id != known.chat_id:
                raise disagreement(key, known.chat_id, standing.chat_id, "It was recorded a moment ago.")
            return standing
        return known

    def _creation(self, registry: Registry) -> Creation:
        return Creation(self._chats, registry, self._journal, self._identity, self._clock, self._timeout, self._warn)


def disagreement(key: str, given: str, registered: str, when: str) -> OperationError:
    """Return the error for two sources that name different chats for a key."""
    return OperationError(
        f"dingtalk_chats.{key}.chat_id is {given}, but the registry says {registered}. {when} "
        "Remove chat_id from the inventory to use the registry's chat; or, to use the one in the inventory, "
        "give it another key in dingtalk_chats."
    )


def placeholder(key: str) -> str:
    """Return what check mode shows in place of the ID of a chat that would be created."""
    return f"<ID of chat {key}, once it is created>"
