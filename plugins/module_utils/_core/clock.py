# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, injected so that tests control it, and the time of servers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

#: Seconds of a day.
DAY = 86400


class Clock(Protocol):
    """A source of time that can also wait."""

    def time(self) -> float:
        """Return the current time in seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds."""


class SystemClock:
    """The system's clock."""

    def time(self) -> float:
        """Return the current time in seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds."""
        time.sleep(seconds)


class ServerClock:
    """A server's clock, by the header ``Date`` of its latest answer; the time since then is measured here."""

    def __init__(self) -> None:
        self._seen: tuple[float, float] | None = None

    def see(self, date: str | None) -> None:
        """Note the header of an answer that has just arrived; one that is missing or invalid says nothing."""
        try:
            self._seen = parsedate_to_datetime(date or "").timestamp(), time.monotonic()
        except (ValueError, TypeError, OverflowError):
            return

    def time(self) -> float | None:
        """Return what it shows now in epoch seconds, None if no answer had a date."""
        return self._seen and self._seen[0] + time.monotonic() - self._seen[1]


class Deadline:
    """The end of a polling loop that starts now, takes at most ``timeout`` seconds and polls every ``interval``."""

    def __init__(self, clock: Clock, timeout: int, interval: float) -> None:
        self.timeout = timeout
        self._clock = clock
        self._interval = interval
        self._end = clock.time() + timeout

    def wait(self) -> bool:
        """Wait until the next poll, the last one at the deadline; return False without waiting once it has passed."""
        left = self._end - self._clock.time()
        if left <= 0:
            return False
        self._clock.sleep(min(self._interval, left))
        return True


def epoch(text: Any) -> float | None:
    """Return a time of Kubernetes in epoch seconds, None if there is none, or if it cannot be read.

    A time without a zone is UTC.
    """
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def moment(time: float) -> str:
    """Return a time, given in seconds since the epoch, in readable form."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
