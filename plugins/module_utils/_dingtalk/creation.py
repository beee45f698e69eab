# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exactly one chat: its ID is found wherever it may be known, and it is created once at most.

DingTalk has no look-up of a chat ID by name and no idempotency key for a plain chat, so an intent is written ahead, to
the controller's journal and by compare-and-swap to the registry. Only the attempt that won sends, once.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.errors import ClusterError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.clock import Clock
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk import journal as journal_events
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats import Chats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.errors import DingTalkError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.journal import Journal
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry import (
    Intent,
    Registered,
    Registry,
)

#: How long one who lost the race looks for the winner's answer between two looks, in seconds.
POLL_INTERVAL = 2.0


@dataclass(frozen=True)
class NewChat:
    """A chat to create; ``owner`` and ``members`` are user IDs."""

    key: str
    name: str
    owner: str
    members: tuple[str, ...]
    settings: Mapping[str, int]


class Creation:
    """Finds or creates the chats of one app."""

    def __init__(
        self,
        chats: Chats,
        registry: Registry,
        journal: Journal,
        identity: tuple[str, str],
        clock: Clock,
        timeout: float,
    ) -> None:
        """``identity``: endpoint and app key. ``timeout``: how long a creation request may take, in seconds."""
        self._chats = chats
        self._registry = registry
        self._journal = journal
        self._endpoint, self._app_key = identity
        self._clock = clock
        self._timeout = timeout

    def recover(self, key: str, known: Registered) -> Registered:
        """Settle an intent that an earlier attempt left, from the journal or by waiting for a play that still runs.

        Raises ``OperationError`` when nobody knows whether the chat exists.
        """
        settled = self._settle_from_journal(key, known)
        if settled.intent is None:
            return settled
        deadline = settled.intent.time + self._timeout
        while settled.intent and not settled.chat_id and self._clock.time() < deadline:
            self._clock.sleep(POLL_INTERVAL)
            settled = self._registry.chats(fresh=True).get(key, Registered())
        if settled.intent and not settled.chat_id:
            raise self._unknown(key, settled.intent)
        return settled

    def create(self, chat: NewChat) -> Registered:
        """Create a chat unless somebody else did or is at it; return its IDs.

        Raises ``DingTalkError`` when DingTalk refuses, ``OperationError`` when the outcome is unknown.
        """
        intent = Intent(uuid.uuid4().hex, socket.gethostname(), self._clock.time(), chat.name, chat.owner)
        with uninterrupted():
            self._note(journal_events.INTENT, chat.key, intent)
            standing = self._registry.claim(chat.key, intent)
            if standing.intent and standing.intent.attempt == intent.attempt:
                return self._send(chat, intent, standing.generation)
            self._note(journal_events.REFUSED, chat.key, intent)
        if standing.chat_id:
            return standing
        if standing.intent is None:
            raise OperationError(
                f"dingtalk_chats.{chat.key}: the registry at {self._registry.server} took no intent; nothing was "
                "created. Run again when the registry cluster can be written."
            )
        return self.recover(chat.key, standing)

    def _send(self, chat: NewChat, intent: Intent, generation: int) -> Registered:
        try:
            made = self._chats.create_plain(chat.name, chat.owner, list(chat.members), chat.settings)
        except DingTalkError as error:
            # What became of the request matters more than a journal that cannot be written now.
            with contextlib.suppress(OperationError):
                event = journal_events.UNKNOWN if error.outcome_unknown else journal_events.REFUSED
                self._note(event, chat.key, intent)
            if error.outcome_unknown:
                raise self._unknown(chat.key, intent, error) from error
            self._registry.clear_intent(chat.key, intent.attempt)
            raise
        registered = Registered(generation, chat.name, made.chat_id, made.open_conversation_id)
        self._keep(chat.key, intent, registered)
        return registered

    def _keep(self, key: str, intent: Intent, made: Registered) -> None:
        """Store the IDs in journal and registry; whatever fails, the error has the chat ID."""
        ids = {"chat_id": made.chat_id, "open_conversation_id": made.open_conversation_id}
        unwritten = ""
        try:
            self._note(journal_events.ANSWER, key, intent, generation=made.generation, **ids)
        except OperationError as error:
            unwritten = error.message
        try:
            self._registry.store(key, made)
        except ClusterError as error:
            way_out = f"Give dingtalk_chats.{key}.chat_id: {made.chat_id}, as nothing else keeps it. {unwritten}"
            if not unwritten:
                way_out = (
                    f"It stands in the journal {self._journal.path}: run again from this controller, and the chat is "
                    "taken from there."
                )
            raise OperationError(
                f"dingtalk_chats.{key}: the chat was created, its ID is {made.chat_id}, but the registry could not be "
                f"told: {error.message} {way_out}",
                **ids,
            ) from error

    def _settle_from_journal(self, key: str, known: Registered) -> Registered:
        intent = known.intent
        if intent is None or known.chat_id:
            return known
        answer = self._journal.last(attempt=intent.attempt, event=journal_events.ANSWER)
        if answer:
            settled = Registered(
                known.generation, intent.name, str(answer["chat_id"]), str(answer["open_conversation_id"])
            )
            self._registry.store(key, settled)
            return settled
        if self._journal.last(attempt=intent.attempt, event=journal_events.REFUSED):
            self._registry.clear_intent(key, intent.attempt)
            return self._registry.chats(fresh=True).get(key, Registered())
        return known

    def _note(self, event: str, key: str, intent: Intent, **ids: Any) -> None:
        self._journal.append(
            {
                "time": self._clock.time(),
                "event": event,
                "attempt": intent.attempt,
                "endpoint": self._endpoint,
                "app_key": self._app_key,
                "chat": key,
                "name": intent.name,
                **ids,
            }
        )

    def _unknown(self, key: str, intent: Intent, cause: DingTalkError | None = None) -> OperationError:
        when = datetime.fromtimestamp(intent.time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        said = f"{cause.message} " if cause else ""
        return OperationError(
            f"dingtalk_chats.{key}: nobody knows whether the chat {intent.name!r} (owner {intent.owner}) was created: "
            f"{intent.controller} sent the request at {when} and no answer was stored. {said}It is not sent again by "
            "itself, as that might make a second chat. Look in the DingTalk client of the owner for a chat of this "
            "name and time. Found: ask for its chat ID and give it as dingtalk_chats."
            f"{key}.chat_id. Not found: run playbook kubesphere.dingtalk.chats with "
            f"dingtalk_forget_intents={key}.",
            unknown_chat={"chat": key, "name": intent.name, "owner": intent.owner, "time": when},
        )


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold off SIGINT, SIGTERM and the task time-out's alarm: between intent and stored answer nothing may cut in."""
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGALRM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
