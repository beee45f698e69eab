# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of Alertmanager's API for alerts and silences, with groups of one alert each.

A group is notified ``group_wait`` seconds after its first alert, unless that is resolved or silenced by then. A group
that was notified and is resolved later is notified again by :meth:`AlertmanagerApi.advance`, unless it is silenced.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from tests.support.simulators.kubernetes import ProxyAnswer, ProxyRequest

Json = dict[str, Any]


class AlertmanagerApi:
    """Answers through the service proxy; ``notify`` gets the alerts of each notification.

    ``receivers``: those to which it routes every alert. ``group_wait``: in seconds. ``refusal``: HTTP status of its
    answers to posted alerts, 0 for none. ``posted``: all alerts that were posted.
    """

    def __init__(self, notify: Callable[[list[Json]], object], group_wait: float = 30.0) -> None:
        self.receivers: Sequence[str] = ("prometheus",)
        self.refusal = 0
        self.state = "active"
        self.posted: list[Json] = []
        self.silences: list[Json] = []
        self._notify = notify
        self.group_wait = group_wait
        self._alerts: dict[str, Json] = {}
        self._timers: list[threading.Timer] = []
        self._lock = threading.Lock()
        self._waiting: dict[str, float] = {}
        self._notified: set[str] = set()

    def advance(self, seconds: float) -> None:
        """Let time pass for all groups, as a clock of the test does."""
        self._waiting = {name: left - seconds for name, left in self._waiting.items()}
        for name in [name for name, left in self._waiting.items() if left <= 0]:
            self._flush(name)
        for name in sorted(self._notified):
            if _is_resolved(self._alerts[name]) and not self._is_silenced(name):
                self._notified.discard(name)
                self._notify([{"status": "resolved", **self._alerts[name]}])

    def _is_silenced(self, name: str) -> bool:
        return any(matcher["value"] == name for silence in self.silences for matcher in silence["matchers"])

    def answer(self, request: ProxyRequest) -> ProxyAnswer:
        if (request.method, request.path) == ("POST", "/api/v2/alerts"):
            return self._post(json.loads(request.body))
        if (request.method, request.path) == ("POST", "/api/v2/silences"):
            self.silences.append(json.loads(request.body))
            return ProxyAnswer(200, b'{"silenceID": "1"}')
        if (request.method, request.path) == ("GET", "/api/v2/alerts"):
            return ProxyAnswer(200, json.dumps(self._listed(request.query)).encode())
        return ProxyAnswer(404, b"404 page not found\n", {"Content-Type": "text/plain"})

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _post(self, alerts: list[Json]) -> ProxyAnswer:
        if self.refusal:
            return ProxyAnswer(self.refusal, b'"invalid"')
        with self._lock:
            for alert in alerts:
                self.posted.append(alert)
                name = alert["labels"]["alertname"]
                now = datetime.now(UTC).isoformat()
                stored = {"startsAt": now, **alert}
                if name not in self._alerts:
                    self._timers.append(threading.Timer(self.group_wait, self._flush, [name]))
                    self._timers[-1].start()
                    self._waiting[name] = self.group_wait
                self._alerts[name] = stored
        return ProxyAnswer(200, b"")

    def _flush(self, name: str) -> None:
        with self._lock:
            if self._waiting.pop(name, None) is None:
                return
        alert = self._alerts[name]
        if not _is_resolved(alert) and not self._is_silenced(name):
            self._notified.add(name)
            self._notify([{"status": "firing", **alert}])

    def _listed(self, query: str) -> list[Json]:
        [matcher] = parse_qs(query)["filter"]
        name = matcher.partition("=")[2].strip('"')
        alert = self._alerts.get(name)
        if alert is None or _is_resolved(alert):
            return []
        status = {"state": self.state, "silencedBy": [], "inhibitedBy": []}
        return [{**alert, "receivers": [{"name": receiver} for receiver in self.receivers], "status": status}]


def _is_resolved(alert: Json) -> bool:
    ends_at = str(alert.get("endsAt") or "")
    return bool(ends_at) and datetime.fromisoformat(ends_at) <= datetime.now(UTC)
