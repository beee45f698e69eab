# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of Alertmanager's API for alerts and silences, with groups of one alert each.

A group is notified ``group_wait`` seconds after its first alert, unless that is resolved or silenced by then.
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

    ``receivers``: those to which it routes every alert. ``refusal``: HTTP status of its answers to posted alerts, 0 for
    none. ``posted``: all alerts that were posted.
    """

    def __init__(self, notify: Callable[[list[Json]], object], group_wait: float = 30.0) -> None:
        self.receivers: Sequence[str] = ("prometheus",)
        self.refusal = 0
        self.state = "active"
        self.posted: list[Json] = []
        self.silences: list[Json] = []
        self._notify = notify
        self._group_wait = group_wait
        self._alerts: dict[str, Json] = {}
        self._timers: list[threading.Timer] = []
        self._lock = threading.Lock()

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
                    self._timers.append(threading.Timer(self._group_wait, self._flush, [name]))
                    self._timers[-1].start()
                self._alerts[name] = stored
        return ProxyAnswer(200, b"")

    def _flush(self, name: str) -> None:
        alert = self._alerts[name]
        silenced = any(matcher["value"] == name for silence in self.silences for matcher in silence["matchers"])
        if not _is_resolved(alert) and not silenced:
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
