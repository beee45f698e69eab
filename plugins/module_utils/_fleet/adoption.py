# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for an existing chat on the clusters that use it, to adopt it instead of creating another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import OperationError
from .._core.task import Task
from .._core.text import grouped
from .._dingtalk.chats.chat import DesiredChat
from .._dingtalk.chats.known_chats import KnownChats
from .existing_chats import ExistingChats, read_existing_chats

HINT = (
    "If the unreachable clusters are known to have no chats, run playbook kubesphere.dingtalk.chats with "
    "dingtalk_start_registry=true."
)


@dataclass(frozen=True)
class ExistingChatSearch:
    """Search on ``clusters``: host -> access options, or why it cannot be queried; ``users``: chat key -> hosts.

    ``known``: the chats on clusters that were queried before. ``needed``: False if nothing is created anyway, so that
    unreachable clusters do not matter.
    """

    clusters: Mapping[str, Mapping[str, Any] | str]
    users: Mapping[str, tuple[str, ...]]
    known: Mapping[str, ExistingChats]
    needed: bool = True

    def find(self, task: Task, known_chats: KnownChats, desired_chats: list[DesiredChat]) -> dict[str, str]:
        """Return chat key -> ID of an existing chat with that name on a cluster.

        Raises ``OperationError`` if a cluster that may have it cannot be queried, or if there are several.
        """
        sharing = self._by_hosts(desired_chats)
        queried = {host: self.clusters[host] for hosts in sharing for host in hosts if host in self.clusters}
        existing = self.known or read_existing_chats(queried, task)
        if self.needed:
            _raise_for_unreachable(existing, sharing)
        found: dict[str, str | None] = {}
        for hosts, chats in sharing.items():
            chat_ids = _chat_ids(existing, hosts)
            found |= {desired.key: _unique(known_chats, desired, chat_ids) for desired in chats}
        return {key: chat_id for key, chat_id in found.items() if chat_id}

    def _by_hosts(self, desired_chats: list[DesiredChat]) -> dict[tuple[str, ...], list[DesiredChat]]:
        """Return hosts -> the chats that they send to: many chats have the same hosts."""
        everywhere = tuple(self.clusters)  # A chat that no cluster is to use may still exist on any of them.
        return grouped((desired, self.users.get(desired.key) or everywhere) for desired in desired_chats)


def first_unreachable(unreachable: list[str], existing: Mapping[str, ExistingChats]) -> str:
    """Return the first unreachable cluster with the cause, and the number of others."""
    more = f" (and {len(unreachable) - 1} more)" if len(unreachable) > 1 else ""
    return f"{unreachable[0]}{more}: {existing[unreachable[0]].cause}"


def _raise_for_unreachable(
    existing: Mapping[str, ExistingChats], sharing: Mapping[tuple[str, ...], list[DesiredChat]]
) -> None:
    waiting: list[str] = []
    unreachable: list[str] = []
    for hosts, chats in sharing.items():
        if names := [host for host in hosts if host in existing and existing[host].cause]:
            waiting += [desired.key for desired in chats]
            unreachable = unreachable or names
    if waiting:
        raise OperationError(
            f"dingtalk_chats: no chat was created ({', '.join(waiting)}), because a cluster that may have its ID "
            f"cannot be queried. {HINT} No answer from {first_unreachable(unreachable, existing)}",
            finding="KD243",
        )


def _chat_ids(existing: Mapping[str, ExistingChats], hosts: tuple[str, ...]) -> dict[str, str]:
    """Return chat ID -> the first cluster that has it."""
    found: dict[str, str] = {}
    for host in hosts:
        for chat_id in existing[host].chat_ids if host in existing else ():
            found.setdefault(chat_id, host)
    return found


def _unique(known_chats: KnownChats, desired: DesiredChat, hosts: Mapping[str, str]) -> str | None:
    named = known_chats.named(desired.name, hosts)
    if len(named) > 1:
        both = ", ".join(f"{chat_id} (on {hosts[chat_id]})" for chat_id in named)
        raise OperationError(
            f"dingtalk_chats.{desired.key}: clusters have {len(named)} chats named {desired.name!r}: {both}. No "
            f"chat was created. Set dingtalk_chats.{desired.key}.chat_id to the one to use.",
            finding="KD246",
        )
    return named[0] if named else None
