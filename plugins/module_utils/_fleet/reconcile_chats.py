# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several chats at once: everybody is looked up and every ID is found before the first chat is created."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._core.errors import raise_for_problems
from .._core.task import Task
from .._desired.chats import WishedChat
from .._dingtalk.chats.changes import ChatWish
from .._dingtalk.chats.plain import Chat, NewChat
from .._dingtalk.chats.reconcile import Keeper, KeptChat
from .._dingtalk.registry.entry import Registered
from .._dingtalk.state.check_cache import CHATS, Memory
from .._dingtalk.users import Users

#: Given the chats of unknown ID, returns the IDs that clusters hold for them; raises when nothing may be created.
LookAtClusters = Callable[[list[WishedChat]], Mapping[str, str]]


def keep_chats(
    task: Task,
    memory: Memory,
    keeper: Keeper,
    wishes: Mapping[str, WishedChat],
    look_at_clusters: LookAtClusters | None = None,
    left: set[str] | None = None,
) -> dict[str, KeptChat]:
    """Find or create each chat and bring it in line; raises one error for all people that DingTalk does not know.

    The keys of chats that are done are taken out of ``left``.
    """
    found = {key: keeper.find(key, wish.chat_id, wish.template_id) for key, wish in wishes.items()}
    people = _resolve(task, keeper.users, wishes, found)
    missing = [wishes[key] for key, known in found.items() if known is None]
    if missing and look_at_clusters:
        for key, chat_id in look_at_clusters(missing).items():
            notice = f"dingtalk_chats.{key}: the chat {chat_id}, which a cluster holds, has this name and is adopted"
            task.warn(notice)
            keeper.notices.append(notice)
            found[key] = (
                Registered(1, wishes[key].name, chat_id, template_id=wishes[key].template_id)
                if task.check_mode
                else keeper.adopt(key, wishes[key].name, chat_id, wishes[key].template_id)
            )
        for wish in missing:
            if found[wish.key] is None:
                keeper.raise_for_renamed_key(wish.key, wish.name, wishes)
    kept = {}
    for key, wish in wishes.items():
        kept[key] = _keep(task, memory, keeper, wish, found[key], people)
        (left or set()).discard(key)
    return kept


def _keep(
    task: Task,
    memory: Memory,
    keeper: Keeper,
    wish: WishedChat,
    known: Registered | None,
    people: Mapping[str, str],
) -> KeptChat:
    owner = people.get(_place(wish.key, "owner"))
    # Administrators are members as well.
    administrators = _people_of(wish, "administrators", people)
    members = tuple(dict.fromkeys((*_people_of(wish, "members", people), *administrators)))
    wished = ChatWish(wish.name, owner, members, wish.settings, wish.icon, administrators)
    known_id = known.chat_id if known else ""
    checked = memory.recall(CHATS, wish.key, _digest(memory, known_id, wish, wished)) if known_id else None
    if known and checked and (known.open_conversation_id or not keeper.records):
        return _unasked(known, str(checked["open_conversation_id"]), wished)
    if known is None or not known.chat_id:
        new = NewChat(
            wish.key, wish.name, owner or "", members, wish.settings, wish.template_id, wish.icon or "", administrators
        )
        kept = keeper.create(new, wish.manner, known)
    else:
        kept = keeper.reconcile(wish.key, known, wished, wish.manner)
    if not (task.check_mode and kept.changed):
        conversation = kept.chat.open_conversation_id
        digest = _digest(memory, kept.chat.chat_id, wish, wished)
        memory.note(CHATS, wish.key, wish=digest, open_conversation_id=conversation)
    return kept


def _people_of(wish: WishedChat, name: str, people: Mapping[str, str]) -> tuple[str, ...]:
    """Return the user IDs of an attribute's people, without those who are left out."""
    places = [_place(wish.key, f"{name}[{index}]") for index in range(len(getattr(wish, name)))]
    return tuple(people[place] for place in places if place in people)


def _digest(memory: Memory, chat_id: str, wish: WishedChat, wished: ChatWish) -> str:
    return memory.digest("chat", chat_id, wished, wish.manner, wish.template_id)


def _unasked(known: Registered, open_conversation_id: str, wished: ChatWish) -> KeptChat:
    """Return a chat as it was wished when it was checked: nobody knows of a change since."""
    members = dict.fromkeys([*([wished.owner] if wished.owner else []), *wished.members])
    chat = Chat(
        known.chat_id,
        wished.name or "",
        wished.owner or "",
        tuple(members),
        dict(wished.settings),
        open_conversation_id,
        known.template_id,
        wished.icon or "",
        wished.administrators,
    )
    return KeptChat(chat, before=chat.facts())


def _resolve(
    task: Task, users: Users, wishes: Mapping[str, WishedChat], found: Mapping[str, Registered | None]
) -> dict[str, str]:
    """Return place -> user ID; an owner given by user ID is looked up too before a chat is created with it.

    Members who are not found are left out with a warning where the wish says so.
    """
    plain: dict[str, Mapping[str, Any]] = {}
    detailed: dict[str, Mapping[str, Any]] = {}
    optional: dict[str, Mapping[str, Any]] = {}
    for key, wish in wishes.items():
        if wish.owner:
            (plain if found[key] else detailed)[_place(key, "owner")] = wish.owner
        lists = {"members": wish.members, "administrators": wish.administrators}
        others = {
            _place(key, f"{name}[{index}]"): person
            for name, people in lists.items()
            for index, person in enumerate(people)
        }
        (optional if wish.manner.skip else plain).update(others)
    resolved, problems = users.resolve(plain)
    owners, unknown = users.resolve(detailed, details=True)
    raise_for_problems(unknown + problems)
    skippable, left_out = users.resolve(optional)
    for problem in left_out:
        task.warn(f"{problem} The member is left out.")
    return {place: user.userid for place, user in {**resolved, **owners, **skippable}.items()}


def _place(key: str, attribute: str) -> str:
    return f"dingtalk_chats.{key}.{attribute}"
