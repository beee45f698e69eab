# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The synthetic alert: an alert that is marked as a test, as Alertmanager's API takes and lists it.

It forms a group of its own, as its name is unique and the routes group by it. A group whose alerts are all resolved
before its first notification, after ``group_wait``, is never notified.

Source: prometheus/alertmanager 0.21 to 0.27 (api/v2/api.go, dispatch/dispatch.go, notify/notify.go ``needsUpdate``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from .._alertmanager.routes import Taken
from .._alertmanager.timing import TIMING, milliseconds
from .._core.bounded import json_text
from .._delivery.holdings import mapping
from .._kubesphere.releases import labels_of_rules

NAME = "KubeSphereDingTalkTest"
#: Severities to try: the first with which the alert reaches the most Receivers.
SEVERITIES = ("warning", "critical")
ALERTS, SILENCES = "/api/v2/alerts", "/api/v2/silences"
#: Seconds that the alert needs at most to be posted, seen and resolved.
NEEDED_WAIT = 10.0
#: How long a silence keeps the message back that the test alert is resolved.
_SILENCE = timedelta(hours=1)


def labels_of(release: str, severity: str, cluster: str, now: float) -> dict[str, str]:
    """Return the labels: those that decide the way of alerts of built-in policies, and a name of its own."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3]
    return {"alertname": f"{NAME}-{cluster}-{moment}Z", "severity": severity, **labels_of_rules(release)}


def annotations_of(cluster: str, now: float) -> dict[str, str]:
    """Return the text: which cluster, when, and that it is a test."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    text = f"TEST: cluster {cluster}, {moment}. No action is needed. 测试消息，无需处理。"
    return {"summary": text, "message": text}


@dataclass(frozen=True)
class Seen:
    """The alert as Alertmanager lists it. ``state``: ``active``, ``suppressed`` or ``unprocessed``."""

    receivers: tuple[str, ...]
    state: str
    starts_at: str


def query(name: str) -> str:
    """Return the path that lists the alert of this name."""
    matcher = f'alertname="{name}"'
    return f"{ALERTS}?filter={quote(matcher, safe='')}"


def seen(body: bytes) -> Seen | None:
    """Return the alert in Alertmanager's list, None if it is not there; raises ``NotJson``."""
    listed = json_text.load(body)
    for item in listed if isinstance(listed, list) else []:
        found = mapping(item)
        receivers = found.get("receivers")
        names = [str(mapping(item).get("name")) for item in receivers] if isinstance(receivers, list) else []
        state = str(mapping(found.get("status")).get("state") or "")
        return Seen(tuple(names), state, str(found.get("startsAt") or ""))
    return None


def firing(alert_labels: Mapping[str, str], text: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the body that posts the alert; Alertmanager sets when it starts, whatever the controller's clock."""
    return [{"labels": dict(alert_labels), "annotations": dict(text)}]


def resolved(alert_labels: Mapping[str, str], text: Mapping[str, str], starts_at: str) -> list[dict[str, Any]]:
    """Return the body that resolves it; ``starts_at``: as Alertmanager lists it, by whose clock it then ends."""
    ends_at = (datetime.fromisoformat(starts_at) + timedelta(milliseconds=1)).isoformat()
    return [{"labels": dict(alert_labels), "annotations": dict(text), "startsAt": starts_at, "endsAt": ends_at}]


def time_text(time: float) -> str:
    """Return a time, given in seconds since the epoch, as Alertmanager reads it."""
    return datetime.fromtimestamp(time, UTC).isoformat()


def silence(name: str, now: float) -> dict[str, Any]:
    """Return the silence that keeps back the message that the alert is resolved."""
    start = datetime.fromtimestamp(now, UTC)
    return {
        "matchers": [{"name": "alertname", "value": name, "isRegex": False}],
        "startsAt": start.isoformat(),
        "endsAt": (start + _SILENCE).isoformat(),
        "createdBy": "kubesphere.dingtalk",
        "comment": "Keeps back the message that a test alert is resolved.",
    }


def group_wait(routes: Sequence[Taken]) -> float:
    """Return the seconds after which Alertmanager notifies a new group of the first of the routes that does."""
    return min((_group_wait(item.settings) for item in routes), default=0.0)


def forms_own_group(routes: Sequence[Taken]) -> bool:
    """Return whether the alert shares its group with no other alert on any of the routes."""
    return all(_groups_by_name(item.settings.get("group_by")) for item in routes)


def _group_wait(settings: Mapping[str, Any]) -> float:
    value = settings.get("group_wait", TIMING["group_wait"])
    # Unlike the intervals, it may be 0.
    return milliseconds(value) / 1000


def _groups_by_name(labels: Any) -> bool:
    return isinstance(labels, list) and ("alertname" in labels or "..." in labels)
