# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A read-only list of an app's chats: names, IDs, sources and states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._core.clock import moment
from .._core.errors import OperationError
from .._dingtalk.api.errors import DingTalkError
from .._dingtalk.chats.backends import NOT_OF_THIS_APP, ChatBackends
from .._dingtalk.chats.chat import DesiredChat
from .._dingtalk.chats.plain import ChatGone
from .._dingtalk.registry.entry import RegistryEntry
from .._dingtalk.registry.journal import Journal
from .._dingtalk.registry.registry import Registry


def list_chats(
    backends: ChatBackends,
    desired_chats: Mapping[str, DesiredChat],
    registered: Mapping[str, RegistryEntry],
    *,
    journal: Journal,
    identity: tuple[str, str],
    registry: Registry | None,
) -> list[dict[str, Any]]:
    """Return the chats of the inventory and of the registry; each chat with an ID costs a read.

    ``identity``: endpoint and app key. The journal's answers for another registry are left out. Keys of an item:
    ``key``, ``name``, ``chat_id``, ``template_id``, ``source``, ``state``, ``orphaned_chats``, ``in_inventory``.
    """
    endpoint, app_key = identity
    items = []
    for key in sorted({*desired_chats, *registered}):
        desired, known = desired_chats.get(key), registered.get(key, RegistryEntry())
        answers = journal.answers(endpoint=endpoint, app_key=app_key, chat=key)
        written = [answer.chat for answer in answers if registry and registry.identity.is_same(answer.registry)]
        known, source = _known(desired, known, written)
        items.append(
            {
                "key": key,
                "name": desired.name if desired else known.name,
                "chat_id": known.chat_id,
                "template_id": known.template_id,
                "source": source,
                "state": _state(backends, key, known),
                "orphaned_chats": [orphan.chat_id for orphan in known.orphaned_chats],
                "in_inventory": desired is not None,
            }
        )
    return items


def lines(items: list[dict[str, Any]]) -> list[str]:
    """Return the list as text, one line for each chat."""
    return [
        f"Chat {item['key']} ({item['name']}): {item['chat_id'] or 'no ID'}, {item['state']}"
        + (f", from the {item['source']}" if item["source"] else "")
        + ("" if item["in_inventory"] else ", not in dingtalk_chats")
        + "".join(f"; orphan {orphan}, created by an abandoned attempt" for orphan in item["orphaned_chats"])
        for item in items
    ]


def _known(
    desired: DesiredChat | None, known: RegistryEntry, written: list[RegistryEntry]
) -> tuple[RegistryEntry, str]:
    """Return the known IDs and their source, with the precedence of a run."""
    template_id = known.template_id or (desired.template_id if desired else "")
    if known.chat_id:
        return replace(known, template_id=template_id), "registry"
    if desired and desired.chat_id:
        return replace(known, chat_id=desired.chat_id, template_id=template_id, intent=None), "inventory"
    unrecorded = [
        answer for answer in written if answer.generation >= known.generation and not known.contains(answer.chat_id)
    ]
    if unrecorded:
        return unrecorded[-1], "journal"
    return replace(known, template_id=template_id), ""


def _state(backends: ChatBackends, key: str, known: RegistryEntry) -> str:
    if not known.chat_id:
        intent = known.intent
        if intent is None:
            return "not created yet"
        return f"creation of {moment(intent.time)} by {intent.controller} without an answer"
    try:
        chat = backends.read(key, known)
    except ChatGone:
        return "dissolved, or a wrong ID"
    except DingTalkError as error:
        if error.codes & NOT_OF_THIS_APP:
            return "belongs to another app"
        if error.concerns_app:
            raise
        return f"cannot be read (DingTalk returned {error.code})"
    except OperationError:
        return "created from a different template"
    return f"in use as {chat.name!r} with {len(chat.members)} members"
