# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the registry keeps of one chat, and how it is read from and written to YAML; docs/configmap.md describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Intent:
    """A creation that is about to be sent, or was. ``time`` is in seconds since the epoch, by the controller's clock.

    ``template_id`` is empty for a plain chat. ``search_result``: what a search for the chat showed, at ``searched_at``.
    """

    attempt: str
    controller: str
    time: float
    name: str
    owner: str
    template_id: str = ""
    searched_at: float = 0.0
    search_result: str = ""


@dataclass(frozen=True)
class OtherChat:
    """A chat that was made for a key and is not the one in use.

    ``resolved``: no action is needed any more, as it is of an earlier generation or an operator dealt with it.
    """

    chat_id: str
    open_conversation_id: str = ""
    generation: int = 1
    resolved: bool = False


@dataclass(frozen=True)
class Registered:
    """What the registry knows of one chat; ``chat_id`` is empty until its creation was answered.

    ``more`` holds what other parts or later versions keep in the same entry; it is written back as it was read.
    """

    generation: int = 1
    name: str = ""
    chat_id: str = ""
    open_conversation_id: str = ""
    template_id: str = ""
    intent: Intent | None = None
    other_chats: tuple[OtherChat, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def orphaned_chats(self) -> tuple[OtherChat, ...]:
        """Chats that need an operator: late answers to attempts that had been given up."""
        return tuple(other for other in self.other_chats if not other.resolved)

    def holds(self, chat_id: str) -> bool:
        """Tell whether a chat is known here, in use or not."""
        return chat_id == self.chat_id or any(other.chat_id == chat_id for other in self.other_chats)


def load(entry: Any) -> Registered:
    """Read an entry; raises ``ValueError`` where its shape is another."""
    values = dict(_map(entry))
    intent, others = values.pop("intent", None), values.pop("other_chats", ())
    known = {name: values.pop(name) for name in _simple(Registered) & values.keys()}
    return Registered(
        **_typed(Registered, known),
        intent=_build(Intent, intent) if intent else None,
        other_chats=tuple(_build(OtherChat, other) for other in others),
        more=values,
    )


def dump(chat: Registered) -> dict[str, Any]:
    """Return an entry without what is empty."""
    entry: dict[str, Any] = {name: getattr(chat, name) for name in _simple(Registered)}
    entry["intent"] = _plain(chat.intent) if chat.intent else None
    entry["other_chats"] = [_plain(other) for other in chat.other_chats]
    return {**chat.more, **{name: value for name, value in entry.items() if value}}


def _plain(value: Intent | OtherChat) -> dict[str, Any]:
    found = {item.name: getattr(value, item.name) for item in fields(value)}
    return {name: item for name, item in found.items() if item}


def _build(shape: type[Any], values: Any) -> Any:
    # A later version may keep more of it.
    known = {name: value for name, value in _map(values).items() if name in _simple(shape)}
    try:
        return shape(**_typed(shape, known))
    except TypeError as error:
        raise ValueError(str(error)) from None


def _typed(shape: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check the types of simple fields, which stand in the annotations as text."""
    types: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool}
    wanted = {item.name: types[str(item.type)] for item in fields(shape) if item.name in values}
    wrong = [name for name, kind in wanted.items() if not isinstance(values[name], kind)]
    if wrong:
        raise ValueError(f"unexpected type of {wrong[0]}")
    return dict(values)


def _simple(shape: type[Any]) -> set[str]:
    return {item.name for item in fields(shape) if str(item.type) in {"str", "int", "float", "bool"}}


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("not a map")
    return value
