# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of chats that clusters have and the registry does not; each costs one counted call, however many seek it."""

from __future__ import annotations

from ..api.client import DingTalk
from ..api.errors import DingTalkError
from ..state.check_cache import NAMES
from .plain import OTHER_APP, ChatGone, Chats


class ChatNames:
    """Compares names of chats. Each chat is queried at most once in a run, and once in ``cache_valid_time``.

    The check cache has digests, as the names may be those of others.
    """

    def __init__(self, dingtalk: DingTalk) -> None:
        self._chats = Chats(dingtalk)
        self._cache = dingtalk.check_cache
        self._queried: dict[str, str | None] = {}

    def is_named(self, chat_id: str, name: str) -> bool:
        """Return whether a chat exists, belongs to the app and has this name; raises ``DingTalkError``.

        Only that it has another name is taken from the cache: a chat that is to be adopted must still exist.
        """
        if chat_id not in self._queried:
            cached = self._cache.get(NAMES, chat_id)
            if cached and cached.get("name_digest") != self._digest(name):
                return False
            self._queried[chat_id] = self._query(chat_id)
            self._cache.put(NAMES, chat_id, name_digest=self._digest(self._queried[chat_id]))
        return self._queried[chat_id] == name

    def _query(self, chat_id: str) -> str | None:
        """Return the name, None if the chat does not exist or belongs to another app."""
        try:
            return self._chats.get(chat_id).name
        except ChatGone:
            return None
        except DingTalkError as error:
            # Any other error leaves the result unknown.
            if OTHER_APP not in error.codes:
                raise
            return None

    def _digest(self, name: str | None) -> str:
        return self._cache.digest("chat name", name)
