# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcile several chats: all people are looked up and all IDs found before the first chat is created."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._core.errors import raise_for_errors
from .._core.task import Task
from .._desired.chats import DesiredChat
from .._dingtalk.chats.changes import ResolvedChat
from .._dingtalk.chats.plain import Chat, NewChat
from .._dingtalk.chats.reconcile import ChatReconciler, ReconciledChat
from .._dingtalk.registry.entry import RegistryEntry
from .._dingtalk.state.check_cache import CHATS, CheckCache
from .._dingtalk.users import Users
from .._findings.finding import cited

#: Chats without a known ID -> their IDs on clusters, where found; raises if nothing may be created.
FindExistingChats = Callable[[list[DesiredChat]], Mapping[str, str]]


def reconcile_chats(
    task: Task,
    check_cache: CheckCache,
    reconciler: ChatReconciler,
    desired_chats: Mapping[str, DesiredChat],
    find_existing_chats: FindExistingChats | None = None,
    left: set[str] | None = None,
) -> dict[str, ReconciledChat]:
    """Find or create each chat and reconcile it; raises one error for all unknown people.

    Removes the keys of reconciled chats from ``left``.
    """
    found = {key: reconciler.find(key, desired.chat_id, desired.template_id) for key, desired in desired_chats.items()}
    people = _resolve(task, reconciler.users, desired_chats, found)
    missing = [desired_chats[key] for key, known in found.items() if known is None]
    if missing and find_existing_chats:
        for key, chat_id in find_existing_chats(missing).items():
            notice = f"dingtalk_chats.{key}: the chat {chat_id}, found on a cluster, has this name and is adopted"
            task.warn(cited(notice, "KD252"))
            reconciler.notices.append(notice)
            found[key] = (
                RegistryEntry(1, desired_chats[key].name, chat_id, template_id=desired_chats[key].template_id)
                if task.check_mode
                else reconciler.adopt(key, desired_chats[key].name, chat_id, desired_chats[key].template_id)
            )
        for desired in missing:
            if found[desired.key] is None:
                reconciler.raise_for_renamed_key(desired.key, desired.name, desired_chats)
    reconciled = {}
    for key, desired in desired_chats.items():
        reconciled[key] = _reconcile_one(task, check_cache, reconciler, desired, found[key], people)
        (left or set()).discard(key)
    return reconciled


def _reconcile_one(
    task: Task,
    check_cache: CheckCache,
    reconciler: ChatReconciler,
    desired: DesiredChat,
    known: RegistryEntry | None,
    people: Mapping[str, str],
) -> ReconciledChat:
    owner = people.get(_place(desired.key, "owner"))
    # Administrators are members as well.
    administrators = _people_of(desired, "administrators", people)
    members = tuple(dict.fromkeys((*_people_of(desired, "members", people), *administrators)))
    resolved = ResolvedChat(desired.name, owner, members, desired.settings, desired.icon, administrators)
    known_id = known.chat_id if known else ""
    checked = (
        check_cache.get(CHATS, desired.key, _digest(check_cache, known_id, desired, resolved)) if known_id else None
    )
    if known and checked and (known.open_conversation_id or not reconciler.records):
        return _from_cache(known, str(checked["open_conversation_id"]), resolved)
    if known is None or not known.chat_id:
        new = NewChat(
            desired.key,
            desired.name,
            owner or "",
            members,
            desired.settings,
            desired.template_id,
            desired.icon or "",
            administrators,
        )
        reconciled = reconciler.create(new, desired.update_options, known)
    else:
        reconciled = reconciler.reconcile(desired.key, known, resolved, desired.update_options)
    if not (task.check_mode and reconciled.changed):
        conversation = reconciled.chat.open_conversation_id
        digest = _digest(check_cache, reconciled.chat.chat_id, desired, resolved)
        check_cache.put(CHATS, desired.key, desired_digest=digest, open_conversation_id=conversation)
    return reconciled


def _people_of(desired: DesiredChat, name: str, people: Mapping[str, str]) -> tuple[str, ...]:
    """Return the user IDs of an attribute's people, without skipped ones."""
    places = [_place(desired.key, f"{name}[{index}]") for index in range(len(getattr(desired, name)))]
    return tuple(people[place] for place in places if place in people)


def _digest(check_cache: CheckCache, chat_id: str, desired: DesiredChat, resolved: ResolvedChat) -> str:
    return check_cache.digest("chat", chat_id, resolved, desired.update_options, desired.template_id)


def _from_cache(known: RegistryEntry, open_conversation_id: str, resolved: ResolvedChat) -> ReconciledChat:
    """Return a chat in its desired state, as it was at the last check: no later change is known."""
    members = dict.fromkeys([*([resolved.owner] if resolved.owner else []), *resolved.members])
    chat = Chat(
        known.chat_id,
        resolved.name or "",
        resolved.owner or "",
        tuple(members),
        dict(resolved.settings),
        open_conversation_id,
        known.template_id,
        resolved.icon or "",
        resolved.administrators,
    )
    return ReconciledChat(chat, before=chat.facts())


def _resolve(
    task: Task, users: Users, desired_chats: Mapping[str, DesiredChat], found: Mapping[str, RegistryEntry | None]
) -> dict[str, str]:
    """Return place -> user ID; the owner of a new chat is looked up even if given by user ID.

    Unknown members are skipped with a warning if the chat's options allow it.
    """
    plain: dict[str, Mapping[str, Any]] = {}
    detailed: dict[str, Mapping[str, Any]] = {}
    optional: dict[str, Mapping[str, Any]] = {}
    for key, desired in desired_chats.items():
        if desired.owner:
            (plain if found[key] else detailed)[_place(key, "owner")] = desired.owner
        lists = {"members": desired.members, "administrators": desired.administrators}
        others = {
            _place(key, f"{name}[{index}]"): person
            for name, people in lists.items()
            for index, person in enumerate(people)
        }
        (optional if desired.update_options.skip else plain).update(others)
    resolved, errors = users.resolve(plain)
    owners, unknown = users.resolve(detailed, details=True)
    raise_for_errors(unknown + errors)
    skippable, skipped = users.resolve(optional)
    for error in skipped:
        task.warn(cited(f"{error} The member is skipped.", "KD214"))
    return {place: user.userid for place, user in {**resolved, **owners, **skippable}.items()}


def _place(key: str, attribute: str) -> str:
    return f"dingtalk_chats.{key}.{attribute}"
