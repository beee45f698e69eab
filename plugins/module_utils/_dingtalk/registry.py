# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which chat is which, for all controllers: ConfigMap ``kubesphere-dingtalk``, key ``chats``, on the registry cluster.

The content is YAML, without secrets::

    version: 1
    chats:
      https://api.dingtalk.com:
        dingabcdef:               # app key
          ops:                    # key in dingtalk_chats
            generation: 1
            name: Ops alerts
            chat_id: chat0123
            open_conversation_id: cid0123==
            intent:               # only while a creation is under way
              {attempt: 5f0e..., controller: bastion, time: 1700000000, name: Ops alerts, owner: user1}
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster import shared_object
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.errors import ClusterUnreachable
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import yaml_text
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

KEY = "chats"
VERSION = 1


@dataclass(frozen=True)
class Intent:
    """A creation that is about to be sent, or was. ``time`` is in seconds since the epoch."""

    attempt: str
    controller: str
    time: float
    name: str
    owner: str


@dataclass(frozen=True)
class Registered:
    """What the registry knows of one chat; ``chat_id`` is empty until its creation was answered."""

    generation: int = 1
    name: str = ""
    chat_id: str = ""
    open_conversation_id: str = ""
    intent: Intent | None = None


class Registry:
    """The chats of one app at one endpoint. Every write is a compare-and-swap on the ConfigMap."""

    def __init__(self, cluster: Cluster, endpoint: str, app_key: str, dry_run: bool = False) -> None:
        self._cluster = cluster
        self._endpoint = endpoint
        self._app_key = app_key
        self._dry_run = dry_run

    @property
    def server(self) -> str:
        """The registry cluster's address, for messages."""
        return self._cluster.server

    def exists(self) -> bool:
        """Tell whether the key ``chats`` is there at all; an absent one may have been wiped."""
        return KEY in _data(self._cluster.get(shared_object.PATH))

    def chats(self, fresh: bool = False) -> dict[str, Registered]:
        """Return chat key -> what is known."""
        return self._mine(_parse(_data(self._cluster.get(shared_object.PATH, fresh=fresh))))

    def claim(self, key: str, intent: Intent) -> Registered:
        """Put an intent where there is neither a chat ID nor an intent; return what stands there then.

        The attempt is won when the intent returned is one's own. After a write whose answer was lost, what stands there
        decides; raises ``ClusterUnreachable`` when that cannot be read either.
        """

        def put(current: Registered) -> Registered:
            if current.chat_id or current.intent:
                return current
            return replace(current, name=intent.name, intent=intent)

        with contextlib.suppress(ClusterUnreachable):
            self._change(key, put)
        return self.chats(fresh=True).get(key, Registered())

    def store(self, key: str, chat: Registered) -> None:
        """Record a chat's IDs; its intent is done with."""
        self._change(key, lambda current: replace(chat, intent=None))

    def clear_intent(self, key: str, attempt: str) -> None:
        """Take back the intent of an attempt that certainly made no chat; another attempt's stays."""

        def clear(current: Registered) -> Registered:
            mine = current.intent and current.intent.attempt == attempt
            return replace(current, intent=None) if mine else current

        self._change(key, clear)

    def _change(self, key: str, change: Callable[[Registered], Registered]) -> None:
        def update(data: dict[str, str]) -> dict[str, str]:
            content = _parse(data)
            mine = content["chats"].setdefault(self._endpoint, {}).setdefault(self._app_key, {})
            changed = _dump(change(_load(mine.get(key) or {})))
            if mine.get(key) == changed:
                return data
            mine[key] = changed
            return {**data, KEY: yaml_text.dump(content)}

        shared_object.update_config_map(self._cluster, update, self._dry_run)

    def _mine(self, content: dict[str, Any]) -> dict[str, Registered]:
        entries = (content["chats"].get(self._endpoint) or {}).get(self._app_key) or {}
        return {key: _load(entry) for key, entry in entries.items()}


def registered_chats(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the chats of all apps in the registry on a cluster; empty where there is none."""
    content = _parse(_data(cluster.get(shared_object.PATH)))
    return [
        {"app_key": app_key, "chat": key, "name": chat.get("name", ""), "chat_id": chat.get("chat_id", "")}
        for apps in content["chats"].values()
        for app_key, chats in apps.items()
        for key, chat in chats.items()
    ]


def _data(config_map: dict[str, Any] | None) -> dict[str, str]:
    return dict((config_map or {}).get("data") or {})


def _parse(data: dict[str, str]) -> dict[str, Any]:
    try:
        content = yaml_text.load(data.get(KEY) or "{chats: {}}")
    except yaml_text.NotYaml:
        content = None
    if not isinstance(content, dict) or content.get("version", VERSION) != VERSION:
        raise OperationError(
            f"The chat registry (ConfigMap kubesphere-system/kubesphere-dingtalk, key {KEY}) is garbled, or written "
            "by a later version of kubesphere.dingtalk. No chat is created while it cannot be read; restore the key "
            "from a backup."
        )
    return {**content, "version": VERSION, "chats": content.get("chats") or {}}


def _load(entry: dict[str, Any]) -> Registered:
    intent = entry.get("intent")
    return Registered(**{**entry, "intent": Intent(**intent) if intent else None})


def _dump(chat: Registered) -> dict[str, Any]:
    return {name: value for name, value in asdict(chat).items() if value}
