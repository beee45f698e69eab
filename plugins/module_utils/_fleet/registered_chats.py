# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chats of a slice of the inventory: read from the registry, never created or changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._core.errors import OperationError
from .._core.text import few
from .._dingtalk.chats.chat import DesiredChat
from .._dingtalk.chats.known_chats import disagreement
from .._dingtalk.registry.entry import RegistryEntry
from .._findings.finding import cited

WHOLE = "Run playbook kubesphere.dingtalk.chats with the whole inventory first, without kubesphere_slice."


def read_registered_chats(
    desired_chats: Mapping[str, DesiredChat],
    registered: Mapping[str, RegistryEntry],
    used: Iterable[str],
    why_not: str = "",
) -> dict[str, dict[str, Any]]:
    """Return the facts of the chats whose IDs are in the inventory or in the registry.

    ``why_not``: why the registry cannot be read. Raises ``OperationError`` if the ID of a used chat is unknown.
    """
    found: dict[str, dict[str, Any]] = {}
    for key, desired in desired_chats.items():
        entry = registered.get(key, RegistryEntry())
        if desired.chat_id and entry.chat_id not in ("", desired.chat_id):
            raise disagreement(key, desired.chat_id, entry.chat_id, "Nothing was changed.")
        if chat_id := desired.chat_id or entry.chat_id:
            conversation = entry.open_conversation_id
            found[key] = {"chat_id": chat_id, "open_conversation_id": conversation, "name": desired.name}
    missing = sorted(set(used) & set(desired_chats) - set(found))
    if missing:
        chats = "the chats have no ID" if len(missing) > 1 else "the chat has no ID"
        raise OperationError(
            f"dingtalk_chats.{few(missing)}: {chats} in the registry, and a slice of the inventory creates no chat. "
            f"{why_not or WHOLE}",
            finding="KD243",
        )
    return found


def warnings_of_absent_hosts(members: Mapping[str, list[str]], clusters: Iterable[str]) -> list[str]:
    """Return a warning for each host cluster that is not in the slice; ``members``: host cluster -> its members."""
    return [
        cited(
            f"kubesphere_host_cluster: {host!r} is not in this slice of the inventory, so what {few(names)} "
            "contributes there is only written by a run that has both. What is there already stays",
            "KD114",
        )
        for host, names in members.items()
        if host not in set(clusters)
    ]
