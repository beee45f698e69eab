# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcile chats: find their IDs or create them, then update their name, owner, members and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..._core.errors import OperationError, placed
from ..._core.task import Task
from ..._findings.finding import cited
from ..api.client import DingTalk
from ..api.errors import DingTalkError
from ..registry.entry import RegistryEntry
from ..state.check_cache import CHATS
from ..users import Users
from .backends import ChatBackends
from .changes import Difference
from .chat import Chat, DesiredChat
from .creation import Creation
from .creation_request import first_members
from .known_chats import KnownChats
from .people import find_people, raise_for_unknown_people, raise_with_unknown_people, unknown_people
from .plain import BATCH, CAPACITY

#: Chats without a known ID -> their IDs on clusters, where found; raises if nothing may be created.
FindExistingChats = Callable[[list[DesiredChat]], Mapping[str, str]]


@dataclass(frozen=True)
class ReconciledChat:
    """A chat after the task, in check mode as predicted. ``before`` is empty for a new chat.

    ``notice``: what the summary says about it.
    """

    chat: Chat
    created: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)
    notice: str = ""

    @property
    def changed(self) -> bool:
        """Return whether the chat differs from its previous state."""
        return self.created or dict(self.before) != self.chat.facts()


class ChatReconciler:
    """Reconciles the chats of one app."""

    def __init__(self, task: Task, dingtalk: DingTalk, known_chats: KnownChats) -> None:
        self._check_mode = task.check_mode
        self._warn = task.warn
        self._check_cache = dingtalk.check_cache
        self._backends = ChatBackends(dingtalk)
        self._users = Users(dingtalk)
        self._known_chats = known_chats

    def reconcile_all(
        self, desired_chats: Mapping[str, DesiredChat], find_existing: FindExistingChats | None = None
    ) -> Iterator[tuple[str, ReconciledChat]]:
        """Find or create each chat and reconcile it; yield key and chat, one after another.

        All people are looked up and all IDs found before the first chat is created; one error names all unknown people.
        """
        found = {key: self._known_chats.find(desired) for key, desired in desired_chats.items()}
        new = {key for key, known in found.items() if known is None}
        userids = find_people(self._users, desired_chats.values(), new, self._warn)
        missing = [desired_chats[key] for key in found if key in new]
        existing = find_existing(missing) if missing and find_existing else {}
        notices = {}
        for key, chat_id in existing.items():
            notices[key] = self._report_adoption(key, chat_id)
            found[key] = self._known_chats.adopt(desired_chats[key], chat_id)
        if find_existing:
            for desired in missing:
                if desired.key not in existing:
                    self._known_chats.raise_for_renamed_key(desired, desired_chats)
        for key, desired in desired_chats.items():
            reconciled = self._reconcile_one(desired.with_userids(userids), found[key])
            yield key, replace(reconciled, notice=notices.get(key, ""))

    def _report_adoption(self, key: str, chat_id: str) -> str:
        notice = f"dingtalk_chats.{key}: the chat {chat_id}, found on a cluster, has this name and is adopted"
        self._warn(cited(notice, "KD252"))
        return notice

    def _reconcile_one(self, desired: DesiredChat, known: RegistryEntry | None) -> ReconciledChat:
        """Create or update a chat, unless the same desired state was checked recently."""
        if known and known.chat_id:
            checked = self._check_cache.get(CHATS, desired.key, self._digest(desired, known.chat_id))
            if checked and (known.open_conversation_id or not self._known_chats.records):
                # in its desired state, as it was at the last check: no later change is known
                chat = desired.as_chat(known.chat_id, str(checked["open_conversation_id"]))
                return ReconciledChat(chat, before=chat.facts())
            reconciled = self._update(desired, known)
        else:
            reconciled = self._create(desired, known)
        if not (self._check_mode and reconciled.changed):
            digest = self._digest(desired, reconciled.chat.chat_id)
            conversation = reconciled.chat.open_conversation_id
            self._check_cache.put(CHATS, desired.key, desired_digest=digest, open_conversation_id=conversation)
        return reconciled

    def _digest(self, desired: DesiredChat, chat_id: str) -> str:
        return self._check_cache.digest("chat", replace(desired, chat_id=chat_id))

    def _create(self, desired: DesiredChat, unanswered: RegistryEntry | None) -> ReconciledChat:
        """Create a chat, once; in check mode return it with a placeholder for its ID.

        ``unanswered``: the entry of a scene group whose creation was sent but not answered.
        """
        creation = self._known_chats.creation(desired.key)
        with placed(desired.place):
            desired = desired.without(self._skipped(desired, desired.member_ids))
            if self._check_mode:
                raise_for_unknown_people(self._users, desired.member_ids)
                return ReconciledChat(desired.as_chat(placeholder(desired.key)), created=True)
        known = self._send_creation(creation, desired, unanswered)
        self._known_chats.report_orphans(desired.key, known)
        chat = self._update(replace(desired, purge_members=False), known, is_new=True).chat
        # Only the desired settings, as check mode predicts: the others are DingTalk's defaults.
        settings = {name: chat.settings.get(name, value) for name, value in desired.settings.items()}
        return ReconciledChat(replace(chat, settings=settings), created=True)

    def _send_creation(
        self, creation: Creation, desired: DesiredChat, unanswered: RegistryEntry | None
    ) -> RegistryEntry:
        try:
            if unanswered:
                return creation.repeat(desired, unanswered)
            return creation.create(desired, self._known_chats.generation(desired.key))
        except DingTalkError as error:
            with placed(desired.place):
                raise_with_unknown_people(self._users, error, first_members(desired, BATCH))

    def _update(self, desired: DesiredChat, known: RegistryEntry, is_new: bool = False) -> ReconciledChat:
        """Update an existing chat to its desired state; in check mode predict the result."""
        with placed(desired.place):
            # Right after the creation, DingTalk may not return the settings yet, which were part of the request.
            chat = self._backends.read(desired.key, known, desired.needs_settings and not is_new)
            conversation = self._known_chats.open_conversation_id(desired.key, known)
            chat = replace(chat, open_conversation_id=conversation)
            if chat.template_id and is_new:
                chat = replace(chat, settings=desired.settings, administrators=desired.administrator_ids)
            self._report_administrators(desired, chat)
            difference = Difference.between(desired, chat)
            skipped = self._skipped(desired, difference.add)
            difference = replace(difference, add=tuple(userid for userid in difference.add if userid not in skipped))
            _check_capacity(difference.predict(chat))
            if self._check_mode:
                raise_for_unknown_people(self._users, difference.people())
            elif difference:
                return ReconciledChat(self._change(chat, difference, desired.member_batch), before=chat.facts())
        return ReconciledChat(difference.predict(chat), before=chat.facts())

    def _report_administrators(self, desired: DesiredChat, chat: Chat) -> None:
        missing = sorted({*desired.administrator_ids} - {*chat.administrators, chat.owner, desired.owner_id})
        if missing:
            self._warn(
                cited(
                    f"{desired.place}.administrators: not appointed: {', '.join(missing)}. DingTalk appoints "
                    "administrators only when it creates a group: ask the owner to appoint them in the DingTalk "
                    "client, Group settings > Group management (群设置 > 群管理), or remove them from the list.",
                    "KD249",
                )
            )

    def _change(self, chat: Chat, difference: Difference, batch: int | None) -> Chat:
        try:
            return self._backends.change(chat, difference, batch)
        except DingTalkError as error:
            raise_with_unknown_people(self._users, error, error.userids)

    def _skipped(self, desired: DesiredChat, userids: tuple[str, ...]) -> Mapping[str, str]:
        """Return the people unknown to DingTalk whom a chat is to do without, after a warning for each."""
        skipped = unknown_people(self._users, userids) if desired.skip_unknown_members else {}
        for userid, reason in skipped.items():
            self._warn(cited(f"{desired.place}: member {userid} is skipped: {reason}", "KD214"))
        return skipped


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
