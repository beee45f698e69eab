# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The synthetic alert of ``verify`` at running Alertmanagers: seen, and sent to nobody or once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import taken
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.clock import SystemClock
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import Proxied
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.permissions import ALERTMANAGER_SERVICE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify import synthetic
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.alert import AlertProof, SyntheticAlert, prove
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.service_proxy import path
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.verdict import Result
from tests.support.realparts.alertmanager import alertmanager
from tests.support.realparts.build import program
from tests.support.realparts.catalog import ALERTMANAGER_VERSIONS, ALERTMANAGERS
from tests.support.testbed.fixtures import needing_real_parts

Json = dict[str, Any]
DEADLINE_SECONDS = 20.0
GROUP_WAIT, GROUP_INTERVAL = 2, 1


@dataclass
class Webhook:
    """Takes Alertmanager's notifications; ``alerts``: alertname and status of each alert, in their order."""

    url: str = ""
    alerts: list[tuple[str, str]] = field(default_factory=list)

    def wait_for(self, name: str, status: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (name, status) not in self.alerts:
            assert time.monotonic() < deadline, f"no {status} {name} in {self.alerts}"
            time.sleep(0.02)


@contextmanager
def receiving() -> Iterator[Webhook]:
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            webhook.alerts += [(item["labels"]["alertname"], item["status"]) for item in body["alerts"]]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        webhook.url = f"http://127.0.0.1:{server.server_address[1]}/"
        yield webhook
        server.shutdown()


class Connection:
    """Forwards what is sent through the service proxy to Alertmanager."""

    server = "https://cluster.example"

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def credentials_expiry(self) -> float | None:
        return None

    def server_time(self) -> float | None:
        return None

    def proxied(self, verb: str, place: str, body: Any = None) -> Proxied:
        rest = place.removeprefix(path(ALERTMANAGER_SERVICE, ""))
        answer = self._session.request(verb, self._url + rest, json=body, timeout=10)
        return Proxied(answer.status_code, answer.content)

    def request(self, verb: str, path: str, **options: Any) -> Json:
        raise NotImplementedError

    def text(self, path: str) -> str:
        raise NotImplementedError

    def has_dry_run(self, path: str) -> bool:
        return False


@dataclass
class Running:
    """A running Alertmanager, its configuration, and the webhook of its receiver."""

    connection: Connection
    document: Json
    webhook: Webhook

    def prove(self, is_message: bool) -> tuple[str, AlertProof]:
        """Prove an alert and return its name."""
        now = time.time()
        labels = synthetic.labels_of("3.4", "warning", "shanghai", now)
        routes = taken(self.document["route"], labels)
        alert = SyntheticAlert(
            ALERTMANAGER_SERVICE, labels, synthetic.annotations_of("shanghai", now), routes, is_message
        )
        return labels["alertname"], prove(Cluster(self.connection), alert, SystemClock(), 10)

    def post(self, name: str, **more: str) -> None:
        body = [{"labels": {"alertname": name, "alerttype": "metric"}, **more}]
        assert self.connection.proxied("post", path(ALERTMANAGER_SERVICE, "/api/v2/alerts"), body).status == 200


@pytest.fixture(params=["3.1", "3.4", "4.1"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    version = ALERTMANAGER_VERSIONS[request.param]
    with needing_real_parts():
        program(ALERTMANAGERS[version])
    with receiving() as webhook:
        document: Json = {
            "route": {
                "receiver": "Default",
                "group_by": ["namespace", "alertname"],
                "group_wait": f"{GROUP_WAIT}s",
                "group_interval": f"{GROUP_INTERVAL}s",
                "routes": [{"match_re": {"alerttype": ".*"}, "receiver": "prometheus"}],
            },
            "receivers": [{"name": "Default"}, {"name": "prometheus", "webhook_configs": [{"url": webhook.url}]}],
        }
        with alertmanager(version, tmp_path, yaml.safe_dump(document)) as url:
            yield Running(Connection(url), document, webhook)


def test_an_alert_that_is_resolved_before_group_wait_is_seen_and_sent_to_nobody(running: Running) -> None:
    name, proof = running.prove(is_message=False)
    assert (proof.verdict.result, proof.receivers, proof.second_message) == (Result.DELIVERED, ("prometheus",), "")
    _wait_for_later_notifications(running)
    assert name not in [alert for alert, _status in running.webhook.alerts]


def test_an_alert_that_is_the_message_is_sent_once(running: Running) -> None:
    name, proof = running.prove(is_message=True)
    assert (proof.verdict.result, proof.receivers, proof.second_message) == (Result.DELIVERED, ("prometheus",), "")
    _wait_for_later_notifications(running)
    assert [status for alert, status in running.webhook.alerts if alert == name] == ["firing"]


def test_the_time_of_the_controller_does_not_matter(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(SystemClock, "time", lambda _self: real() - 1800)
    name, proof = running.prove(is_message=False)
    assert proof.verdict.result == Result.DELIVERED
    _wait_for_later_notifications(running)
    assert name not in [alert for alert, _status in running.webhook.alerts]


def test_an_alert_that_takes_another_route_is_refused(running: Running) -> None:
    running.document["route"]["routes"][0]["receiver"] = "Default"
    _name, proof = running.prove(is_message=False)
    assert (proof.verdict.result, proof.verdict.finding) == (Result.REFUSED, "KD502")


def _wait_for_later_notifications(running: Running) -> None:
    """Wait until an alert that was posted later has been notified, and that it is resolved."""
    running.post("control")
    running.webhook.wait_for("control", "firing")
    running.post("control", endsAt=datetime.now(UTC).isoformat())
    running.webhook.wait_for("control", "resolved")
