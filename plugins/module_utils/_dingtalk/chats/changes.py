# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences between a chat and its desired state: computed once, then shown or applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..api.errors import DingTalkError
from .chat import Chat, DesiredChat
from .plain import BATCH, Chats


@dataclass(frozen=True)
class Difference:
    """Changes to one chat; falsy when there are none. None leaves name, owner or icon unchanged."""

    name: str | None = None
    owner: str | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    settings: Mapping[str, int] = field(default_factory=dict)
    icon: str | None = None

    @classmethod
    def between(cls, desired: DesiredChat, chat: Chat) -> Difference:
        """Compare a chat with its desired state.

        The desired owner, or the current one if none is desired, is always a desired member.
        """
        desired_members = dict.fromkeys(filter(None, (desired.owner_id or chat.owner, *desired.member_ids)))
        present = set(chat.members)
        unlisted = tuple(userid for userid in chat.members if userid not in desired_members)
        return cls(
            name=desired.name if desired.name != chat.name else None,
            owner=desired.owner_id if desired.owner_id not in ("", chat.owner) else None,
            add=tuple(userid for userid in desired_members if userid not in present),
            remove=unlisted if desired.purge_members else (),
            settings={key: value for key, value in desired.settings.items() if chat.settings.get(key) != value},
            icon=desired.icon if desired.icon not in (None, chat.icon) else None,
        )

    def __bool__(self) -> bool:
        scalars = (self.name, self.owner, self.icon)
        return any((*(value is not None for value in scalars), self.add, self.remove, self.settings))

    def people(self) -> list[str]:
        """Return the user IDs that the changes would send: a new owner's, and those of new members."""
        return list(dict.fromkeys([*([self.owner] if self.owner else []), *self.add]))

    def predict(self, chat: Chat) -> Chat:
        """Return the chat as it will be after the changes."""
        members = tuple(userid for userid in chat.members if userid not in self.remove)
        return replace(
            chat,
            name=chat.name if self.name is None else self.name,
            owner=chat.owner if self.owner is None else self.owner,
            members=(*members, *self.add),
            settings={**chat.settings, **self.settings},
            icon=chat.icon if self.icon is None else self.icon,
        )

    def steps(self, batch: int = BATCH) -> list[dict[str, Any]]:
        """Return the changes of each request, in as few requests as DingTalk's limits and the order allow.

        Only a member can become owner, and the old owner can be removed only afterwards: a new owner who is not yet a
        member is added with the first members and becomes owner in the second request; members are removed after that.
        """
        added = batches(sorted(self.add, key=lambda userid: userid != self.owner), batch)
        removed = batches(self.remove, batch)
        owner_step = 1 if self.owner in self.add else 0
        first_removal = 0 if self.owner is None else owner_step + 1
        changes: dict[int, dict[str, Any]] = {}
        if self.name is not None:
            changes.setdefault(0, {})["name"] = self.name
        if self.settings:
            changes.setdefault(0, {})["settings"] = dict(self.settings)
        if self.icon is not None:
            changes.setdefault(0, {})["icon"] = self.icon
        if self.owner is not None:
            changes.setdefault(owner_step, {})["owner"] = self.owner
        for step, members in enumerate(added):
            changes.setdefault(step, {})["add_useridlist"] = members
        for step, members in enumerate(removed, start=first_removal):
            changes.setdefault(step, {})["del_useridlist"] = members
        return [changes[step] for step in sorted(changes)]


def apply_difference(chats: Chats, chat: Chat, difference: Difference, batch: int = BATCH) -> Chat:
    """Apply the changes and return the resulting chat; an error's ``userids`` are added members and a new owner."""
    for change in difference.steps(batch):
        try:
            chats.update(chat.chat_id, change)
        except DingTalkError as error:
            error.userids = tuple(change.get("add_useridlist", ())) + tuple(filter(None, [change.get("owner")]))
            raise
    return difference.predict(chat)


def batches(userids: Sequence[str], size: int) -> Iterator[list[str]]:
    """Yield user IDs in batches of ``size``."""
    for start in range(0, len(userids), size):
        yield list(userids[start : start + size])
