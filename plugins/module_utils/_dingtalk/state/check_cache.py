# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check cache: user IDs, granted permissions, and when chats and robots were last checked with DingTalk.

It is stored on the controller, and next to the chat registry for controllers without persistent storage.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Protocol

from ..._core.clock import DAY, Clock
from .files import StateFiles

CHATS, ROBOTS, USERS, PERMISSIONS = "chats", "robots", "users", "permissions"
#: Names of chats that clusters have and the registry does not.
NAMES = "names"
CONVERSATIONS = "conversations"
#: Webhooks that accepted a test message, with their signing secrets.
WEBHOOKS = "webhooks"
#: The facts without which an entry of a section is malformed.
_REQUIRED = {
    CHATS: ("open_conversation_id", "desired_digest"),
    CONVERSATIONS: ("open_conversation_id",),
    USERS: ("userid",),
    NAMES: ("name_digest",),
    WEBHOOKS: ("desired_digest",),
}
#: The default of ``cache_valid_time``, in seconds.
#: Entries that were not refreshed for this number of seconds are deleted.
RETENTION = 30 * DAY

#: Section -> name -> facts, with ``time`` in seconds since the epoch.
Entries = dict[str, dict[str, dict[str, Any]]]


class SharedCache(Protocol):
    """The check cache that all controllers share."""

    def read(self) -> Entries:
        """Return the entries; empty if there are no usable ones."""

    def add(self, updates: Entries, now: float) -> None:
        """Merge updates into the entries."""


class CheckCache:
    """Check cache of one app. ``valid_time``: default age in seconds up to which an entry is valid; 0 for none.

    Personal data such as mobile numbers is stored as an HMAC digest with the app secret as its key.
    """

    def __init__(self, cache: StateFiles, file: str, clock: Clock, app_secret: str, valid_time: float) -> None:
        self._cache = cache
        self._file = file
        self._clock = clock
        self._key = app_secret.encode()
        self._valid_time = valid_time
        self._shared: SharedCache | None = None
        self._loaded: Entries | None = None
        self._updates: Entries = {}

    def attach(self, shared: SharedCache) -> None:
        """Merge the cache shared with other controllers into this one, and update it on :meth:`save`."""
        self._shared = shared
        self._loaded = merge(self._entries(), shared.read())

    def digest(self, *parts: Any) -> str:
        """Return the digest of a desired state or a person, which does not reveal its content.

        ``parts`` are values that JSON supports, or dataclasses.
        """
        text = json.dumps(parts, sort_keys=True, default=vars)
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def get(
        self, section: str, name: str, desired_digest: str | None = None, max_age: float | None = None
    ) -> Mapping[str, Any] | None:
        """Return an entry if it is valid and has ``desired_digest``, if given.

        ``max_age``: the age in seconds up to which it is valid, None for the default.
        """
        entry = self._entries().get(section, {}).get(name)
        valid_time = self._valid_time if max_age is None else max_age
        if entry is None or (desired_digest is not None and entry.get("desired_digest") != desired_digest):
            return None
        # an entry from the future was written before the clock was set back
        return entry if 0 <= self._clock.time() - entry["time"] < valid_time else None

    def put(self, section: str, name: str, **facts: Any) -> None:
        """Store facts just received from DingTalk; unchanged ones only if the entry needs a refresh."""
        now = int(self._clock.time())
        stored = self._entries().get(section, {}).get(name)
        if stored and {**facts, "time": stored["time"]} == stored and not self._needs_refresh(stored, now):
            return
        for entries in (self._entries(), self._updates):
            entries.setdefault(section, {})[name] = {**facts, "time": now}

    def checked_at(self, section: str, name: str) -> int | None:
        """Return the time of an entry, in seconds since the epoch."""
        entry = self._entries().get(section, {}).get(name)
        return entry["time"] if entry else None

    def save(self, share: bool = True) -> None:
        """Write the updates to the file and, if ``share``, to the shared cache."""
        if not self._updates:
            return
        now = self._clock.time()
        with self._cache.locked(self._file, self._clock):
            stored = well_formed(self._cache.read(self._file))
            self._cache.write(self._file, dict(unexpired(merge(stored, self._updates), now)))
        if share and self._shared:
            self._shared.add(self._updates, now)
        self._updates = {}

    def _needs_refresh(self, entry: Mapping[str, Any], now: float) -> bool:
        return self._valid_time > 0 and not 0 <= now - entry["time"] < self._valid_time / 2

    def _entries(self) -> Entries:
        if self._loaded is None:
            self._loaded = well_formed(self._cache.read(self._file))
        return self._loaded


def merge(*sources: Entries) -> Entries:
    """Return the union of entries; of two with the same name, the newer one."""
    merged: Entries = {}
    for entries in sources:
        for section, items in entries.items():
            target = merged.setdefault(section, {})
            for name, entry in items.items():
                if name not in target or target[name]["time"] <= entry["time"]:
                    target[name] = entry
    return merged


def unexpired(entries: Entries, now: float) -> Entries:
    """Return the entries within the retention time."""
    return {
        section: {name: entry for name, entry in items.items() if now - entry["time"] < RETENTION}
        for section, items in entries.items()
    }


def well_formed(value: Any) -> Entries:
    """Return the entries of a parsed file, without malformed ones."""
    sections = value if isinstance(value, dict) else {}
    return {
        str(section): {
            str(name): entry
            for name, entry in items.items()
            if isinstance(entry, dict)
            and isinstance(entry.get("time"), int)
            and all(isinstance(entry.get(fact), str) and entry[fact] for fact in _REQUIRED.get(str(section), ()))
        }
        for section, items in sections.items()
        if isinstance(items, dict)
    }
