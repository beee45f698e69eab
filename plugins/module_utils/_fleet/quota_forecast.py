# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clusters' own messages cost in a month: notification-manager calls DingTalk as well, and repeats itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .._alertmanager.config import seconds

MONTH = 30 * 86400
#: DingTalk's monthly quotas in the standard edition (dingtalk-application-development-platform-billing-model): calls of
#: its API, and messages through webhooks.
CALLS, WEBHOOK_MESSAGES = 5000, 3000
#: What KubeSphere's own Alertmanager configuration says.
DEFAULT_REPEAT_INTERVAL = 12 * 3600.0
HOUR, MINUTE = 3600, 60


@dataclass(frozen=True)
class Sends:
    """What one cluster sends of a standing alert every ``interval`` seconds: to how many chats, by how many robots."""

    chats: int
    robots: int
    interval: float

    def in_month(self, targets: int) -> Fraction:
        """Return the messages to so many targets; exact, as the sum over a fleet is held to a limit."""
        return targets * MONTH / Fraction(self.interval)


def sends_of(features: Mapping[str, Mapping[str, Any]]) -> Sends | None:
    """Return what a cluster sends. ``features``: the name of each wished feature -> its role's options."""
    notification = features.get("notification")
    if not notification or not notification["notification_enabled"]:
        return None
    route = features.get("alertmanager", {}).get("alertmanager_route") or {}
    interval = seconds(route.get("repeat_interval")) or DEFAULT_REPEAT_INTERVAL
    return Sends(len(notification["notification_chats"]), int(bool(notification["notification_robot"])), interval)


@dataclass(frozen=True)
class Forecast:
    """Calls and messages in a month of 30 days, while one alert stands in each cluster."""

    sends: tuple[Sends, ...]
    #: the plays' own counted calls
    checks: int

    @classmethod
    def of(cls, sends: Iterable[Sends | None], checked: int, valid_time: float) -> Forecast:
        """Return the forecast for clusters, and ``checked`` chats and robots that are looked at each ``valid_time``."""
        checks = math.ceil(checked * MONTH / valid_time) if valid_time > 0 else 0
        return cls(tuple(item for item in sends if item), checks)

    @property
    def calls(self) -> int:
        """Counted calls by which messages get into chats."""
        return math.ceil(sum(item.in_month(item.chats) for item in self.sends))

    @property
    def webhook_messages(self) -> int:
        """Messages through robots' webhooks."""
        return math.ceil(sum(item.in_month(item.robots) for item in self.sends))

    def facts(self) -> dict[str, int]:
        """Return the forecast for a result."""
        return {
            "clusters": len(self.sends),
            "calls": self.calls,
            "checks": self.checks,
            "webhook_messages": self.webhook_messages,
        }

    def warnings(self) -> list[str]:
        """Return what passes a quota of the standard edition, with the interval that would fit."""
        found = []
        if self.calls + self.checks > CALLS:
            chats = sum(item.chats for item in self.sends)
            found.append(
                _warning(
                    f"{self.calls} calls of DingTalk's API to send to chats, beside {self.checks} by plays that run "
                    f"often; the standard edition has {CALLS}",
                    _fitting(chats, CALLS - self.checks),
                )
            )
        if self.webhook_messages > WEBHOOK_MESSAGES:
            robots = sum(item.robots for item in self.sends)
            found.append(
                _warning(
                    f"{self.webhook_messages} messages through robots' webhooks; the standard edition has "
                    f"{WEBHOOK_MESSAGES}",
                    _fitting(robots, WEBHOOK_MESSAGES),
                )
            )
        return found


def _warning(cost: str, interval: str) -> str:
    hint = (
        f"alertmanager_route.repeat_interval: {interval} on all clusters would fit"
        if interval
        else "No repeat_interval would fit, as the plays' own calls use it up: raise dingtalk_cache_valid_time"
    )
    return (
        f"One standing alert in each cluster costs in a month {cost}. {hint}; else DingTalk drops the messages when "
        "the month's quota is used up."
    )


def _fitting(messages: int, quota: int) -> str:
    """Return the shortest interval, rounded up, at which so many messages each time keep within the quota."""
    if quota <= 0:
        return ""
    shortest = messages * MONTH / quota
    if shortest > HOUR:
        return f"{math.ceil(shortest / HOUR)}h"
    return f"{math.ceil(shortest / MINUTE)}m"
