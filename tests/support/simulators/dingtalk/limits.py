# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk's frequency limits and monthly quotas; each can be changed, or disabled with None."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from tests.support.simulators.dingtalk.clock import Clock
from tests.support.simulators.dingtalk.organisation import Robot

IP_WINDOW, IP_BAN = 20, 300
ROBOT_WINDOW, ROBOT_BAN = 60, 600


@dataclass
class Limits:
    """The standard edition's limits. `qps` (20 in DingTalk) is disabled to speed up tests."""

    clock: Clock
    qps: int | None = None
    """Calls of one API by one app in a second."""
    per_ip: int | None = 10000
    """Calls from one IP in 20 seconds; then the IP is banned for 5 minutes."""
    monthly: dict[str, int | None] = field(default_factory=lambda: {"api": 5000, "webhook": 3000})
    """Calls of the organisation in a calendar month, by quota."""
    robot_per_minute: int | None = 20
    """Messages of one custom robot; then the robot is limited for 10 minutes."""

    def __post_init__(self) -> None:
        self._windows: dict[str, deque[float]] = {}
        self._banned: dict[str, float] = {}
        self._used: Counter[tuple[str, str]] = Counter()

    def banned(self, ip: str) -> bool:
        """Count a call from this IP and return whether the IP is banned."""
        now = self.clock.now()
        if self._banned.get(ip, 0.0) > now:
            return True
        if self.per_ip is None or _fits(self._windows.setdefault(ip, deque()), now, IP_WINDOW, self.per_ip):
            return False
        self._banned[ip] = now + IP_BAN
        return True

    def too_fast(self, app: str, path: str) -> bool:
        """Count an app's call of an API and return whether it exceeds the limit per second."""
        if self.qps is None:
            return False
        return not _fits(self._windows.setdefault(f"{app} {path}", deque()), self.clock.now(), 1, self.qps)

    def used_up(self, quota: str) -> bool:
        """Return whether this month's quota is used up."""
        limit = self.monthly.get(quota)
        return limit is not None and self.used(quota) >= limit

    def spend(self, quota: str) -> None:
        """Count one call against the month's quota."""
        self._used[quota, self._month()] += 1

    def used(self, quota: str) -> int:
        """Return this month's calls."""
        return self._used[quota, self._month()]

    def robot_too_fast(self, robot: Robot) -> bool:
        """Count a robot's message and return whether the robot is limited."""
        now = self.clock.now()
        if robot.limited_until > now:
            return True
        if self.robot_per_minute is None or _fits(robot.sent, now, ROBOT_WINDOW, self.robot_per_minute):
            return False
        robot.limited_until = now + ROBOT_BAN
        return True

    def _month(self) -> str:
        return time.strftime("%Y-%m", time.gmtime(self.clock.now()))


def _fits(window: deque[float], now: float, seconds: float, limit: int) -> bool:
    """Drop expired entries of the window; add an entry and return True unless the limit is reached."""
    while window and window[0] <= now - seconds:
        window.popleft()
    if len(window) >= limit:
        return False
    window.append(now)
    return True
