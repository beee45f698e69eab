# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the chat registry, and their conversion from and to YAML; see docs/configmap.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..api.ids import usable_id

_IDS = frozenset({"chat_id", "open_conversation_id"})


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
    values = dict(_map(entry))
    intent = _build(Intent, values.pop("intent")) if "intent" in values else None
    others = values.pop("other_chats", [])
    if not isinstance(others, list):
        raise ValueError("other_chats is not a list")
    known = {name: values.pop(name) for name in _simple_fields(RegistryEntry) & values.keys()}
    return RegistryEntry(
        **_check_values(RegistryEntry, known),
        intent=intent,
        other_chats=tuple(_build(OtherChat, other) for other in others),
        extra=values,
    )


def dump(chat: RegistryEntry) -> dict[str, Any]:
    """Return an entry without empty values."""
    entry: dict[str, Any] = {name: getattr(chat, name) for name in _simple_fields(RegistryEntry)}
    entry["intent"] = _as_map(chat.intent) if chat.intent else None
    entry["other_chats"] = [_as_map(other) for other in chat.other_chats]
    return {**chat.extra, **{name: value for name, value in entry.items() if value}}


def _as_map(value: Intent | OtherChat) -> dict[str, Any]:
    found = {item.name: getattr(value, item.name) for item in fields(value)}
    return {name: item for name, item in found.items() if item}


def _build(shape: type[Any], values: Any) -> Any:
    # a later version may have more fields
    known = {name: value for name, value in _map(values).items() if name in _simple_fields(shape)}
    try:
        return shape(**_check_values(shape, known))
    except TypeError as error:
        raise ValueError(str(error)) from None


def _check_values(shape: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check simple fields: an empty value is never written, and so has been damaged."""
    for item in fields(shape):
        if item.name in values and not _is_valid(item.name, str(item.type), values[item.name]):
            raise ValueError(f"unexpected type or value of {item.name}")
    return dict(values)


def _is_valid(name: str, kind: str, value: Any) -> bool:
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    if name in _IDS:
        return bool(usable_id(value))
    if name == "generation":
        return isinstance(value, int) and value >= 1
    return isinstance(value, int | float) if kind == "float" else isinstance(value, str) and bool(value)


def _simple_fields(shape: type[Any]) -> set[str]:
    return {item.name for item in fields(shape) if str(item.type) in {"str", "int", "float", "bool"}}


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError("empty, or not a map")
    return value
