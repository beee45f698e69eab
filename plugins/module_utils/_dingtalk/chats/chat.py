# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chat as it is in DingTalk, and as it is desired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

#: ``{mobile: ..}`` or ``{userid: ..}``
Person = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A chat. ``members`` are user IDs, including owner and administrators; ``settings`` uses the options' names."""

    chat_id: str
    name: str
    owner: str
    members: tuple[str, ...]
    settings: Mapping[str, int] = field(default_factory=dict)
    #: empty until queried: ``chat/get`` does not return it
    open_conversation_id: str = ""
    #: empty for a plain chat
    template_id: str = ""
    #: a media ID, empty where DingTalk returns none
    icon: str = ""
    #: user IDs without the owner's; only of a scene group, and only if queried
    administrators: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return the chat for a result or a diff."""
        return {
            "chat_id": self.chat_id,
            "open_conversation_id": self.open_conversation_id,
            "name": self.name,
            "owner": self.owner,
            "members": sorted(self.members),
            "settings": dict(sorted(self.settings.items())),
            **({"template_id": self.template_id} if self.template_id else {}),
            **({"icon": self.icon} if self.icon else {}),
            **({"administrators": sorted(self.administrators)} if self.administrators else {}),
        }


@dataclass(frozen=True, kw_only=True)
class DesiredChat:
    """The desired state of the chat with a key in ``dingtalk_chats``; with ``template_id`` it is a scene group.

    None, and settings that are not in ``settings``, are left unchanged. All people are ``{userid: ..}`` once they have
    been looked up, see :meth:`with_userids`; what needs user IDs is called with such a chat.
    ``purge_members``: remove unlisted members. ``skip_unknown_members``: continue without members unknown to DingTalk.
    ``member_batch``: user IDs in one request, None for the default of the kind of chat.
    """

    key: str
    name: str
    owner: Person | None = None
    members: tuple[Person, ...] = ()
    #: DingTalk appoints them only when it creates a scene group.
    administrators: tuple[Person, ...] = ()
    settings: Mapping[str, int] = field(default_factory=dict)
    icon: str | None = None
    chat_id: str | None = None
    template_id: str = ""
    purge_members: bool = False
    skip_unknown_members: bool = False
    member_batch: int | None = None

    @property
    def place(self) -> str:
        """The chat's place in an inventory, for messages."""
        return f"dingtalk_chats.{self.key}"

    @property
    def needs_settings(self) -> bool:
        """Return whether a check compares more than a scene group's query returns."""
        return bool(self.settings or self.administrators)

    @property
    def owner_id(self) -> str:
        """The owner's user ID; empty if none is desired."""
        return str((self.owner or {}).get("userid") or "")

    @property
    def member_ids(self) -> tuple[str, ...]:
        """The user IDs of members and administrators, not of the owner."""
        return tuple(dict.fromkeys(str(person["userid"]) for person in (*self.members, *self.administrators)))

    @property
    def administrator_ids(self) -> tuple[str, ...]:
        """The administrators' user IDs."""
        return tuple(str(person["userid"]) for person in self.administrators)

    def others(self) -> Iterator[tuple[str, Person]]:
        """Yield place and person of all members and administrators."""
        yield from self._placed("members", self.members)
        yield from self._placed("administrators", self.administrators)

    def with_userids(self, userids: Mapping[str, str]) -> DesiredChat:
        """Return the same with the user IDs of people, given by place; without other people who are not among them."""
        owner = userids.get(f"{self.place}.owner")
        members, administrators = (
            tuple({"userid": userids[place]} for place, _person in people if place in userids)
            for people in (self._placed("members", self.members), self._placed("administrators", self.administrators))
        )
        owner_found = {"userid": owner} if owner else None
        return replace(self, owner=owner_found, members=members, administrators=administrators)

    def without(self, userids: Mapping[str, Any]) -> DesiredChat:
        """Return the same without some members and administrators."""
        return replace(
            self,
            members=tuple(person for person in self.members if person["userid"] not in userids),
            administrators=tuple(person for person in self.administrators if person["userid"] not in userids),
        )

    def as_chat(self, chat_id: str, open_conversation_id: str = "") -> Chat:
        """Return the chat in its desired state."""
        return Chat(
            chat_id=chat_id,
            name=self.name,
            owner=self.owner_id,
            members=tuple(dict.fromkeys(filter(None, (self.owner_id, *self.member_ids)))),
            settings=dict(self.settings),
            open_conversation_id=open_conversation_id,
            template_id=self.template_id,
            icon=self.icon or "",
            administrators=self.administrator_ids,
        )

    def _placed(self, name: str, people: Iterable[Person]) -> Iterator[tuple[str, Person]]:
        return ((f"{self.place}.{name}[{index}]", person) for index, person in enumerate(people))
