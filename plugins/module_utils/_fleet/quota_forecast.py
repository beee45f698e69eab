# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monthly cost of the clusters' messages: notification-manager calls DingTalk as well, and repeats messages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .._alertmanager.routes import built_in_labels, taken
from .._alertmanager.timing import effective_repeat_interval
from .._core.clock import DAY
from .._core.text import grouped
from .._findings.finding import cited

MONTH = 30 * DAY
#: DingTalk's monthly quotas in the standard edition (dingtalk-application-development-platform-billing-model): calls of
#: its API, and messages through webhooks.
CALLS, WEBHOOK_MESSAGES = 5000, 3000
#: The root route in KubeSphere's own Alertmanager configuration.
SHIPPED_TIMING = {"receiver": "prometheus", "group_interval": "5m", "repeat_interval": "12h"}
HOUR, MINUTE = 3600, 60


@dataclass(frozen=True)
class Sends:
    """The messages of one cluster while an alert is firing: one per chat and robot every ``interval`` seconds."""

    chats: int
    robots: int
    interval: float

    def in_month(self, targets: int) -> Fraction:
        """Return the messages to this many targets, exactly: their sum over a fleet is compared with a limit."""
        return targets * MONTH / Fraction(self.interval)


def sends_of(features: Mapping[str, Mapping[str, Any]]) -> Sends | None:
    """Return the messages of a cluster. ``features``: name of each desired feature -> its role's options."""
    notification = features.get("notification")
    if not notification or not notification["notification_enabled"]:
        return None
    interval = _interval(features.get("alertmanager", {}))
    return Sends(len(notification["notification_chats"]), int(bool(notification["notification_robot"])), interval)


def _interval(alertmanager: Mapping[str, Any]) -> float:
    """Return the shortest interval of alerts of built-in policies, in KubeSphere's own configuration as edited."""
    root = {name: value for name, value in (alertmanager.get("alertmanager_route") or {}).items() if value is not None}
    route = {**SHIPPED_TIMING, **root, "routes": alertmanager.get("alertmanager_routes") or []}
    intervals = [
        effective_repeat_interval(item.settings) for labels in built_in_labels() for item in taken(route, labels)
    ]
    return min(intervals)


def sends_of_outcomes(delivery: Iterable[Mapping[str, Any]]) -> Sends | None:
    """Return the messages of a cluster while the alert fires that costs most, by the outcomes of its task."""
    sent = [item for item in delivery if item["result"] == "delivered" and item["repeat_interval"]]
    by_alert = grouped((outcome, alert) for outcome in sent for alert in outcome["alerts"])
    found = [
        Sends(
            sum(len(item["chats"]) for item in items),
            sum(bool(item["robot"]) for item in items),
            min(item["repeat_interval"] for item in items),
        )
        for items in by_alert.values()
    ]
    return max(found, key=lambda sends: sends.in_month(sends.chats + sends.robots), default=None)


@dataclass(frozen=True)
class Forecast:
    """Calls and messages in a month of 30 days while one alert is firing in each cluster."""

    sends: tuple[Sends, ...]
    #: the plays' own counted calls
    checks: int

    @classmethod
    def of(cls, sends: Iterable[Sends | None], checked: int, valid_time: float) -> Forecast:
        """Return the forecast for clusters, and for ``checked`` chats and robots, each once per ``valid_time``."""
        checks = math.ceil(checked * MONTH / valid_time) if valid_time > 0 else 0
        return cls(tuple(item for item in sends if item), checks)

    @property
    def calls(self) -> int:
        """Counted calls that send messages to chats."""
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
        """Return a warning for each exceeded quota of the standard edition, with the interval that would fit."""
        found = []
        if self.calls + self.checks > CALLS:
            chats = sum(item.chats for item in self.sends)
            found.append(
                _warning(
                    f"{self.calls} calls of DingTalk's API to send to chats, in addition to {self.checks} by frequent "
                    f"plays; the standard edition includes {CALLS}",
                    _fitting(chats, CALLS - self.checks),
                )
            )
        if self.webhook_messages > WEBHOOK_MESSAGES:
            robots = sum(item.robots for item in self.sends)
            found.append(
                _warning(
                    f"{self.webhook_messages} messages through robots' webhooks; the standard edition includes "
                    f"{WEBHOOK_MESSAGES}",
                    _fitting(robots, WEBHOOK_MESSAGES),
                )
            )
        return found


def _warning(cost: str, interval: str) -> str:
    hint = (
        f"A repeat_interval of {interval} on all clusters would fit (alertmanager_route, and the routes that set one)"
        if interval
        else "No repeat_interval would fit, as the plays alone use up the quota: increase dingtalk_cache_valid_time"
    )
    return cited(
        f"One firing alert in each cluster costs per month {cost}. {hint}; otherwise DingTalk drops messages once the "
        "monthly quota is used up.",
        "KD251",
    )


def _fitting(messages: int, quota: int) -> str:
    """Return the shortest interval, rounded up, at which this many messages each time stay within the quota."""
    if quota <= 0:
        return ""
    shortest = messages * MONTH / quota
    if shortest > HOUR:
        return f"{math.ceil(shortest / HOUR)}h"
    return f"{math.ceil(shortest / MINUTE)}m"
