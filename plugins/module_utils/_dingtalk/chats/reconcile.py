# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcile one chat: find its ID or create it, then update its name, owner, members and settings."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..._core.clock import Clock
from ..._core.errors import OperationError, placed
from ..._findings.finding import cited
from ..api.client import DingTalk
from ..api.errors import DingTalkError
from ..registry.entry import RegistryEntry
from ..registry.identity import RegistryId
from ..registry.journal import Journal, JournalAnswer
from ..registry.registry import Registry
from ..users import Users
from .backends import ChatBackends, wrong_template
from .changes import Difference, ResolvedChat
from .creation import Creation
from .names import ChatNames
from .plain import BATCH, CAPACITY, Chat, NewChat
from .rejected_members import raise_for_unknown_people, raise_with_unknown_people, unknown_people


@dataclass(frozen=True)
class UpdateOptions:
    """Options for updating a chat.

    ``purge``: remove unlisted members. ``skip``: continue without members unknown to DingTalk. ``batch``: user IDs in
    one request, None for the default of the kind of chat.
    """

    purge: bool = False
    skip: bool = False
    batch: int | None = None


@dataclass(frozen=True)
class ReconciledChat:
    """A chat after the task, in check mode as predicted. ``before`` is empty for a new chat."""

    chat: Chat
    created: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Return whether the chat differs from its previous state."""
        return self.created or dict(self.before) != self.chat.facts()


class ChatReconciler:
    """Reconciles the chats of one app. ``registry`` is None if there is none, for the reason ``why_not``."""

    def __init__(
        self,
        dingtalk: DingTalk,
        journal: Journal,
        registry: Registry | None,
        why_not: str,
        timeout: float,
        check_mode: bool,
        warn: Callable[[str], None],
        registered: Mapping[str, RegistryEntry],
        registry_id: RegistryId | None = None,
    ) -> None:
        """Take the registry's entries as ``registered``, in check mode those predicted by operator actions.

        ``registry_id`` identifies a registry that cannot be read.
        """
        self._backends = ChatBackends(dingtalk)
        self._names = ChatNames(dingtalk)
        self.users = Users(dingtalk)
        self._journal = journal
        self._registry = registry
        self._why_not = why_not
        self._timeout = timeout
        self._check_mode = check_mode
        self._warn = warn
        self._identity = (dingtalk.endpoint, dingtalk.app_key)
        self._registry_id = registry_id
        self._clock: Clock = dingtalk.clock
        self._registered = registered
        #: notices repeated in the summary
        self.notices: list[str] = []

    @property
    def records(self) -> bool:
        """Return whether chats are recorded in a registry."""
        return self._registry is not None

    def find(self, key: str, given: str | None, template_id: str = "") -> RegistryEntry | None:
        """Return the known IDs of a chat: from the inventory, the registry or the journal, in this order.

        A result without a chat ID is a scene group whose creation :meth:`create` is to repeat.
        """
        known = self._registered.get(key, RegistryEntry())
        if known.chat_id and known.template_id and known.template_id != template_id:
            raise wrong_template(key, template_id, known.template_id)
        if given:
            found: RegistryEntry | None = self._given(key, given, known)
        else:
            if known.intent and not known.chat_id:
                known = self._recover(key, known)
            if known.chat_id:
                found = self._with_orphans(key, known)
            else:
                found = self._from_journal(key, known) or (known if known.intent else None)
        return replace(found, template_id=template_id) if found and found.chat_id else found

    def adopt(self, key: str, name: str, chat_id: str, template_id: str = "") -> RegistryEntry:
        """Record the ID of an existing chat."""
        adopted = RegistryEntry(1, name, chat_id, self._backends.plain.open_conversation_id(chat_id), template_id)
        return self._store(key, adopted)

    def named(self, name: str, chat_ids: Mapping[str, Any]) -> list[str]:
        """Return the IDs of chats with this name, in their order; chats of other keys are not queried."""
        found = set(self._names.find(name, chat_ids.keys() - self._registered_ids))
        return [chat_id for chat_id in chat_ids if chat_id in found] if found else []

    def raise_for_renamed_key(self, key: str, name: str, keys: Container[str]) -> None:
        """Raise if the registry has an existing chat with the name of a new key, under a key missing from ``keys``."""
        for other, known in self._registered_by_name.get(name, ()):
            if other not in keys and self._names.find(name, {known.chat_id}):
                raise OperationError(_renamed_key(key, name, other, known.chat_id), finding="KD246")

    @cached_property
    def _registered_by_name(self) -> dict[str, list[tuple[str, RegistryEntry]]]:
        found: dict[str, list[tuple[str, RegistryEntry]]] = {}
        for key, entry in self._registered.items():
            if entry.chat_id:
                found.setdefault(entry.name, []).append((key, entry))
        return found

    @cached_property
    def _registered_ids(self) -> frozenset[str]:
        return frozenset(chat_id for entry in self._registered.values() for chat_id in entry.chat_ids())

    def create(
        self, desired: NewChat, update_options: UpdateOptions, unanswered: RegistryEntry | None = None
    ) -> ReconciledChat:
        """Create a chat, once; in check mode return it with a placeholder for its ID.

        ``unanswered``: the entry of a scene group whose creation was sent but not answered.
        """
        if self._registry is None:
            raise OperationError(
                f"dingtalk_chats.{desired.key}: the chat was not created. {self._why_not}", finding="KD243"
            )
        with placed(f"dingtalk_chats.{desired.key}"):
            members = self._known_members(desired.key, desired.members, update_options)
            if self._check_mode:
                raise_for_unknown_people(self.users, members)
        administrators = tuple(userid for userid in desired.administrators if userid in members)
        desired = replace(desired, members=members, administrators=administrators)
        resolved = ResolvedChat(
            desired.name, desired.owner, members, desired.settings, desired.icon or None, administrators
        )
        if self._check_mode:
            chat = Chat(
                chat_id=placeholder(desired.key),
                name=desired.name,
                owner=desired.owner,
                members=tuple(dict.fromkeys([desired.owner, *members])),
                settings=dict(desired.settings),
                template_id=desired.template_id,
                icon=desired.icon,
                administrators=administrators,
            )
            return ReconciledChat(chat, True)
        ids = self._create(self._creation(self._registry), desired, unanswered)
        self._report_orphans(desired.key, ids)
        reconciled = self.reconcile(desired.key, ids, resolved, replace(update_options, purge=False), is_new=True)
        # Only the desired settings, as check mode predicts: the others are DingTalk's defaults.
        settings = {name: reconciled.chat.settings.get(name, value) for name, value in desired.settings.items()}
        return ReconciledChat(replace(reconciled.chat, settings=settings), created=True)

    def _create(self, creation: Creation, desired: NewChat, unanswered: RegistryEntry | None) -> RegistryEntry:
        try:
            if unanswered:
                return creation.repeat(desired, unanswered)
            return creation.create(desired, self._registered.get(desired.key, RegistryEntry()).generation)
        except DingTalkError as error:
            with placed(f"dingtalk_chats.{desired.key}"):
                raise_with_unknown_people(self.users, error, desired.first_members(BATCH))

    def reconcile(
        self,
        key: str,
        known: RegistryEntry,
        desired: ResolvedChat,
        update_options: UpdateOptions = UpdateOptions(),
        is_new: bool = False,
    ) -> ReconciledChat:
        """Reconcile an existing chat with its desired state; in check mode predict the result."""
        with placed(f"dingtalk_chats.{key}"):
            # Right after the creation, DingTalk may not return the settings yet, which were part of the request.
            chat = self._backends.read(key, known, bool(desired.settings or desired.administrators) and not is_new)
            chat = replace(chat, open_conversation_id=self._conversation(key, known))
            if chat.template_id and is_new:
                chat = replace(chat, settings=desired.settings, administrators=desired.administrators)
            self._report_administrators(key, chat, desired)
            difference = Difference.between(desired, chat, update_options.purge)
            difference = replace(difference, add=self._known_members(key, difference.add, update_options))
            _check_capacity(difference.predict(chat))
            if self._check_mode:
                raise_for_unknown_people(self.users, difference.people())
            if difference and not self._check_mode:
                return ReconciledChat(self._change(chat, difference, update_options), before=chat.facts())
        return ReconciledChat(difference.predict(chat), before=chat.facts())

    def _report_administrators(self, key: str, chat: Chat, desired: ResolvedChat) -> None:
        missing = sorted(set(desired.administrators) - {*chat.administrators, chat.owner, desired.owner})
        if missing:
            self._warn(
                cited(
                    f"dingtalk_chats.{key}.administrators: not appointed: {', '.join(missing)}. DingTalk appoints "
                    "administrators only when it creates a group: ask the owner to appoint them in the DingTalk "
                    "client, Group settings > Group management (群设置 > 群管理), or remove them from the list.",
                    "KD249",
                )
            )

    def _change(self, chat: Chat, difference: Difference, update_options: UpdateOptions) -> Chat:
        try:
            return self._backends.change(chat, difference, update_options.batch)
        except DingTalkError as error:
            raise_with_unknown_people(self.users, error, error.userids)

    def _known_members(self, key: str, userids: tuple[str, ...], update_options: UpdateOptions) -> tuple[str, ...]:
        """Skip members unknown to DingTalk, with a warning, if ``update_options`` allow it."""
        if not update_options.skip or not userids:
            return userids
        unknown = unknown_people(self.users, userids)
        for userid, reason in unknown.items():
            self._warn(cited(f"dingtalk_chats.{key}: member {userid} is skipped: {reason}", "KD214"))
        return tuple(userid for userid in userids if userid not in unknown)

    def _conversation(self, key: str, known: RegistryEntry) -> str:
        recorded = self._registered.get(key, RegistryEntry())
        if known.open_conversation_id and known.template_id in ("", recorded.template_id):
            return known.open_conversation_id
        conversation = known.open_conversation_id or self._backends.plain.open_conversation_id(known.chat_id)
        return self._store(key, replace(known, open_conversation_id=conversation)).open_conversation_id

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
        return known if self._registry is None else self._creation(self._registry).recover(key, known)

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
        self._report_orphans(key, known)
        return known

    def _report_orphans(self, key: str, known: RegistryEntry) -> None:
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

    def _unrecorded(self, key: str, known: RegistryEntry) -> tuple[list[RegistryEntry], list[JournalAnswer]]:
        """Return the chats that only the journal has for this registry, and the answers for other registries."""
        endpoint, app_key = self._identity
        answers = self._journal.answers(endpoint=endpoint, app_key=app_key, chat=key)
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

    def _creation(self, registry: Registry) -> Creation:
        return Creation(self._backends, registry, self._journal, self._identity, self._clock, self._timeout, self._warn)


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


def _check_capacity(chat: Chat) -> None:
    if len(chat.members) > CAPACITY:
        raise OperationError(
            f"the chat would have {len(chat.members)} members, but DingTalk allows {CAPACITY}; nothing was changed. "
            "Remove members, set purge_members to remove unlisted ones, or use several chats.",
            finding="KD221",
        )


def placeholder(key: str) -> str:
    """Return what check mode shows instead of the ID of a chat that would be created."""
    return f"<ID of chat {key}, once it is created>"


def _renamed_key(key: str, name: str, other: str, chat_id: str) -> str:
    return (
        f"dingtalk_chats.{key}: the registry has a chat named {name!r}, {chat_id}, under the key {other!r}, which "
        f"is not in dingtalk_chats. The key identifies a chat, so {key!r} would create a second one; nothing was "
        f"created. Rename the key to {other!r} again, or run playbook kubesphere.dingtalk.chats with "
        f'-e \'{{"dingtalk_adopt_chats": {{"{key}": "{chat_id}"}}}}\'. If a second chat is intended, use another name.'
    )
