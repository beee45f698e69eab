# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, injected so that a test can stand still or leap."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch, and waiting."""

    def time(self) -> float:
        """Return the current time in seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def time(self) -> float:
        """Return the current time in seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Deadline:
    """The end of a wait that begins now and may take ``timeout`` seconds, with a look every ``interval``."""

    def __init__(self, clock: Clock, timeout: int, interval: float) -> None:
        self.timeout = timeout
        self._clock = clock
        self._interval = interval
        self._end = clock.time() + timeout

    def wait(self) -> bool:
        """Pause before another look, the last one at the end; return False, at once, when the time is over."""
        left = self._end - self._clock.time()
        if left <= 0:
            return False
        self._clock.sleep(min(self._interval, left))
        return True


def moment(time: float) -> str:
    """Return a time, in seconds since the epoch, for an operator."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
