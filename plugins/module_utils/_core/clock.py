# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, injected so that a test can stand still or leap."""

from __future__ import annotations

import time
from collections.abc import Iterator
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

    def looks(self) -> Iterator[None]:
        """Wait before each further look that there is time for, the last one at the end."""
        while (left := self._end - self._clock.time()) > 0:
            self._clock.sleep(min(self._interval, left))
            yield


def moment(time: float) -> str:
    """Return a time, in seconds since the epoch, for an operator."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
