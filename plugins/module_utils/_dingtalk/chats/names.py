# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of chats that clusters have and the registry does not; each costs one counted call, however many seek it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ..api.client import DingTalk
from ..api.errors import DingTalkError
from ..state.check_cache import NAMES
from .plain import OTHER_APP, ChatGone, Chats


class ChatNames:
    """Finds chats by name. Each chat is queried at most once in a run, and once in ``cache_valid_time``.

    The check cache has digests, as the names may be those of others.
    """

    def __init__(self, dingtalk: DingTalk) -> None:
        self._chats = Chats(dingtalk)
        self._cache = dingtalk.check_cache
        self._queried: dict[str, str | None] = {}
        #: chat ID -> digest of its name, and the other way round
        self._digests: dict[str, str] = {}
        self._by_digest: dict[str, list[str]] = {}

    def find(self, name: str, chat_ids: AbstractSet[str]) -> list[str]:
        """Return those of the chats that exist, belong to the app and have this name; raises ``DingTalkError``."""
        for chat_id in sorted(chat_ids - self._digests.keys()):
            self._digests[chat_id] = self._cached(chat_id) or self._digest(self._query(chat_id))
            self._by_digest.setdefault(self._digests[chat_id], []).append(chat_id)
        found = self._by_digest.get(self._digest(name), [])
        # Only that it has another name is taken from the cache: a chat that is to be adopted must still exist.
        return [chat_id for chat_id in found if chat_id in chat_ids and self._query(chat_id) == name]

    def _query(self, chat_id: str) -> str | None:
        """Return the name, None if the chat does not exist or belongs to another app."""
        if chat_id not in self._queried:
            self._queried[chat_id] = self._live_name(chat_id)
            self._cache.put(NAMES, chat_id, name_digest=self._digest(self._queried[chat_id]))
        return self._queried[chat_id]

    def _live_name(self, chat_id: str) -> str | None:
        try:
            return self._chats.get(chat_id).name
        except ChatGone:
            return None
        except DingTalkError as error:
            # Any other error leaves the result unknown.
            if OTHER_APP not in error.codes:
                raise
            return None

    def _cached(self, chat_id: str) -> str:
        return str((self._cache.get(NAMES, chat_id) or {}).get("name_digest") or "")

    def _digest(self, name: str | None) -> str:
        return self._cache.digest("chat name", name)
