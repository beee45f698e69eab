# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the chat registry, and their conversion from and to YAML; see docs/configmap.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..api.ids import usable_id

T = TypeVar("T")

#: What this version reads of an entry.
_FIELDS = frozenset(
    {"generation", "name", "chat_id", "open_conversation_id", "template_id", "intent", "other_chats"},
)


@dataclass(frozen=True)
class Intent:
    """A creation that is about to be requested, or was. ``time`` is in epoch seconds of the controller's clock.

    ``template_id`` is empty for a plain chat. ``search_result`` is the result of a search for the chat at
    ``searched_at``. ``received`` is the beginning of an answer, as JSON, from which no chat ID could be taken.
    """

    attempt: str
    controller: str
    time: float
    name: str
    owner: str
    template_id: str = ""
    searched_at: float = 0.0
    search_result: str = ""
    received: str = ""


@dataclass(frozen=True)
class OtherChat:
    """A chat that was created for a key but is not in use.

    ``resolved``: no action is required, because it is from an earlier generation or an operator has handled it.
    """

    chat_id: str
    open_conversation_id: str = ""
    generation: int = 1
    resolved: bool = False


@dataclass(frozen=True)
class RegistryEntry:
    """The entry of one chat; ``chat_id`` is empty until its creation was answered.

    ``extra`` are unknown keys, of other components or later versions, which are preserved.
    """

    generation: int = 1
    name: str = ""
    chat_id: str = ""
    open_conversation_id: str = ""
    template_id: str = ""
    intent: Intent | None = None
    other_chats: tuple[OtherChat, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def orphaned_chats(self) -> tuple[OtherChat, ...]:
        """Chats that require an operator action: late answers to abandoned attempts."""
        return tuple(other for other in self.other_chats if not other.resolved)

    def chat_ids(self) -> list[str]:
        """Return the IDs of the entry's chats, in use or not."""
        return [chat_id for chat_id in (self.chat_id, *(other.chat_id for other in self.other_chats)) if chat_id]

    def contains(self, chat_id: str) -> bool:
        """Return whether the entry has a chat, in use or not."""
        return chat_id == self.chat_id or any(other.chat_id == chat_id for other in self.other_chats)


def load(entry: Any) -> RegistryEntry:
    """Parse an entry; raises ``ValueError`` if it is malformed."""
    values = _map(entry)
    others = values.get("other_chats", [])
    if not isinstance(others, list):
        raise ValueError("other_chats is not a list")
    return RegistryEntry(
        generation=_generation(values),
        name=_text(values, "name", ""),
        chat_id=_id(values, "chat_id", ""),
        open_conversation_id=_id(values, "open_conversation_id", ""),
        template_id=_text(values, "template_id", ""),
        intent=_load_intent(_map(values["intent"])) if "intent" in values else None,
        other_chats=tuple(_load_other_chat(_map(other)) for other in others),
        extra={name: value for name, value in values.items() if name not in _FIELDS},
    )


def dump(chat: RegistryEntry) -> dict[str, Any]:
    """Return an entry without empty values."""
    entry = {
        "generation": chat.generation,
        "name": chat.name,
        "chat_id": chat.chat_id,
        "open_conversation_id": chat.open_conversation_id,
        "template_id": chat.template_id,
        "intent": _dump_intent(chat.intent) if chat.intent else None,
        "other_chats": [_dump_other_chat(other) for other in chat.other_chats],
    }
    return {**chat.extra, **_without_empty(entry)}


# Of intents and other chats, a later version may have more fields.


def _load_intent(values: Mapping[str, Any]) -> Intent:
    return Intent(
        attempt=_text(values, "attempt"),
        controller=_text(values, "controller"),
        time=_seconds(values, "time"),
        name=_text(values, "name"),
        owner=_text(values, "owner"),
        template_id=_text(values, "template_id", ""),
        searched_at=_seconds(values, "searched_at", 0.0),
        search_result=_text(values, "search_result", ""),
        received=_text(values, "received", ""),
    )


def _dump_intent(intent: Intent) -> dict[str, Any]:
    return _without_empty(
        {
            "attempt": intent.attempt,
            "controller": intent.controller,
            "time": intent.time,
            "name": intent.name,
            "owner": intent.owner,
            "template_id": intent.template_id,
            "searched_at": intent.searched_at,
            "search_result": intent.search_result,
            "received": intent.received,
        }
    )


def _load_other_chat(values: Mapping[str, Any]) -> OtherChat:
    return OtherChat(
        chat_id=_id(values, "chat_id"),
        open_conversation_id=_id(values, "open_conversation_id", ""),
        generation=_generation(values),
        resolved=_truth(values, "resolved"),
    )


def _dump_other_chat(other: OtherChat) -> dict[str, Any]:
    return _without_empty(
        {
            "chat_id": other.chat_id,
            "open_conversation_id": other.open_conversation_id,
            "generation": other.generation,
            "resolved": other.resolved,
        }
    )


# Readers of one field; a field without a default is required. An empty value is never written, and so has been damaged.


def _text(values: Mapping[str, Any], name: str, default: str | None = None) -> str:
    if name not in values:
        return _default(name, default)
    value = values[name]
    if not isinstance(value, str) or not value:
        raise _unexpected(name)
    return value


def _id(values: Mapping[str, Any], name: str, default: str | None = None) -> str:
    if name not in values:
        return _default(name, default)
    if not usable_id(values[name]):
        raise _unexpected(name)
    return usable_id(values[name])


def _seconds(values: Mapping[str, Any], name: str, default: float | None = None) -> float:
    if name not in values:
        return _default(name, default)
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unexpected(name)
    return value


def _generation(values: Mapping[str, Any]) -> int:
    value = values.get("generation", 1)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _unexpected("generation")
    return value


def _truth(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise _unexpected(name)
    return value


def _default(name: str, default: T | None) -> T:
    if default is None:
        raise ValueError(f"{name} is missing")
    return default


def _unexpected(name: str) -> ValueError:
    return ValueError(f"unexpected type or value of {name}")


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError("empty, or not a map")
    return value
