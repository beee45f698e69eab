# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits and cool-downs of one controller, whatever the number of its plays and forks.

They are stored as small files in the state folder, which all plays of a user share.
"""

from __future__ import annotations

from typing import Any

from ..._core.clock import Clock
from ..state.files import StateFiles

#: Minimum wait in seconds, so that a rounding error never makes it 0.
#: Rounding may leave no time to wait, and the next attempt would come at once.
MIN_WAIT = 0.001


class Rates:
    """Rate limits with a sliding window."""

    def __init__(self, files: StateFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock
        # fallback for this process when the folder is not usable
        self._local: dict[str, list[float]] = {}

    def wait(self, name: str, calls: int, period: float) -> None:
        """Wait until a call is allowed: at most ``calls`` in any ``period`` seconds."""
        # Another play may have taken the place in the window during the pause.
        while delay := self._reserve(f"rate-{name}.json", calls, period):
            self._clock.sleep(delay)

    def _reserve(self, file: str, calls: int, period: float) -> float:
        """Reserve a call in the window and return 0, or return the seconds to wait before the next attempt."""
        with self._files.locked(file, self._clock):
            now = self._clock.time()
            known = _numbers(self._files.read(file).get("calls")) or self._local.get(file, [])
            # ignores times in the future, written before the clock was set back
            window = [time for time in known if now - period < time <= now]
            if len(window) >= calls:
                return max(window[-calls] + period - now, MIN_WAIT)
            self._local[file] = [*window, now]
            self._files.write(file, {"calls": self._local[file]})
            return 0.0


class Cooldowns:
    """Cool-downs: times until which DingTalk bans calls."""

    def __init__(self, files: StateFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock

    def start(self, name: str, seconds: float) -> None:
        """Start a cool-down."""
        self._files.write(f"cooldown-{name}.json", {"until": self._clock.time() + seconds, "seconds": seconds})

    def remaining(self, name: str) -> float:
        """Return the remaining seconds of a cool-down; 0 when there is none."""
        stored = self._files.read(f"cooldown-{name}.json")
        until, seconds = _numbers([stored.get("until"), stored.get("seconds")]) or (0.0, 0.0)
        remaining = until - self._clock.time()
        # one longer than the ban itself was written before the clock was set back
        return remaining if 0 < remaining <= seconds else 0.0


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list) or not all(isinstance(value, int | float) for value in values):
        return []
    return [float(value) for value in values]
