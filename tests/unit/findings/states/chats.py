# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of chats, robots and their records: finding -> one that raises it, and one that does not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.notification import _chat_id
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.chat import DesiredChat
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.known_chats import KnownChats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.operator_actions import (
    OperatorActionRunner,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.reconcile import ChatReconciler
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.entry import RegistryEntry
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.journal import Journal
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.ensure import (
    RobotState,
    evaluate_custom,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.state.files import StateFiles

State = Callable[[], Any]

KNOWN = RegistryEntry(1, "Ops", "chat-1")
SCENE = RegistryEntry(1, "Ops", "chat-1", template_id="template-1")


def _called(method: Callable[..., Any], *arguments: Any, **attributes: Any) -> State:
    """Return the state of an object with these attributes whose method is called."""

    def state() -> list[str]:
        warnings: list[str] = []
        stub: Any = SimpleNamespace(_warn=warnings.append, _check_mode=False, _why_not="", **attributes)
        method(stub, *arguments)
        return warnings

    return state


def _registry(chat_id: str) -> Any:
    return SimpleNamespace(adopt=lambda key, known: RegistryEntry(1, "Ops", chat_id))


def _administrators(*appointed: str) -> State:
    chat = SimpleNamespace(administrators=appointed, owner="user-1")
    desired = DesiredChat(
        key="ops", name="Ops", owner={"userid": "user-1"}, administrators=({"userid": "user-2"},), template_id="t"
    )
    return _called(ChatReconciler._report_administrators, desired, chat)


def _orphans(*orphans: str) -> State:
    known = SimpleNamespace(orphaned_chats=[SimpleNamespace(chat_id=name) for name in orphans], chat_id="chat-1")
    return _called(KnownChats.report_orphans, "ops", known)


def _recovered(check_mode: bool) -> State:
    def state() -> None:
        stub: Any = SimpleNamespace(_check_mode=check_mode, _registry=None)
        KnownChats._recover(stub, "ops", KNOWN)

    return state


def _dissolved(known: RegistryEntry) -> State:
    def state() -> list[str]:
        warnings: list[str] = []
        backends = SimpleNamespace(is_gone=lambda key, entry: True)
        stub: Any = SimpleNamespace(
            _known=lambda key: known, _check_mode=False, _backends=backends, _warn=warnings.append
        )
        OperatorActionRunner._dissolve(stub, "ops")
        return warnings

    return state


def _journal(folder: Path | None) -> State:
    def state() -> None:
        with tempfile.TemporaryDirectory() as other:
            Journal(folder or Path(other), lambda text: None).append({"event": "intent"})

    return state


def _file(text: str) -> State:
    def state() -> list[str]:
        warnings: list[str] = []
        with tempfile.TemporaryDirectory() as folder:
            if text:
                path = Path(folder) / "tokens.json"
                path.write_text(text)
                path.chmod(0o600)
            StateFiles(Path(folder), warnings.append).read("tokens.json")
        return warnings

    return state


def _robot(is_listed: bool) -> State:
    def state() -> list[str]:
        task, robots, webhook = Task({}), SimpleNamespace(title="Ops"), SimpleNamespace()
        evaluate_custom(RobotState(is_listed), robots, "KubeSphere", webhook, task, ())  # type: ignore[arg-type]
        return task.warnings

    return state


def _desired(**chat_ids: str) -> State:
    chat: Any = SimpleNamespace(chat_id=None)
    return lambda: _chat_id("notification_chats", "ops", chat, chat_ids)


STATES: dict[str, tuple[State, State]] = {
    "KD242": (_recovered(check_mode=True), _recovered(check_mode=False)),
    "KD243": (
        _called(KnownChats._store, "ops", KNOWN, _registry=None),
        _called(KnownChats._store, "ops", KNOWN, _registry=_registry("chat-1")),
    ),
    "KD244": (_journal(Path("/dev/null")), _journal(None)),
    "KD245": (_file("no JSON"), _file("")),
    "KD246": (
        _called(KnownChats._store, "ops", KNOWN, _registry=_registry("chat-2")),
        _called(KnownChats._store, "ops", KNOWN, _registry=_registry("chat-1")),
    ),
    "KD247": (_dissolved(KNOWN), _dissolved(SCENE)),
    "KD248": (_orphans("chat-2"), _orphans()),
    "KD249": (_administrators(), _administrators("user-2")),
    "KD250": (_robot(is_listed=False), _robot(is_listed=True)),
    "KD253": (_dissolved(SCENE), _dissolved(KNOWN)),
    "KD254": (_desired(), _desired(ops="chat-1")),
}
