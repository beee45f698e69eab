# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a controller calls, whatever the number of its plays and forks; and when it must not call at all.

Both stand in small files of the state folder, which all plays of a user share.
"""

from __future__ import annotations

from typing import Any

from ..._core.clock import Clock
from ..state.files import StateFiles

#: A wait that is no more than a rounding error is still a wait.
SHORTEST_WAIT = 0.001


class Rates:
    """Waits until one more call fits into a sliding window."""

    def __init__(self, files: StateFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock
        # enough for this process where the folder cannot be used
        self._own: dict[str, list[float]] = {}

    def wait(self, name: str, calls: int, period: float) -> None:
        """Return when a call may leave, so that no more than ``calls`` leave in any ``period`` seconds."""
        while delay := self._take(f"rate-{name}.json", calls, period):
            self._clock.sleep(delay)

    def _take(self, file: str, calls: int, period: float) -> float:
        """Take a place in the window and return 0, or return the seconds until there may be one."""
        with self._files.locked(file, self._clock):
            now = self._clock.time()
            known = _numbers(self._files.read(file).get("calls")) or self._own.get(file, [])
            # what lies in the future was written by a clock that has been set back since
            window = [time for time in known if now - period < time <= now]
            if len(window) >= calls:
                return max(window[-calls] + period - now, SHORTEST_WAIT)
            self._own[file] = [*window, now]
            self._files.write(file, {"calls": self._own[file]})
            return 0.0


class Cooldowns:
    """Remembers until when DingTalk punishes calls, so that nothing is called meanwhile."""

    def __init__(self, files: StateFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock

    def start(self, name: str, seconds: float) -> None:
        """Remember that a punishment of this many seconds has begun."""
        self._files.write(f"pause-{name}.json", {"until": self._clock.time() + seconds, "seconds": seconds})

    def left(self, name: str) -> float:
        """Return for how many seconds a punishment goes on; 0 when there is none."""
        stored = self._files.read(f"pause-{name}.json")
        until, seconds = _numbers([stored.get("until"), stored.get("seconds")]) or (0.0, 0.0)
        left = until - self._clock.time()
        return left if 0 < left <= seconds else 0.0


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list) or not all(isinstance(value, int | float) for value in values):
        return []
    return [float(value) for value in values]
