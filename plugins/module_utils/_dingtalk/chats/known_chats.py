# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IDs of an app's chats: found in inventory, registry and journal, adopted from clusters, and recorded."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..._core.errors import OperationError
from ..._core.task import Task
from ..._core.text import grouped
from ..._findings.finding import cited
from ..api.client import DingTalk
from ..registry.entry import RegistryEntry
from ..registry.identity import RegistryId
from ..registry.journal import Journal, JournalAnswer
from ..registry.registry import Registry
from .backends import wrong_template
from .chat import DesiredChat
from .creation import Creation
from .names import ChatNames
from .plain import Chats


class KnownChats:
    """Finds and records the IDs of chats. ``registry`` is None if there is none, for the reason ``why_not``."""

    def __init__(
        self,
        task: Task,
        dingtalk: DingTalk,
        *,
        journal: Journal,
        registry: Registry | None,
        why_not: str,
        registered: Mapping[str, RegistryEntry],
        registry_id: RegistryId | None,
    ) -> None:
        """Take the registry's entries as ``registered``, in check mode those predicted by operator actions.

        ``registry_id`` identifies a registry that cannot be read.
        """
        self._check_mode = task.check_mode
        self._warn = task.warn
        self._timeout = float(task.params.get("request_timeout") or 30)
        self._dingtalk = dingtalk
        self._names = ChatNames(dingtalk)
        self._journal = journal
        self._registry = registry
        self._why_not = why_not
        self._registered = registered
        self._registry_id = registry_id

    @property
    def records(self) -> bool:
        """Return whether chats are recorded in a registry."""
        return self._registry is not None

    def find(self, desired: DesiredChat) -> RegistryEntry | None:
        """Return the known IDs of a chat: from the inventory, the registry or the journal, in this order.

        A result without a chat ID is a scene group whose creation is to be repeated.
        """
        key, template_id = desired.key, desired.template_id
        known = self._registered.get(key, RegistryEntry())
        if known.chat_id and known.template_id and known.template_id != template_id:
            raise wrong_template(key, template_id, known.template_id)
        if desired.chat_id:
            found: RegistryEntry | None = self._given(key, desired.chat_id, known)
        else:
            if known.intent and not known.chat_id:
                known = self._recover(key, known)
            if known.chat_id:
                found = self._with_orphans(key, known)
            else:
                found = self._from_journal(key, known) or (known if known.intent else None)
        return replace(found, template_id=template_id) if found and found.chat_id else found

    def adopt(self, desired: DesiredChat, chat_id: str) -> RegistryEntry:
        """Record the ID of an existing chat; in check mode only return it."""
        entry = RegistryEntry(name=desired.name, chat_id=chat_id, template_id=desired.template_id)
        if self._check_mode:
            return entry
        return self._store(desired.key, replace(entry, open_conversation_id=self._query_conversation(chat_id)))

    def named(self, name: str, chat_ids: Mapping[str, Any]) -> list[str]:
        """Return the IDs of chats with this name, in their order; chats of other keys are not queried."""
        found = set(self._names.find(name, chat_ids.keys() - self._registered_ids))
        return [chat_id for chat_id in chat_ids if chat_id in found] if found else []

    def raise_for_renamed_key(self, desired: DesiredChat, keys: Container[str]) -> None:
        """Raise if the registry has an existing chat with the name of a new key, under a key missing from ``keys``."""
        for other, known in self._registered_by_name.get(desired.name, ()):
            if other not in keys and self._names.find(desired.name, {known.chat_id}):
                raise OperationError(_renamed_key(desired.key, desired.name, other, known.chat_id), finding="KD246")

    def generation(self, key: str) -> int:
        """Return the generation of a chat that is to be created."""
        return self._registered.get(key, RegistryEntry()).generation

    def creation(self, key: str) -> Creation:
        """Return what creates a chat; raises ``OperationError`` without a registry."""
        if self._registry is None:
            place = f"dingtalk_chats.{key}"
            raise OperationError(f"the chat was not created. {self._why_not}", place=place, finding="KD243")
        return Creation(self._dingtalk, self._registry, self._journal, self._timeout, self._warn)

    def open_conversation_id(self, key: str, known: RegistryEntry) -> str:
        """Return the openConversationId of a chat, and record it if it had to be queried."""
        recorded = self._registered.get(key, RegistryEntry())
        if known.open_conversation_id and known.template_id in ("", recorded.template_id):
            return known.open_conversation_id
        conversation = known.open_conversation_id or self._query_conversation(known.chat_id)
        return self._store(key, replace(known, open_conversation_id=conversation)).open_conversation_id

    def report_orphans(self, key: str, known: RegistryEntry) -> None:
        """Warn about the chats that abandoned attempts created."""
        for orphan in known.orphaned_chats:
            self._warn(
                cited(
                    f"dingtalk_chats.{key}: another chat, {orphan.chat_id}, was created for this key by an abandoned "
                    f"attempt that was answered late. {known.chat_id} is in use. Dissolve {orphan.chat_id} in the "
                    "DingTalk client, then run playbook kubesphere.dingtalk.chats with "
                    f"-e dingtalk_forget_intents={key}.",
                    "KD248",
                )
            )

    @cached_property
    def _registered_by_name(self) -> dict[str, list[tuple[str, RegistryEntry]]]:
        return grouped(((key, entry), entry.name) for key, entry in self._registered.items() if entry.chat_id)

    @cached_property
    def _registered_ids(self) -> frozenset[str]:
        return frozenset(chat_id for entry in self._registered.values() for chat_id in entry.chat_ids())

    def _query_conversation(self, chat_id: str) -> str:
        return Chats(self._dingtalk).open_conversation_id(chat_id)

    def _given(self, key: str, given: str, known: RegistryEntry) -> RegistryEntry:
        if known.chat_id and known.chat_id != given:
            raise disagreement(key, given, known.chat_id, "Nothing was changed.")
        return self._with_orphans(key, known) if known.chat_id else replace(known, chat_id=given, intent=None)

    def _recover(self, key: str, known: RegistryEntry) -> RegistryEntry:
        if self._check_mode:
            raise OperationError(
                f"dingtalk_chats.{key}: a creation is in progress or was interrupted; run without check mode to "
                "resolve it",
                finding="KD242",
            )
        return self.creation(key).recover(key, known) if self._registry else known

    def _from_journal(self, key: str, known: RegistryEntry) -> RegistryEntry | None:
        """Return the chat of the latest answer that only the journal has, of at least the registry's generation.

        Raises ``OperationError`` if it was recorded in another registry: it may be the chat of another inventory.
        """
        answers, others = self._unrecorded(key, known)
        if not answers and others:
            raise _of_another_registry(key, others[-1])
        return self._store(key, answers[-1]) if answers else None

    def _with_orphans(self, key: str, known: RegistryEntry) -> RegistryEntry:
        """Record and report the orphaned chats of a key, which abandoned attempts created."""
        try:
            late, _others = self._unrecorded(key, known)
        except OperationError as error:
            # Only a creation needs the journal, and this chat is known.
            self._warn(cited(error.message, error.finding))
            late = []
        for answer in late:
            if self._registry and not self._check_mode:
                known = self._registry.record_answer(key, "", answer)
        self.report_orphans(key, known)
        return known

    def _unrecorded(self, key: str, known: RegistryEntry) -> tuple[list[RegistryEntry], list[JournalAnswer]]:
        """Return the chats that only the journal has for this registry, and the answers for other registries."""
        app = {"endpoint": self._dingtalk.endpoint, "app_key": self._dingtalk.app_key}
        answers = self._journal.answers(**app, chat=key)
        answers = [answer for answer in answers if not known.contains(answer.chat.chat_id)]
        own = self._registry.identity if answers and self._registry else self._registry_id
        # The registry has superseded older generations.
        chats = [
            answer.chat
            for answer in answers
            if own and own.is_same(answer.registry) and answer.chat.generation >= known.generation
        ]
        return chats, [answer for answer in answers if own is None or not own.is_same(answer.registry)]

    def _store(self, key: str, known: RegistryEntry) -> RegistryEntry:
        """Record IDs if there is a registry; a different ID recorded by a concurrent run is an error."""
        if self._registry is None:
            self._warn(
                cited(f"dingtalk_chats.{key}: {known.chat_id} is used without being recorded. {self._why_not}", "KD243")
            )
        elif not self._check_mode:
            entry = self._registry.adopt(key, known)
            if entry.chat_id != known.chat_id:
                raise disagreement(key, known.chat_id, entry.chat_id, "Another run has just recorded it.")
            return entry
        return known


def disagreement(key: str, given: str, registered: str, when: str) -> OperationError:
    """Return the error for a chat ID of a key that differs from the one in the registry."""
    return OperationError(
        f"dingtalk_chats.{key}.chat_id is {given}, but the registry has {registered}. {when} "
        "Remove chat_id from the inventory to use the registry's chat; or, to use the one in the inventory, "
        "define it under another key in dingtalk_chats.",
        place="",
        finding="KD246",
    )


def _of_another_registry(key: str, answer: JournalAnswer) -> OperationError:
    return OperationError(
        f"dingtalk_chats.{key}: this controller created the chat {answer.chat.chat_id} ({answer.chat.name!r}) for this "
        f"key and app, and its registry is on {answer.registry.server}, which is not the registry of this run. "
        "Nothing was created or changed. If both are the same chat, set dingtalk_registry_host to that cluster, or "
        "adopt the chat by running playbook kubesphere.dingtalk.chats with "
        f'-e \'{{"dingtalk_adopt_chats": {{"{key}": "{answer.chat.chat_id}"}}}}\'. If this inventory is to have '
        "another chat, define it under a key of its own, or set a dingtalk_state_path of its own.",
        finding="KD246",
    )


def _renamed_key(key: str, name: str, other: str, chat_id: str) -> str:
    return (
        f"dingtalk_chats.{key}: the registry has a chat named {name!r}, {chat_id}, under the key {other!r}, which "
        f"is not in dingtalk_chats. The key identifies a chat, so {key!r} would create a second one; nothing was "
        f"created. Rename the key to {other!r} again, or run playbook kubesphere.dingtalk.chats with "
        f'-e \'{{"dingtalk_adopt_chats": {{"{key}": "{chat_id}"}}}}\'. If a second chat is intended, use another name.'
    )
