# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before a chat is created: the clusters that use it are looked at, and a chat of its name found there is adopted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import OperationError
from .._core.task import Task
from .._desired.chats import DesiredChat
from .._dingtalk.chats.reconcile import ChatReconciler
from .existing_chats import ExistingChats, read_existing_chats

HINT = (
    "If you know that those that do not answer hold no chats, run playbook kubesphere.dingtalk.chats with "
    "dingtalk_start_registry=true."
)


@dataclass(frozen=True)
class ExistingChatSearch:
    """Where to look. ``clusters``: host -> access options, or why it cannot be asked; ``users``: chat key -> hosts.

    ``known``: what clusters hold as far as they were asked already. ``needed``: False when nothing is created anyway,
    so that clusters which do not answer do not matter.
    """

    clusters: Mapping[str, Mapping[str, Any] | str]
    users: Mapping[str, tuple[str, ...]]
    known: Mapping[str, ExistingChats]
    needed: bool = True

    def adoptable(self, task: Task, reconciler: ChatReconciler, desired_chats: list[DesiredChat]) -> dict[str, str]:
        """Return chat key -> ID of a chat of that name that a cluster holds.

        Raises ``OperationError`` when a cluster that may hold it cannot be asked, or when there are several.
        """
        hosts = {desired.key: self._hosts(desired.key) for desired in desired_chats}
        asked = {host: self.clusters[host] for wanted in hosts.values() for host in wanted if host in self.clusters}
        held = self.known or read_existing_chats(asked, task.secrets)
        if self.needed:
            _raise_for_unreachable(held, hosts)
        found = {desired.key: _one(reconciler, desired, _ids(held, hosts[desired.key])) for desired in desired_chats}
        return {key: chat_id for key, chat_id in found.items() if chat_id}

    def _hosts(self, key: str) -> tuple[str, ...]:
        # A chat that no cluster uses yet may still be held by any of them.
        return self.users.get(key) or tuple(self.clusters)


def first_unreachable(unreachable: list[str], holdings: Mapping[str, ExistingChats]) -> str:
    """Return one cluster that did not answer and why, and how many more there are."""
    more = f" (and {len(unreachable) - 1} more)" if len(unreachable) > 1 else ""
    return f"{unreachable[0]}{more}: {holdings[unreachable[0]].cause}"


def _raise_for_unreachable(held: Mapping[str, ExistingChats], hosts: Mapping[str, tuple[str, ...]]) -> None:
    unreachable = {key: [host for host in wanted if host in held and held[host].cause] for key, wanted in hosts.items()}
    waiting = [key for key, names in unreachable.items() if names]
    if waiting:
        raise OperationError(
            f"dingtalk_chats: no chat is created ({', '.join(waiting)}) while a cluster that may hold its ID cannot be "
            f"asked. {HINT} No answer from {first_unreachable(unreachable[waiting[0]], held)}"
        )


def _ids(held: Mapping[str, ExistingChats], hosts: tuple[str, ...]) -> dict[str, str]:
    """Return chat ID -> the first cluster that holds it."""
    found: dict[str, str] = {}
    for host in hosts:
        for chat_id in held[host].chat_ids if host in held else ():
            found.setdefault(chat_id, host)
    return found


def _one(reconciler: ChatReconciler, desired: DesiredChat, holders: Mapping[str, str]) -> str | None:
    named = reconciler.named(desired.name, list(holders))
    if len(named) > 1:
        both = ", ".join(f"{chat_id} (on {holders[chat_id]})" for chat_id in named)
        raise OperationError(
            f"dingtalk_chats.{desired.key}: clusters have {len(named)} chats named {desired.name!r}: {both}. No "
            f"chat was created. Give the one to use as dingtalk_chats.{desired.key}.chat_id."
        )
    return named[0] if named else None
