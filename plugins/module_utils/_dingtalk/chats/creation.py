# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exactly one chat: created at most once, even if runs are killed, repeated or concurrent.

DingTalk has no lookup of a chat ID by name and no idempotency key for plain chats, so an intent is written ahead to the
controller's journal and, by compare-and-swap, to the registry. Only the winning attempt sends the request, once. A
scene group has an idempotency key, with which an unanswered request is repeated for a limited time.
"""

from __future__ import annotations

import contextlib
import socket
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..._core.clock import DAY, Clock
from ..._core.errors import OperationError
from ..._core.signals import uninterrupted
from ..._findings.finding import cited
from ..api.client import DingTalk
from ..api.endpoints import ACCESS_TOKEN
from ..api.errors import DingTalkError
from ..api.ids import excerpt
from ..registry import journal as journal_events
from ..registry.entry import Intent, RegistryEntry
from ..registry.journal import Journal
from ..registry.registry import Registry
from . import plain
from .chat import DesiredChat
from .created_ids import CreatedIds, UnusableAnswer
from .creation_request import request_creation
from .unknown_outcome import search, unknown_outcome

#: Seconds between two polls for the answer of a concurrent attempt.
POLL_INTERVAL = 2.0
#: Seconds until a search is repeated: it counts against the monthly quota.
SEARCH_AGAIN_AFTER = DAY
#: Seconds after its intent in which the creation of a scene group is repeated: DingTalk does not document how long it
#: remembers a uuid.
REPEAT_WITHIN = 600.0
#: Repetitions in one run.
REPEATS = 2


class Creation:
    """Creates the chats of one app, and resolves the intents of earlier attempts."""

    def __init__(
        self,
        dingtalk: DingTalk,
        registry: Registry,
        journal: Journal,
        timeout: float,
        warn: Callable[[str], None],
    ) -> None:
        """``timeout``: the longest duration of a creation request, in seconds."""
        self._dingtalk = dingtalk
        self._registry = registry
        self._journal = journal
        self._clock: Clock = dingtalk.clock
        self._timeout = timeout
        self._warn = warn

    def recover(self, key: str, known: RegistryEntry) -> RegistryEntry:
        """Resolve the intent of an earlier attempt, from the journal or by waiting for a concurrent run.

        An intent that :meth:`repeat` can resolve stays. Raises ``OperationError`` when it is unknown whether the chat
        exists.
        """
        entry = self._wait(key, self._resolve_from_journal(key, known))
        if entry.intent and not entry.chat_id and not self._may_repeat(entry.intent):
            raise self._unknown(key, entry.intent)
        return entry

    def repeat(self, desired: DesiredChat, known: RegistryEntry) -> RegistryEntry:
        """Repeat the unanswered request to create a scene group, with its original parameters."""
        intent = known.intent
        if intent is None:
            return known
        with uninterrupted():
            entry, cause = self._send_again(_as_sent(desired, intent), intent, known, None)
        return self._with_chat_id(desired, entry, cause)

    def create(self, desired: DesiredChat, generation: int) -> RegistryEntry:
        """Create a chat unless another run did or is doing so; return its registry entry.

        Raises ``DingTalkError`` when DingTalk refuses, ``OperationError`` when the outcome is unknown.
        """
        intent = Intent(
            attempt=uuid.uuid4().hex,
            controller=socket.gethostname(),
            time=self._clock.time(),
            name=desired.name,
            owner=desired.owner_id,
            template_id=desired.template_id,
        )
        cause: DingTalkError | None = None
        with uninterrupted():
            self._append_event(journal_events.INTENT, desired.key, intent, generation)
            entry = self._claim(desired.key, intent, generation)
            if entry.intent and entry.intent.attempt == intent.attempt:
                entry, cause = self._send(desired, intent, entry)
        return self._with_chat_id(desired, entry, cause)

    def _with_chat_id(self, desired: DesiredChat, entry: RegistryEntry, cause: DingTalkError | None) -> RegistryEntry:
        """Return an entry with a chat ID, waiting for the answer of a concurrent run if necessary."""
        if entry.intent and cause:
            raise self._unknown(desired.key, entry.intent, cause)
        if entry.intent and not entry.chat_id:
            entry = self.recover(desired.key, entry)
            if entry.intent and not entry.chat_id:
                return self.repeat(desired, entry)
        if not entry.chat_id:
            raise OperationError(
                "another run tried to create the chat and was refused, or the registry at "
                f"{self._registry.server} did not accept the intent; this run created nothing. Run again.",
                place=desired.place,
                finding="KD242",
            )
        return entry

    def _claim(self, key: str, intent: Intent, generation: int) -> RegistryEntry:
        """Record the intent in the registry; an attempt that loses, or may have lost, never sends its request."""
        entry = RegistryEntry()
        try:
            entry = self._registry.claim(key, intent)
        finally:
            if entry.intent is None or entry.intent.attempt != intent.attempt:
                self._try_append_event(journal_events.REFUSED, key, intent, generation)
        return entry

    def _send(
        self, desired: DesiredChat, intent: Intent, claimed: RegistryEntry
    ) -> tuple[RegistryEntry, DingTalkError | None]:
        """Send the request; return the resulting entry, and the error if the outcome is unknown."""
        try:
            created = request_creation(self._dingtalk, desired, claimed.generation)
        except DingTalkError as error:
            if _may_have_run(error):
                claimed = self._record_unknown(desired.key, intent, claimed, error)
                return self._send_again(desired, intent, claimed, error)
            self._withdraw_intent(desired.key, intent, claimed.generation)
            raise
        return self._record_answer(desired.key, intent, claimed.generation, created), None

    def _send_again(
        self, desired: DesiredChat, intent: Intent, entry: RegistryEntry, cause: DingTalkError | None
    ) -> tuple[RegistryEntry, DingTalkError | None]:
        """Repeat the request to create a scene group, with its uuid; that of a plain chat is never repeated.

        If DingTalk refuses the repetition, the first request may have created the group: its outcome stays unknown.
        """
        for _repeat in range(REPEATS):
            if not self._may_repeat(intent):
                break
            self._append_event(journal_events.REPEAT, desired.key, intent, entry.generation)
            try:
                created = request_creation(self._dingtalk, desired, entry.generation)
            except DingTalkError as error:
                cause = error
                if isinstance(error, UnusableAnswer):
                    entry = self._record_unknown(desired.key, intent, entry, error)
                self._clock.sleep(POLL_INTERVAL)
                continue
            return self._record_answer(desired.key, intent, entry.generation, created), None
        return entry, cause

    def _may_repeat(self, intent: Intent) -> bool:
        # A negative age comes from a wrong clock: the age of the intent is unknown.
        return bool(intent.template_id) and 0 <= self._clock.time() - intent.time < REPEAT_WITHIN

    def _record_unknown(self, key: str, intent: Intent, entry: RegistryEntry, error: DingTalkError) -> RegistryEntry:
        """Record an unknown outcome, with an answer that has no usable chat ID; return the resulting entry."""
        if not isinstance(error, UnusableAnswer):
            self._try_append_event(journal_events.UNKNOWN, key, intent, entry.generation)
            return entry
        self._try_append_event(journal_events.UNKNOWN, key, intent, entry.generation, received=error.received)
        received = excerpt(error.received)
        with contextlib.suppress(OperationError):
            self._registry.record_received(key, intent.attempt, received)
        return replace(entry, intent=replace(entry.intent or intent, received=received))

    def _withdraw_intent(self, key: str, intent: Intent, generation: int) -> None:
        """Withdraw the intent after a definite refusal; a failed write is only a warning beside it."""
        self._try_append_event(journal_events.REFUSED, key, intent, generation)
        try:
            self._registry.clear_intent(key, intent.attempt)
        except OperationError as error:
            self._warn(
                cited(
                    f"dingtalk_chats.{key}: DingTalk refused to create the chat, but its intent is still in the "
                    f"registry: {error.message} The next run of this controller removes it.",
                    "KD243",
                )
            )

    def _record_answer(self, key: str, intent: Intent, generation: int, created: CreatedIds) -> RegistryEntry:
        """Record the IDs in journal and registry; the error of a failed write has the chat ID."""
        ids = {"chat_id": created.chat_id, "open_conversation_id": created.open_conversation_id}
        received = {"received": created.received} if created.received else {}
        if received:
            self._warn(
                cited(
                    f"dingtalk_chats.{key}: the chat was created with ID {created.chat_id}, but its openConversationId "
                    f"in DingTalk's answer is unusable and is queried instead: {excerpt(created.received)}",
                    "KD213",
                )
            )
        unwritten = ""
        try:
            self._append_event(journal_events.ANSWER, key, intent, generation, **ids, **received)
        except OperationError as error:
            unwritten = error.message
        try:
            entry = self._registry.record_answer(key, intent.attempt, _registered(intent, generation, **ids))
        except OperationError as error:
            hint = (
                f"Set dingtalk_chats.{key}.chat_id: {created.chat_id}, because it is stored nowhere else. {unwritten}"
            )
            if not unwritten:
                hint = f"It is in the journal {self._journal.path}: run again from this controller to record it."
            raise OperationError(
                f"dingtalk_chats.{key}: the chat was created with ID {created.chat_id}, but the registry could not be "
                f"updated: {error.message} {hint}",
                finding="KD243",
                **ids,
            ) from error
        same_uuid = bool(intent.template_id) and entry.generation == generation
        if same_uuid and entry.chat_id not in ("", created.chat_id):
            raise _conflicting_answers(key, entry, created)
        return entry

    def _resolve_from_journal(self, key: str, known: RegistryEntry) -> RegistryEntry:
        """Resolve an intent of this controller from its journal."""
        intent = known.intent
        if intent is None or known.chat_id:
            return known
        answer = self._journal.last(attempt=intent.attempt, event=journal_events.ANSWER)
        if answer and answer.get("chat_id"):
            ids = {name: str(answer.get(name) or "") for name in ("chat_id", "open_conversation_id")}
            return self._registry.record_answer(key, intent.attempt, _registered(intent, known.generation, **ids))
        if self._journal.last(attempt=intent.attempt, event=journal_events.REFUSED):
            self._registry.clear_intent(key, intent.attempt)
            return self._registry.chat(key)
        return known

    def _wait(self, key: str, known: RegistryEntry) -> RegistryEntry:
        """Poll for the answer of a run that may be active, for as long as its request may take."""
        if known.intent is None or known.chat_id:
            return known
        # A controller whose clock is ahead must not prolong the wait.
        deadline = min(known.intent.time, self._clock.time()) + self._timeout
        while known.intent and not known.chat_id and self._clock.time() < deadline:
            self._clock.sleep(POLL_INTERVAL)
            known = self._registry.chat(key)
        return known

    def _unknown(self, key: str, intent: Intent, cause: DingTalkError | None = None) -> OperationError:
        now = self._clock.time()
        if not intent.received:
            intent = replace(intent, received=self._received(intent.attempt))
        if not 0 <= now - intent.searched_at < SEARCH_AGAIN_AFTER:
            known = {entry.open_conversation_id for entry in self._registry.chats().values()}
            found = search(plain.Chats(self._dingtalk), intent, known, now)
            intent = replace(intent, searched_at=now, search_result=found)
            with contextlib.suppress(OperationError):
                self._registry.record_search(key, intent.attempt, now, found)
        return unknown_outcome(key, intent, cause)

    def _received(self, attempt: str) -> str:
        """Return the answer without a usable chat ID that only the journal has; else an empty string."""
        records = self._journal.matching(attempt=attempt, event=journal_events.UNKNOWN)
        return next((excerpt(str(record["received"])) for record in records if record.get("received")), "")

    def _append_event(self, event: str, key: str, intent: Intent, generation: int, **ids: Any) -> None:
        self._journal.append(
            {
                "time": self._clock.time(),
                "event": event,
                "attempt": intent.attempt,
                "endpoint": self._dingtalk.endpoint,
                "app_key": self._dingtalk.app_key,
                "registry": self._registry.identity.as_record(),
                "chat": key,
                "generation": generation,
                "name": intent.name,
                "template_id": intent.template_id,
                **ids,
            }
        )

    def _try_append_event(self, event: str, key: str, intent: Intent, generation: int, **ids: Any) -> None:
        with contextlib.suppress(OperationError):
            self._append_event(event, key, intent, generation, **ids)


def _may_have_run(error: DingTalkError) -> bool:
    """Return whether the chat may have been created; without a token, the request was never sent."""
    return error.outcome_unknown and error.endpoint is not ACCESS_TOKEN


def _as_sent(desired: DesiredChat, intent: Intent) -> DesiredChat:
    return replace(desired, name=intent.name, owner={"userid": intent.owner}, template_id=intent.template_id)


def _conflicting_answers(key: str, entry: RegistryEntry, created: CreatedIds) -> OperationError:
    """Return the error for a scene group's creation that DingTalk answered twice, with different chats."""
    return OperationError(
        f"dingtalk_chats.{key}: DingTalk created two chats for the same uuid: {entry.chat_id} (openConversationId "
        f"{entry.open_conversation_id}), which is in use, and {created.chat_id} (openConversationId "
        f"{created.open_conversation_id}), which the registry lists as an orphan. Compare both in the DingTalk "
        "client and dissolve the unused one; then run playbook kubesphere.dingtalk.chats with "
        f"-e dingtalk_forget_intents={key}. Run again to continue with {entry.chat_id}.",
        finding="KD248",
        chat_ids=[entry.chat_id, created.chat_id],
    )


def _registered(intent: Intent, generation: int, chat_id: str, open_conversation_id: str) -> RegistryEntry:
    return RegistryEntry(
        generation=generation,
        name=intent.name,
        chat_id=chat_id,
        open_conversation_id=open_conversation_id,
        template_id=intent.template_id,
    )
