# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's access token: fetched once in its two hours, kept between runs."""

from __future__ import annotations

from collections.abc import Callable

from ..._core.clock import Clock
from ..state.files import StateFiles
from .response import number

#: DingTalk's advice (obtain-the-access-token-of-an-internal-app): fetch a new one about ten minutes before the end
REFRESH_BEFORE_END = 600
LIFETIME = 7200


class Tokens:
    """Hands out one app's token. ``fetch`` asks DingTalk and returns a token and its lifetime in seconds."""

    def __init__(self, cache: StateFiles, name: str, fetch: Callable[[], tuple[str, int]], clock: Clock) -> None:
        self._cache = cache
        self._name = f"token-{name}.json"
        self._fetch = fetch
        self._clock = clock
        self._token = ""
        self._end = 0.0

    def get(self) -> str:
        """Return a token that is good for at least ten minutes."""
        if not self._is_fresh():
            self._read()
        if not self._is_fresh():
            self._share_renewed(refused="")
        return self._token

    def replace(self, refused: str) -> str:
        """Return another token than the one that DingTalk refused: one that another run has stored, or a new one."""
        self._share_renewed(refused)
        return self._token

    def _share_renewed(self, refused: str) -> None:
        """Fetch a token unless another play has just done so: plays that start together wait for the first one's."""
        with self._cache.locked(self._name, self._clock):
            self._read()
            if self._token == refused or not self._is_fresh():
                self._renew()

    def _is_fresh(self) -> bool:
        # an end too far away was written by a clock that has been set back since
        left = self._end - self._clock.time()
        return bool(self._token) and REFRESH_BEFORE_END < left <= LIFETIME

    def _read(self) -> None:
        stored = self._cache.read(self._name)
        self._token = str(stored.get("token") or "")
        self._end = float(number(stored.get("end")))

    def _renew(self) -> None:
        self._token, lifetime = self._fetch()
        self._end = self._clock.time() + min(lifetime, LIFETIME)
        self._cache.write(self._name, {"token": self._token, "end": int(self._end)})
