# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's access token: valid for two hours, cached between runs."""

from __future__ import annotations

from collections.abc import Callable

from ..._core.clock import Clock
from ..state.files import StateFiles
from .response import number

#: DingTalk recommends a new token about ten minutes before expiry (obtain-the-access-token-of-an-internal-app)
#: Seconds; as DingTalk recommends.
REFRESH_BEFORE_EXPIRY = 600
LIFETIME = 7200


class Tokens:
    """Provides the token of one app. ``fetch`` requests one and returns it with its lifetime in seconds."""

    def __init__(self, cache: StateFiles, name: str, fetch: Callable[[], tuple[str, int]], clock: Clock) -> None:
        self._cache = cache
        self._name = f"token-{name}.json"
        self._fetch = fetch
        self._clock = clock
        self._token = ""
        self._expiry = 0.0

    def get(self) -> str:
        """Return a token that is valid for at least ten minutes."""
        if not self._is_fresh():
            self._read()
        if not self._is_fresh():
            self._refresh(refused="")
        return self._token

    def replace(self, refused: str) -> str:
        """Return a token other than the refused one: one stored by another run, or a new one."""
        self._refresh(refused)
        return self._token

    def _refresh(self, refused: str) -> None:
        """Fetch a token unless another play has just stored one: concurrent plays wait for the first."""
        # DingTalk throttles an app that fetches many tokens, as each fork of a play would.
        with self._cache.locked(self._name, self._clock):
            self._read()
            if self._token == refused or not self._is_fresh():
                self._fetch_and_store()

    def _is_fresh(self) -> bool:
        # an expiry beyond the lifetime was written before the clock was set back
        remaining = self._expiry - self._clock.time()
        return bool(self._token) and REFRESH_BEFORE_EXPIRY < remaining <= LIFETIME

    def _read(self) -> None:
        stored = self._cache.read(self._name)
        self._token = str(stored.get("token") or "")
        self._expiry = float(number(stored.get("end")))

    def _fetch_and_store(self) -> None:
        self._token, lifetime = self._fetch()
        self._expiry = self._clock.time() + min(lifetime, LIFETIME)
        self._cache.write(self._name, {"token": self._token, "end": int(self._expiry)})
