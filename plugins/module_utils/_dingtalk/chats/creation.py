# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exactly one chat: created once at most, whatever is killed, repeated or run twice at once.

DingTalk has no look-up of a chat ID by name and no idempotency key for a plain chat, so an intent is written ahead, to
the controller's journal and by compare-and-swap to the registry. Only the attempt that won sends, once. A scene group
has an idempotency key, with which a request without an answer is sent again for a while.
"""

from __future__ import annotations

import contextlib
import socket
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..._core.clock import Clock
from ..._core.errors import OperationError
from ..._core.signals import uninterrupted
from ..api.endpoints import ACCESS_TOKEN
from ..api.errors import DingTalkError
from ..registry import journal as journal_events
from ..registry.entry import Intent, Registered
from ..registry.journal import Journal
from ..registry.registry import Registry
from .backends import ChatKinds
from .plain import Chat, NewChat
from .unknown_outcome import search, unknown_outcome

#: How long one who lost the race looks for the winner's answer between two looks, in seconds.
POLL_INTERVAL = 2.0
#: How long what a search showed is good for, in seconds: a search counts against the monthly quota.
SEARCH_AGAIN_AFTER = 86400.0
#: How long after its intent the creation of a scene group is sent again, in seconds: no page tells how long DingTalk
#: remembers a uuid.
REPEAT_WITHIN = 600.0
#: How often one run sends it again.
REPEATS = 2


class Creation:
    """Creates the chats of one app, and settles what an earlier attempt left."""

    def __init__(
        self,
        kinds: ChatKinds,
        registry: Registry,
        journal: Journal,
        identity: tuple[str, str],
        clock: Clock,
        timeout: float,
        warn: Callable[[str], None],
    ) -> None:
        """``identity``: endpoint and app key. ``timeout``: how long a creation request may take, in seconds."""
        self._kinds = kinds
        self._registry = registry
        self._journal = journal
        self._endpoint, self._app_key = identity
        self._clock = clock
        self._timeout = timeout
        self._warn = warn

    def recover(self, key: str, known: Registered) -> Registered:
        """Settle an intent that an earlier attempt left, from the journal or by waiting for a play that still runs.

        An intent that :meth:`repeat` can settle is still there then. Raises ``OperationError`` when nobody knows
        whether the chat exists.
        """
        settled = self._wait(key, self._settle_from_journal(key, known))
        if settled.intent and not settled.chat_id and not self._may_repeat(settled.intent):
            raise self._unknown(key, settled.intent)
        return settled

    def repeat(self, chat: NewChat, known: Registered) -> Registered:
        """Send the creation of a scene group again that was not answered, as it was sent the first time."""
        intent = known.intent
        if intent is None:
            return known
        with uninterrupted():
            standing, cause = self._send_again(_as_sent(chat, intent), intent, known, None)
        return self._settled(chat, standing, cause)

    def create(self, chat: NewChat, generation: int) -> Registered:
        """Create a chat unless somebody else did or is at it; return what the registry says of it then.

        Raises ``DingTalkError`` when DingTalk refuses, ``OperationError`` when the outcome is unknown.
        """
        intent = Intent(
            uuid.uuid4().hex, socket.gethostname(), self._clock.time(), chat.name, chat.owner, chat.template_id
        )
        cause: DingTalkError | None = None
        with uninterrupted():
            self._note(journal_events.INTENT, chat.key, intent, generation)
            standing = self._claim(chat.key, intent, generation)
            if standing.intent and standing.intent.attempt == intent.attempt:
                standing, cause = self._send(chat, intent, standing)
        return self._settled(chat, standing, cause)

    def _settled(self, chat: NewChat, standing: Registered, cause: DingTalkError | None) -> Registered:
        """Return an entry that has a chat ID, waiting for another play's answer if need be."""
        if standing.intent and cause:
            raise self._unknown(chat.key, standing.intent, cause)
        if standing.intent and not standing.chat_id:
            standing = self.recover(chat.key, standing)
            if standing.intent and not standing.chat_id:
                return self.repeat(chat, standing)
        if not standing.chat_id:
            raise OperationError(
                f"dingtalk_chats.{chat.key}: another run tried to create the chat and was refused, or the registry at "
                f"{self._registry.server} took no intent; this run created nothing. Run again."
            )
        return standing

    def _claim(self, key: str, intent: Intent, generation: int) -> Registered:
        """Put the intent into the registry; an attempt that loses, or cannot tell, never sends."""
        standing = Registered()
        try:
            standing = self._registry.claim(key, intent)
        finally:
            if standing.intent is None or standing.intent.attempt != intent.attempt:
                self._try_to_note(journal_events.REFUSED, key, intent, generation)
        return standing

    def _send(self, chat: NewChat, intent: Intent, claimed: Registered) -> tuple[Registered, DingTalkError | None]:
        """Send the request; return the entry then, and the error after which nobody knows whether there is a chat."""
        try:
            made = self._kinds.create(chat, claimed.generation)
        except DingTalkError as error:
            if _may_have_run(error):
                self._try_to_note(journal_events.UNKNOWN, chat.key, intent, claimed.generation)
                return self._send_again(chat, intent, claimed, error)
            self._give_up(chat.key, intent, claimed.generation)
            raise
        return self._keep(chat.key, intent, claimed.generation, made), None

    def _send_again(
        self, chat: NewChat, intent: Intent, standing: Registered, cause: DingTalkError | None
    ) -> tuple[Registered, DingTalkError | None]:
        """Send a scene group's creation again, with its uuid; of a plain chat nothing is sent again.

        Whatever DingTalk refuses now, the first request may have made the group: its outcome stays unknown.
        """
        for _ in range(REPEATS):
            if not self._may_repeat(intent):
                break
            self._note(journal_events.REPEAT, chat.key, intent, standing.generation)
            try:
                made = self._kinds.create(chat, standing.generation)
            except DingTalkError as error:
                cause = error
                self._clock.sleep(POLL_INTERVAL)
                continue
            return self._keep(chat.key, intent, standing.generation, made), None
        return standing, cause

    def _may_repeat(self, intent: Intent) -> bool:
        # An age below zero comes from a clock that is off: nobody knows how old the intent is.
        return bool(intent.template_id) and 0 <= self._clock.time() - intent.time < REPEAT_WITHIN

    def _give_up(self, key: str, intent: Intent, generation: int) -> None:
        """Take the intent back after a definite refusal, which matters more than what cannot be written now."""
        self._try_to_note(journal_events.REFUSED, key, intent, generation)
        try:
            self._registry.clear_intent(key, intent.attempt)
        except OperationError as error:
            self._warn(
                f"dingtalk_chats.{key}: DingTalk refused to create the chat, but its intent is still in the registry: "
                f"{error.message} The next run of this controller takes it back."
            )

    def _keep(self, key: str, intent: Intent, generation: int, made: Chat) -> Registered:
        """Store the IDs in journal and registry; whatever fails, the error has the chat ID."""
        ids = {"chat_id": made.chat_id, "open_conversation_id": made.open_conversation_id}
        unwritten = ""
        try:
            self._note(journal_events.ANSWER, key, intent, generation, **ids)
        except OperationError as error:
            unwritten = error.message
        try:
            standing = self._registry.answer(key, intent.attempt, _registered(intent, generation, **ids))
        except OperationError as error:
            hint = f"Give dingtalk_chats.{key}.chat_id: {made.chat_id}, as nothing else keeps it. {unwritten}"
            if not unwritten:
                hint = (
                    f"It stands in the journal {self._journal.path}: run again from this controller, and the chat is "
                    "taken from there."
                )
            raise OperationError(
                f"dingtalk_chats.{key}: the chat was created, its ID is {made.chat_id}, but the registry could not be "
                f"told: {error.message} {hint}",
                **ids,
            ) from error
        same_uuid = bool(intent.template_id) and standing.generation == generation
        if same_uuid and standing.chat_id not in ("", made.chat_id):
            raise _two_answers(key, standing, made)
        return standing

    def _settle_from_journal(self, key: str, known: Registered) -> Registered:
        """Take from the journal what became of an intent of this controller."""
        intent = known.intent
        if intent is None or known.chat_id:
            return known
        answer = self._journal.last(attempt=intent.attempt, event=journal_events.ANSWER)
        if answer and answer.get("chat_id"):
            ids = {name: str(answer.get(name) or "") for name in ("chat_id", "open_conversation_id")}
            return self._registry.answer(key, intent.attempt, _registered(intent, known.generation, **ids))
        if self._journal.last(attempt=intent.attempt, event=journal_events.REFUSED):
            self._registry.clear_intent(key, intent.attempt)
            return self._registry.chat(key)
        return known

    def _wait(self, key: str, known: Registered) -> Registered:
        """Look for the answer of a play that may still run, for as long as its request may take."""
        if known.intent is None or known.chat_id:
            return known
        # A controller whose clock is ahead must not keep us waiting longer.
        deadline = min(known.intent.time, self._clock.time()) + self._timeout
        while known.intent and not known.chat_id and self._clock.time() < deadline:
            self._clock.sleep(POLL_INTERVAL)
            known = self._registry.chat(key)
        return known

    def _unknown(self, key: str, intent: Intent, cause: DingTalkError | None = None) -> OperationError:
        now = self._clock.time()
        if not 0 <= now - intent.searched_at < SEARCH_AGAIN_AFTER:
            accounted = {entry.open_conversation_id for entry in self._registry.chats().values()}
            found = search(self._kinds.plain, intent, accounted, now)
            intent = replace(intent, searched_at=now, search_result=found)
            with contextlib.suppress(OperationError):
                self._registry.note_search(key, intent.attempt, now, found)
        return unknown_outcome(key, intent, cause)

    def _note(self, event: str, key: str, intent: Intent, generation: int, **ids: Any) -> None:
        self._journal.append(
            {
                "time": self._clock.time(),
                "event": event,
                "attempt": intent.attempt,
                "endpoint": self._endpoint,
                "app_key": self._app_key,
                "chat": key,
                "generation": generation,
                "name": intent.name,
                "template_id": intent.template_id,
                **ids,
            }
        )

    def _try_to_note(self, event: str, key: str, intent: Intent, generation: int) -> None:
        with contextlib.suppress(OperationError):
            self._note(event, key, intent, generation)


def _may_have_run(error: DingTalkError) -> bool:
    """Tell whether the creation may have been done; without a token it was never sent."""
    return error.outcome_unknown and error.endpoint is not ACCESS_TOKEN


def _as_sent(chat: NewChat, intent: Intent) -> NewChat:
    return replace(chat, name=intent.name, owner=intent.owner, template_id=intent.template_id)


def _two_answers(key: str, standing: Registered, made: Chat) -> OperationError:
    """Return the error for a scene group's creation that DingTalk answered twice, with different chats."""
    return OperationError(
        f"dingtalk_chats.{key}: DingTalk answered two requests with the same uuid by two chats: {standing.chat_id} "
        f"(openConversationId {standing.open_conversation_id}), which the registry has, and {made.chat_id} "
        f"(openConversationId {made.open_conversation_id}), which it keeps beside it. Look at both in the DingTalk "
        "client and dissolve the one that is not used; then run playbook kubesphere.dingtalk.chats with "
        f"-e dingtalk_forget_intents={key}. Run again to go on with {standing.chat_id}.",
        chat_ids=[standing.chat_id, made.chat_id],
    )


def _registered(intent: Intent, generation: int, chat_id: str, open_conversation_id: str) -> Registered:
    return Registered(generation, intent.name, chat_id, open_conversation_id, intent.template_id)
