# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DingTalk need not be asked again: user IDs, granted permissions, and when chats and robots were checked.

It is kept on the controller, and, for controllers that keep nothing, beside the chat registry as well.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Protocol

from ..._core.clock import Clock
from .files import StateFiles

CHATS, ROBOTS, USERS, PERMISSIONS = "chats", "robots", "users", "permissions"
#: The default of ``cache_valid_time``, in seconds.
A_DAY = 86400
#: What was not renewed for so long is dropped.
RETENTION = 30 * A_DAY

#: Section -> name -> what is known, with ``time`` in seconds since the epoch.
Entries = dict[str, dict[str, dict[str, Any]]]


class Shared(Protocol):
    """The same for all controllers."""

    def read(self) -> Entries:
        """Return what the controllers know; empty when there is nothing, or nothing usable."""

    def add(self, news: Entries, now: float) -> None:
        """Add news to it."""


class CheckCache:
    """What is known of one app. ``valid_time``: for how many seconds that may be relied on; 0 for not at all.

    What must not be readable, such as a mobile number, is kept as a digest whose key is the app secret.
    """

    def __init__(self, cache: StateFiles, file: str, clock: Clock, app_secret: str, valid_time: float) -> None:
        self._cache = cache
        self._file = file
        self._clock = clock
        self._key = app_secret.encode()
        self._valid_time = valid_time
        self._shared: Shared | None = None
        self._known: Entries | None = None
        self._news: Entries = {}

    def share(self, shared: Shared) -> None:
        """Learn from other controllers, and let them learn."""
        self._shared = shared
        self._known = merge(self._entries(), shared.read())

    def digest(self, *parts: Any) -> str:
        """Return a name for a wish or a person, by which it is recognised and nothing else is learned.

        ``parts``: what JSON knows, and dataclasses.
        """
        text = json.dumps(parts, sort_keys=True, default=vars)
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def get(
        self, section: str, name: str, desired_digest: str | None = None, within: float | None = None
    ) -> Mapping[str, Any] | None:
        """Return what is known and may be relied on; ``desired_digest`` must be the digest that it was noted with."""
        entry = self._entries().get(section, {}).get(name)
        valid_time = self._valid_time if within is None else within
        if entry is None or (desired_digest is not None and entry.get("desired_digest") != desired_digest):
            return None
        # what lies in the future was written by a clock that has been set back since
        return entry if 0 <= self._clock.time() - entry["time"] < valid_time else None

    def put(self, section: str, name: str, **facts: Any) -> None:
        """Remember what DingTalk has just told; the same once more only if it has become old meanwhile."""
        now = int(self._clock.time())
        known = self._entries().get(section, {}).get(name)
        if known and {**facts, "time": known["time"]} == known and not self._is_old(known, now):
            return
        for entries in (self._entries(), self._news):
            entries.setdefault(section, {})[name] = {**facts, "time": now}

    def time_of(self, section: str, name: str) -> int | None:
        """Return when something was noted, in seconds since the epoch."""
        entry = self._entries().get(section, {}).get(name)
        return entry["time"] if entry else None

    def save(self, share: bool = True) -> None:
        """Keep what was noted; ``share`` tells whether other controllers may learn it."""
        if not self._news:
            return
        now = self._clock.time()
        with self._cache.locked(self._file, self._clock):
            stored = well_formed(self._cache.read(self._file))
            self._cache.write(self._file, dict(unexpired(merge(stored, self._news), now)))
        if share and self._shared:
            self._shared.add(self._news, now)
        self._news = {}

    def _is_old(self, entry: Mapping[str, Any], now: float) -> bool:
        return self._valid_time > 0 and not 0 <= now - entry["time"] < self._valid_time / 2

    def _entries(self) -> Entries:
        if self._known is None:
            self._known = well_formed(self._cache.read(self._file))
        return self._known


def merge(*several: Entries) -> Entries:
    """Return all entries; of two of the same name, the younger one."""
    merged: Entries = {}
    for entries in several:
        for section, items in entries.items():
            place = merged.setdefault(section, {})
            for name, entry in items.items():
                if name not in place or place[name]["time"] <= entry["time"]:
                    place[name] = entry
    return merged


def unexpired(entries: Entries, now: float) -> Entries:
    """Return the entries that somebody may still need."""
    return {
        section: {name: entry for name, entry in items.items() if now - entry["time"] < RETENTION}
        for section, items in entries.items()
    }


def well_formed(value: Any) -> Entries:
    """Return the entries in a value that was read; whatever has another form is left out."""
    sections = value if isinstance(value, dict) else {}
    return {
        str(section): {
            str(name): entry
            for name, entry in items.items()
            if isinstance(entry, dict) and isinstance(entry.get("time"), int)
        }
        for section, items in sections.items()
        if isinstance(items, dict)
    }
