# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operator actions on chats: forget an attempt, dissolve, re-create or adopt a chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..._core.errors import OperationError, placed
from ..._findings.finding import cited
from ..registry.entry import RegistryEntry
from ..registry.registry import Registry
from .backends import ChatBackends


@dataclass(frozen=True)
class OperatorActions:
    """Keys of ``dingtalk_chats``, and for ``adopt`` chat IDs by key. They run in this order."""

    forget: tuple[str, ...] = ()
    dissolve: tuple[str, ...] = ()
    recreate: tuple[str, ...] = ()
    adopt: Mapping[str, str] = field(default_factory=dict)

    @property
    def dropped(self) -> frozenset[str]:
        """Chats that are dissolved for good, which this run does not process further."""
        return frozenset(self.dissolve) - {*self.recreate, *self.adopt}

    def keys(self) -> dict[str, tuple[str, ...]]:
        """Return extra variable -> its keys."""
        return {
            "dingtalk_forget_intents": self.forget,
            "dingtalk_dissolve_chats": self.dissolve,
            "dingtalk_recreate_chats": self.recreate,
            "dingtalk_adopt_chats": tuple(self.adopt),
        }


class OperatorActionRunner:
    """Runs operator actions on the registry; in check mode the registry's dry run predicts the result."""

    def __init__(
        self, registry: Registry, backends: ChatBackends, warn: Callable[[str], None], check_mode: bool
    ) -> None:
        self._check_mode = check_mode
        self._registry = registry
        self._backends = backends
        self._warn = warn
        self._registered = registry.chats()

    def run(self, operator_actions: OperatorActions) -> dict[str, RegistryEntry]:
        """Run the actions and return chat key -> the resulting, or in check mode predicted, registry entry."""
        steps: list[tuple[str, Callable[[str], RegistryEntry]]] = [
            *((key, self._registry.forget) for key in operator_actions.forget if key in self._registered),
            *((key, self._dissolve) for key in operator_actions.dissolve),
            *((key, self._recreate) for key in operator_actions.recreate),
            *((key, lambda key: self._adopt(key, operator_actions.adopt[key])) for key in operator_actions.adopt),
        ]
        for key, step in steps:
            with placed(f"dingtalk_chats.{key}"):
                self._registered[key] = step(key)
        return self._registered

    def _known(self, key: str) -> RegistryEntry:
        return self._registered.get(key, RegistryEntry())

    def _dissolve(self, key: str) -> RegistryEntry:
        """Dissolve a scene group; DingTalk's API cannot dissolve a plain chat."""
        known = self._known(key)
        if not known.chat_id:
            raise OperationError(
                "the registry has no chat to dissolve. List its chats with dingtalk_list_chats=true; adopt an "
                "unregistered chat first, with dingtalk_adopt_chats.",
                finding="KD247",
            )
        if not known.template_id:
            raise OperationError(
                f"{known.chat_id} is a plain chat, which only its owner can dissolve, in the DingTalk client: Group "
                "settings > Dissolve (群设置 > 解散群聊). Nothing was changed.",
                finding="KD247",
            )
        if not self._check_mode and not self._backends.is_gone(key, known):
            self._backends.scene.dissolve(known.open_conversation_id)
        self._warn(
            cited(
                f"dingtalk_chats.{key}: the scene group {known.chat_id} is dissolved. Remove the key from "
                "dingtalk_chats and from notification_chats, or re-create the chat with dingtalk_recreate_chats.",
                "KD253",
            )
        )
        return known

    def _recreate(self, key: str) -> RegistryEntry:
        """Begin a new generation of a chat that is gone; an existing chat is left unchanged, to avoid a second one."""
        known = self._known(key)
        if known.intent and not known.chat_id:
            raise OperationError(
                "an attempt to create the chat has no answer yet. Resolve it first, with dingtalk_adopt_chats or "
                "dingtalk_forget_intents.",
                finding="KD242",
            )
        if known.chat_id and not self._backends.is_gone(key, known):
            self._warn(
                cited(
                    f"dingtalk_chats.{key}: the chat {known.chat_id} still exists and was not re-created. Dissolve it "
                    "first to replace it.",
                    "KD247",
                )
            )
            return known
        return self._registry.renew(key, known.chat_id)

    def _adopt(self, key: str, chat_id: str) -> RegistryEntry:
        known = self._known(key)
        if known.chat_id == chat_id:
            return known
        chat = self._backends.plain.get(chat_id, key)
        conversation = self._backends.plain.open_conversation_id(chat_id)
        adopted = RegistryEntry(
            generation=known.generation, name=chat.name, chat_id=chat_id, open_conversation_id=conversation
        )
        entry = self._registry.adopt(key, adopted)
        if entry.chat_id != chat_id:
            raise OperationError(
                f"the registry already has {entry.chat_id}, so {chat_id} was not adopted. If {entry.chat_id} is "
                f"dissolved, add dingtalk_recreate_chats={key} to replace it.",
                finding="KD246",
            )
        return entry
