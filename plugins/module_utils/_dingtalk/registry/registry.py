# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which chat is which, for all controllers: ConfigMap ``kubesphere-dingtalk``, key ``chats``, on the registry cluster.

The content is YAML, without secrets: base URL of DingTalk's API -> app key -> key in ``dingtalk_chats`` -> entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..._core import yaml_text
from ..._core.errors import OperationError
from ..._kubernetes import shared_configmap
from ..._kubernetes.client import Cluster
from ..._kubernetes.errors import ClusterError
from . import entry as registry_entry
from .entry import Intent, OtherChat, Registered

KEY = "chats"
VERSION = 2


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
        return KEY in _data(self._cluster.get(shared_configmap.PATH))

    def chats(self, fresh: bool = False) -> dict[str, Registered]:
        """Return chat key -> what is known."""
        return self._mine(_parse(_data(self._cluster.get(shared_configmap.PATH, fresh=fresh))))

    def chat(self, key: str) -> Registered:
        """Return what is known of one chat right now."""
        return self.chats(fresh=True).get(key, Registered())

    def claim(self, key: str, intent: Intent) -> Registered:
        """Put an intent where there is neither a chat ID nor an intent; return what stands there then.

        The attempt is won when the intent returned is one's own.
        """

        def put(current: Registered) -> Registered:
            if current.chat_id or current.intent:
                return current
            return replace(current, name=intent.name, intent=intent)

        return self._change(key, put)

    def answer(self, key: str, attempt: str, made: Registered) -> Registered:
        """Record the IDs that an attempt got, and return what stands there then.

        When the attempt had been given up and another chat, or another attempt, has taken its place, the IDs are kept
        beside it, as a stray: they are never lost, and never replace what others use by now.
        """

        def settle(current: Registered) -> Registered:
            intent = current.intent
            free = not current.chat_id and (intent is None or intent.attempt == attempt)
            if free or current.chat_id == made.chat_id:
                return _with_ids(current, made)
            if current.holds(made.chat_id):
                return current
            orphan = OtherChat(made.chat_id, made.open_conversation_id, made.generation)
            return replace(current, other_chats=(*current.other_chats, orphan))

        return self._change(key, settle)

    def adopt(self, key: str, made: Registered) -> Registered:
        """Record IDs that were found elsewhere, which settles an intent; return what stands there then.

        IDs that somebody else has recorded meanwhile stay.
        """

        def put(current: Registered) -> Registered:
            return current if current.chat_id not in ("", made.chat_id) else _with_ids(current, made)

        return self._change(key, put)

    def note_search(self, key: str, attempt: str, time: float, found: str) -> None:
        """Keep with an unanswered intent what a search showed, so that it is not made in every run."""

        def note(current: Registered) -> Registered:
            if current.intent is None or current.intent.attempt != attempt:
                return current
            return replace(current, intent=replace(current.intent, searched_at=time, search_result=found))

        self._change(key, note)

    def clear_intent(self, key: str, attempt: str) -> None:
        """Take back the intent of an attempt that certainly made no chat; another attempt's stays."""

        def clear(current: Registered) -> Registered:
            mine = current.intent and current.intent.attempt == attempt
            return replace(current, intent=None) if mine else current

        self._change(key, clear)

    def forget(self, key: str) -> Registered:
        """Take back an intent, whoever put it there, and count the strays as settled: an operator has looked."""

        def settle(current: Registered) -> Registered:
            return replace(
                current, intent=None, other_chats=tuple(replace(one, resolved=True) for one in current.other_chats)
            )

        return self._change(key, settle)

    def renew(self, key: str, gone: str) -> Registered:
        """Begin a new generation of a chat that is gone; ``gone`` is its ID, empty where none is known.

        What somebody else has put there meanwhile stays.
        """

        def begin(current: Registered) -> Registered:
            if current.chat_id != gone or current.intent:
                return current
            old = OtherChat(current.chat_id, current.open_conversation_id, current.generation, resolved=True)
            return Registered(
                generation=current.generation + 1,
                name=current.name,
                other_chats=(*current.other_chats, *([old] if gone else [])),
                more=current.more,
            )

        return self._change(key, begin)

    def _change(self, key: str, change: Callable[[Registered], Registered]) -> Registered:
        """Change an entry and return it; raises ``ClusterError`` when that was not done, or nobody knows.

        After a write whose answer was lost, or that the server says it could not finish, what stands there decides.
        """
        entry = Registered()

        def update(data: dict[str, str]) -> dict[str, str]:
            nonlocal entry
            content = _parse(data)
            mine = content["chats"].setdefault(self._endpoint, {}).setdefault(self._app_key, {})
            before = _load(key, mine.get(key) or {})
            entry = change(before)
            if entry == before:
                return data
            mine[key] = registry_entry.dump(entry)
            return {**data, KEY: yaml_text.dump(content)}

        try:
            shared_configmap.update_config_map(self._cluster, update, self._dry_run)
        except ClusterError as error:
            standing = self._standing_after(key, error)
            if change(standing) != standing:
                raise
            return standing
        return entry

    def _standing_after(self, key: str, error: ClusterError) -> Registered:
        try:
            return self.chat(key)
        except ClusterError:
            raise error from None

    def _mine(self, content: dict[str, Any]) -> dict[str, Registered]:
        entries = content["chats"].get(self._endpoint, {}).get(self._app_key, {})
        return {key: _load(key, entry) for key, entry in entries.items()}


def registered_chats(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the chats of all apps in the registry on a cluster; empty where there is none."""
    content = _parse(_data(cluster.get(shared_configmap.PATH)))
    return [
        {"app_key": app_key, "chat": key, "name": chat.get("name", ""), "chat_id": chat.get("chat_id", "")}
        for apps in content["chats"].values()
        for app_key, chats in apps.items()
        for key, chat in chats.items()
    ]


def _with_ids(current: Registered, made: Registered) -> Registered:
    return replace(
        made, generation=max(current.generation, made.generation), other_chats=current.other_chats, more=current.more
    )


def _data(config_map: dict[str, Any] | None) -> dict[str, str]:
    return dict((config_map or {}).get("data") or {})


def _parse(data: dict[str, str]) -> dict[str, Any]:
    """Return the content, whose levels down to an entry are maps; raises ``OperationError`` where they are not."""
    try:
        content = yaml_text.load(data[KEY]) if KEY in data else {"version": VERSION}
    except yaml_text.NotYaml:
        content = None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise _corrupted()
    endpoints = _map(content.get("chats"))
    apps = {endpoint: _map(value) for endpoint, value in endpoints.items()}
    chats = {
        endpoint: {app: {key: _map(entry) for key, entry in _map(entries).items()} for app, entries in value.items()}
        for endpoint, value in apps.items()
    }
    return {**content, "version": VERSION, "chats": chats}


def _map(value: Any) -> dict[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _corrupted()
    return value


def _load(key: str, entry: Mapping[str, Any]) -> Registered:
    try:
        return registry_entry.load(entry)
    except ValueError as error:
        raise _corrupted(f" (entry {key}: {error})") from None


def _corrupted(where: str = "") -> OperationError:
    return OperationError(
        f"The chat registry (ConfigMap kubesphere-system/kubesphere-dingtalk, key {KEY}){where} is corrupted, or not "
        f"version {VERSION} of its format. No chat is created while it cannot be read; restore the key from a backup."
    )
