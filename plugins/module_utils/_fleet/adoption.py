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
from .._desired.chats import WishedChat
from .._dingtalk.chats.reconcile import Keeper
from .existing_chats import Holdings, look_at

WAY_OUT = (
    "If you know that those that do not answer hold no chats, run playbook kubesphere.dingtalk.chats with "
    "dingtalk_start_registry=true."
)


@dataclass(frozen=True)
class Lookout:
    """Where to look. ``clusters``: host -> access options, or why it cannot be asked; ``users``: chat key -> hosts.

    ``known``: what clusters hold as far as they were asked already. ``needed``: False when nothing is created anyway,
    so that clusters which do not answer do not matter.
    """

    clusters: Mapping[str, Mapping[str, Any] | str]
    users: Mapping[str, tuple[str, ...]]
    known: Mapping[str, Holdings]
    needed: bool = True

    def adoptable(self, task: Task, keeper: Keeper, wishes: list[WishedChat]) -> dict[str, str]:
        """Return chat key -> ID of a chat of that name that a cluster holds.

        Raises ``OperationError`` when a cluster that may hold it cannot be asked, or when there are several.
        """
        hosts = {wish.key: self._hosts(wish.key) for wish in wishes}
        asked = {host: self.clusters[host] for wanted in hosts.values() for host in wanted if host in self.clusters}
        held = self.known or look_at(asked, task.secrets)
        if self.needed:
            _raise_for_silence(held, hosts)
        found = {wish.key: _one(keeper, wish, _ids(held, hosts[wish.key])) for wish in wishes}
        return {key: chat_id for key, chat_id in found.items() if chat_id}

    def _hosts(self, key: str) -> tuple[str, ...]:
        # A chat that no cluster uses yet may still be held by any of them.
        return self.users.get(key) or tuple(self.clusters)


def first_silent(silent: list[str], holdings: Mapping[str, Holdings]) -> str:
    """Return one cluster that did not answer and why, and how many more there are."""
    more = f" (and {len(silent) - 1} more)" if len(silent) > 1 else ""
    return f"{silent[0]}{more}: {holdings[silent[0]].trouble}"


def _raise_for_silence(held: Mapping[str, Holdings], hosts: Mapping[str, tuple[str, ...]]) -> None:
    silent = {key: [host for host in wanted if host in held and held[host].trouble] for key, wanted in hosts.items()}
    waiting = [key for key, names in silent.items() if names]
    if waiting:
        raise OperationError(
            f"dingtalk_chats: no chat is created ({', '.join(waiting)}) while a cluster that may hold its ID cannot be "
            f"asked. {WAY_OUT} No answer from {first_silent(silent[waiting[0]], held)}"
        )


def _ids(held: Mapping[str, Holdings], hosts: tuple[str, ...]) -> dict[str, str]:
    """Return chat ID -> the first cluster that holds it."""
    found: dict[str, str] = {}
    for host in hosts:
        for chat_id in held[host].chat_ids if host in held else ():
            found.setdefault(chat_id, host)
    return found


def _one(keeper: Keeper, wish: WishedChat, holders: Mapping[str, str]) -> str | None:
    named = keeper.named(wish.name, list(holders))
    if len(named) > 1:
        both = ", ".join(f"{chat_id} (on {holders[chat_id]})" for chat_id in named)
        raise OperationError(
            f"dingtalk_chats.{wish.key}: clusters hold {len(named)} chats of the name {wish.name!r}: {both}. Nothing "
            f"was created. Give the one to use as dingtalk_chats.{wish.key}.chat_id."
        )
    return named[0] if named else None
