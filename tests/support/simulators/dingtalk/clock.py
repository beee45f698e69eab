# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's clock: real time, unless a test shifts or freezes it."""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch, shifted or frozen by a test."""

    def __init__(self) -> None:
        self._shift = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self._shift if self._frozen is None else self._frozen

    def advance(self, seconds: float) -> None:
        """Advance the clock; a frozen clock remains frozen at the new time."""
        if self._frozen is None:
            self._shift += seconds
        else:
            self._frozen += seconds

    def set(self, now: float) -> None:
        """Set the time, in seconds since the epoch."""
        self.advance(now - self.now())

    def freeze(self) -> None:
        """Stop the clock, for tests that count to the second."""
        self._frozen = self.now()
