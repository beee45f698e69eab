# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of KubeSphere 4's notification history: what notification-manager has sent, as whizard-telemetry lists it.

Vector and OpenSearch are reduced to the number of searches after which an alert is listed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from tests.support.simulators.kubernetes import ProxyAnswer, ProxyRequest
from tests.support.simulators.kubesphere.api import SEARCH
from tests.support.testbed.cluster import Cluster

Json = dict[str, Any]

NAMESPACE, SERVICE = "extension-whizard-telemetry", "whizard-telemetry-apiserver"
MANAGER = "/apis/notification.kubesphere.io/v2beta2/notificationmanagers/notification-manager"


def as_query(records: list[Json]) -> Any:
    """Return the answer in the shape of those for events and audit events."""
    return {"query": {"total": len(records), "records": records}}


class NotificationHistory:
    """The history of one host; ``write`` is what notification-manager sends to it.

    ``slow``: the number of searches before an alert is listed. ``status``: of its answers. ``body``: an answer in place
    of its own. ``shape``: the shape of the answer with these records. ``queries``: those that were searched for.
    """

    def __init__(self) -> None:
        self.alerts: list[Json] = []
        self.queries: list[dict[str, list[str]]] = []
        self.reset()

    def reset(self) -> None:
        """Let it work, without alerts."""
        self.alerts.clear()
        self.queries.clear()
        self.slow, self.status = 0, 200
        self.body: bytes | None = None
        self.shape: Callable[[list[Json]], Any] = as_query

    def write(self, alert: Any) -> None:
        self.alerts.append({**alert, "searches": len(self.queries)})

    def answer(self, request: ProxyRequest) -> ProxyAnswer:
        if (request.method, request.path) != ("GET", SEARCH):
            return ProxyAnswer(404, b"404 page not found\n", {"Content-Type": "text/plain"})
        query = parse_qs(request.query)
        self.queries.append(query)
        if self.body is not None or self.status != 200:
            return ProxyAnswer(self.status, self.body or b"no opensearch\n", {"Content-Type": "text/plain"})
        [name] = query["alertname"]
        found = [alert for alert in self.alerts if alert["labels"]["alertname"] == name]
        listed = [alert for alert in found if len(self.queries) > alert["searches"] + self.slow]
        return ProxyAnswer(200, json.dumps(self.shape(listed)).encode())


def install(cluster: Cluster, history: NotificationHistory) -> None:
    """Install the extension's Service, and switch the history on."""
    if cluster.find(f"/api/v1/namespaces/{NAMESPACE}") is None:
        cluster.post("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    services = f"/api/v1/namespaces/{NAMESPACE}/services"
    if cluster.find(f"{services}/{SERVICE}") is None:
        spec = {"ports": [{"name": "http", "port": 80}], "selector": {"app": SERVICE}}
        cluster.post(services, {"metadata": {"name": SERVICE}, "spec": spec})
    if cluster.simulator:
        cluster.simulator.backend(NAMESPACE, SERVICE, history.answer)
    switch(cluster, is_on=True)


def uninstall(cluster: Cluster) -> None:
    """Remove the extension's Service."""
    cluster.delete(f"/api/v1/namespaces/{NAMESPACE}/services/{SERVICE}")


def switch(cluster: Cluster, is_on: bool, **fields: Any) -> None:
    """Add or remove the webhook with these fields, as the InstallPlan's value notification-history.enabled does."""
    url = "http://vector-aggregator.kubesphere-logging-system.svc:8080"
    cluster.patch(MANAGER, {"spec": {"history": {"webhook": {"url": url, **fields}} if is_on else None}})
