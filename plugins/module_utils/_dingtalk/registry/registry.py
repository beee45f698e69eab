# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chat registry of all controllers: ConfigMap ``kubesphere-dingtalk``, key ``chats``, on the registry cluster.

It is YAML without secrets: base URL of DingTalk's API -> app key -> key in ``dingtalk_chats`` -> entry. As each
creation reads and writes it twice, it is written in JSON syntax.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..._core import yaml_text
from ..._core.errors import OperationError
from ..._core.texts.base_url import server_identity
from ..._kubernetes import shared_configmap
from ..._kubernetes.client import Cluster
from ..._kubernetes.errors import ClusterError
from . import entry as registry_entry
from .entry import Intent, OtherChat, RegistryEntry
from .identity import RegistryId

KEY = "chats"
VERSION = 2


class Registry:
    """The chats of one app at one endpoint. Every write is a compare-and-swap on the ConfigMap."""

    def __init__(self, cluster: Cluster, endpoint: str, app_key: str, dry_run: bool = False) -> None:
        """``endpoint`` is the identity of DingTalk's server, not a spelling of its URL."""
        self._cluster = cluster
        self._endpoint = endpoint
        self._app_key = app_key
        self._dry_run = dry_run
        self._identity: RegistryId | None = None

    @property
    def server(self) -> str:
        """The registry cluster's address, for messages."""
        return self._cluster.server

    @property
    def identity(self) -> RegistryId:
        """The identity of the registry's cluster, queried at the first access."""
        self._identity = self._identity or RegistryId.of(self._cluster)
        return self._identity

    def exists(self) -> bool:
        """Return whether the key ``chats`` exists; a missing one may have been deleted."""
        return KEY in _data(self._cluster.get(shared_configmap.PATH))

    def chats(self, fresh: bool = False) -> dict[str, RegistryEntry]:
        """Return chat key -> entry."""
        return self._entries_of_app(_parse(_data(self._cluster.get(shared_configmap.PATH, fresh=fresh))))

    def chat(self, key: str) -> RegistryEntry:
        """Return the current entry of one chat, bypassing the read cache."""
        return self.chats(fresh=True).get(key, RegistryEntry())

    def claim(self, key: str, intent: Intent) -> RegistryEntry:
        """Record an intent if the entry has neither a chat ID nor an intent; return the resulting entry.

        The claim succeeded if the returned intent is the given one.
        """

        def claim(current: RegistryEntry) -> RegistryEntry:
            if current.chat_id or current.intent:
                return current
            return replace(current, name=intent.name, intent=intent)

        return self._update(key, claim)

    def record_answer(self, key: str, attempt: str, created: RegistryEntry) -> RegistryEntry:
        """Record the IDs of the chat that an attempt created; return the resulting entry.

        If the attempt was abandoned and another chat or attempt has replaced it, the IDs are recorded as an orphaned
        chat: they are never lost and never replace the chat in use.
        """

        def resolve(current: RegistryEntry) -> RegistryEntry:
            intent = current.intent
            free = not current.chat_id and (intent is None or intent.attempt == attempt)
            if free or current.chat_id == created.chat_id:
                return _with_ids(current, created)
            if current.contains(created.chat_id):
                return current
            orphan = OtherChat(created.chat_id, created.open_conversation_id, created.generation)
            return replace(current, other_chats=(*current.other_chats, orphan))

        return self._update(key, resolve)

    def adopt(self, key: str, chat: RegistryEntry) -> RegistryEntry:
        """Record the IDs of an existing chat, which resolves an intent; return the resulting entry.

        IDs recorded concurrently by others are preserved.
        """

        def adopt(current: RegistryEntry) -> RegistryEntry:
            return current if current.chat_id not in ("", chat.chat_id) else _with_ids(current, chat)

        return self._update(key, adopt)

    def record_search(self, key: str, attempt: str, time: float, found: str) -> None:
        """Record the result of a search in an unanswered intent, so that it is not repeated in every run."""
        self._update(key, _amending(attempt, searched_at=time, search_result=found))

    def record_received(self, key: str, attempt: str, received: str) -> None:
        """Record in an intent what DingTalk answered to it, without a chat ID."""
        self._update(key, _amending(attempt, received=received))

    def clear_intent(self, key: str, attempt: str) -> None:
        """Remove the intent of an attempt that definitely created no chat; preserve that of another attempt."""

        def clear(current: RegistryEntry) -> RegistryEntry:
            matches = current.intent and current.intent.attempt == attempt
            return replace(current, intent=None) if matches else current

        self._update(key, clear)

    def forget(self, key: str) -> RegistryEntry:
        """Remove the intent of any attempt and mark orphaned chats as resolved, after an operator's review."""

        def forget(current: RegistryEntry) -> RegistryEntry:
            return replace(
                current, intent=None, other_chats=tuple(replace(one, resolved=True) for one in current.other_chats)
            )

        return self._update(key, forget)

    def renew(self, key: str, gone: str) -> RegistryEntry:
        """Start a new generation of a chat that no longer exists; ``gone`` is its ID, or empty if unknown.

        A chat or an intent recorded concurrently by others is preserved.
        """

        def renew(current: RegistryEntry) -> RegistryEntry:
            if current.chat_id != gone or current.intent:
                return current
            old = OtherChat(current.chat_id, current.open_conversation_id, current.generation, resolved=True)
            return RegistryEntry(
                generation=current.generation + 1,
                name=current.name,
                other_chats=(*current.other_chats, *([old] if gone else [])),
                extra=current.extra,
            )

        return self._update(key, renew)

    def _update(self, key: str, change: Callable[[RegistryEntry], RegistryEntry]) -> RegistryEntry:
        """Update an entry and return it; raises ``ClusterError`` if the write failed or its outcome is unknown.

        After a lost answer or a server error, the live entry decides whether the write succeeded.
        """

        def update(data: dict[str, str]) -> tuple[dict[str, str], RegistryEntry]:
            content = _parse(data)
            entries = content["chats"].setdefault(self._endpoint, {}).setdefault(self._app_key, {})
            before = _load(key, entries[key]) if key in entries else RegistryEntry()
            entry = change(before)
            if entry == before:
                return data, entry
            entries[key] = registry_entry.dump(entry)
            return {**data, KEY: yaml_text.dump_lines(content)}, entry

        try:
            return shared_configmap.update_config_map(self._cluster, update, self._dry_run)
        except ClusterError as error:
            live = self._live_entry_after(key, error)
            if change(live) != live:
                raise
            return live

    def _live_entry_after(self, key: str, error: ClusterError) -> RegistryEntry:
        try:
            return self.chat(key)
        except ClusterError:
            raise error from None

    def _entries_of_app(self, content: dict[str, Any]) -> dict[str, RegistryEntry]:
        entries = content["chats"].get(self._endpoint, {}).get(self._app_key, {})
        return {key: _load(key, entry) for key, entry in entries.items()}


def registered_chats(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the chats of all apps in the registry on a cluster; empty without a registry."""
    content = _parse(_data(cluster.get(shared_configmap.PATH)))
    entries = [
        (app_key, key, _load(key, entry))
        for apps in content["chats"].values()
        for app_key, chats in apps.items()
        for key, entry in chats.items()
    ]
    return [
        {"app_key": app_key, "chat": key, "name": entry.name, "chat_id": entry.chat_id}
        for app_key, key, entry in entries
    ]


def _amending(attempt: str, **fields: Any) -> Callable[[RegistryEntry], RegistryEntry]:
    """Return the change that sets fields in the intent of an attempt, if it is still there."""

    def amend(current: RegistryEntry) -> RegistryEntry:
        if current.intent is None or current.intent.attempt != attempt:
            return current
        return replace(current, intent=replace(current.intent, **fields))

    return amend


def _with_ids(current: RegistryEntry, created: RegistryEntry) -> RegistryEntry:
    return replace(
        created,
        generation=max(current.generation, created.generation),
        other_chats=current.other_chats,
        extra=current.extra,
    )


def _data(config_map: dict[str, Any] | None) -> dict[str, str]:
    found = config_map or {}
    if KEY in (found.get("binaryData") or {}):
        raise _corrupted(" (in binaryData)")
    return dict(found.get("data") or {})


def _parse(data: dict[str, str]) -> dict[str, Any]:
    """Parse the content, with maps at all levels above entries; raises ``OperationError`` if it is malformed."""
    if KEY not in data:
        return {"version": VERSION, "chats": {}}
    try:
        content = yaml_text.load_flow(data[KEY])
    except yaml_text.NotYaml:
        content = None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise _corrupted()
    return {**content, "chats": _by_endpoint(_map(content.get("chats")))}


def _by_endpoint(spellings: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the entries by endpoint and app, where an earlier version or an editor may have spelled an endpoint.

    Raises ``OperationError`` for a chat that has different entries under two spellings.
    """
    merged: dict[str, dict[str, dict[str, Any]]] = {}
    for url, apps in spellings.items():
        for app_key, entries in _map(apps).items():
            known = merged.setdefault(server_identity(url), {}).setdefault(app_key, {})
            for key, entry in _map(entries).items():
                if known.setdefault(key, entry) != entry:
                    raise _corrupted(f" (entry {key}: it differs between spellings of {server_identity(url)})")
    return merged


def _map(value: Any) -> dict[str, Any]:
    """Return a map. What is there and cannot be read, such as null, is never taken for an empty one."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _corrupted()
    return value


def _load(key: str, entry: Any) -> RegistryEntry:
    try:
        return registry_entry.load(entry)
    except ValueError as error:
        raise _corrupted(f" (entry {key}: {error})") from None


def _corrupted(place: str = "") -> OperationError:
    return OperationError(
        f"The chat registry (ConfigMap kubesphere-system/kubesphere-dingtalk, key {KEY}){place} is corrupted, or not "
        f"version {VERSION} of its format. No chat is created while it cannot be read. Restore the key from a backup.",
        finding="KD243",
    )
