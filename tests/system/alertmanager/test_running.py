# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An alert end to end: a running Alertmanager with the configuration of site.yml, notification-manager, the chat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.support.plays import environment as of
from tests.support.plays.environment import Environment, environment
from tests.support.realparts.alertmanager import alertmanager
from tests.support.realparts.build import program
from tests.support.realparts.catalog import ALERTMANAGER_VERSIONS, ALERTMANAGERS
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager, Server
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import needing_real_parts

RELEASE = "3.4"
VERSION = ALERTMANAGER_VERSIONS[RELEASE]
SERVICE = "http://notification-manager-svc.kubesphere-monitoring-system.svc:19093"
REPEAT_SECONDS = 2
DEADLINE_SECONDS = 10.0
LABELS = {"alertname": "NodeMemoryHigh", "alerttype": "metric", "severity": "critical", "node": "node-1"}


@dataclass
class Pipeline:
    """The path of an alert from Alertmanager's URL to the chat."""

    url: str
    manager: NotificationManager
    site: Environment

    def post(self, **more: str) -> None:
        """Post the alert as Prometheus does."""
        alert = {"labels": LABELS, "annotations": {"message": "Memory utilisation is above 90%"}, **more}
        session = requests.Session()
        session.trust_env = False
        session.post(f"{self.url}/api/v2/alerts", json=[alert], timeout=10).raise_for_status()

    def texts(self) -> list[str]:
        """Return the messages in the chat."""
        chat = self.site.chat_id("KubeSphere 运维告警")
        return [message.text for message in self.site.dingtalk.messages(chat)]


def wait_until(condition: Callable[[], bool], failure: str) -> float:
    """Wait for a condition and return its time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{failure} within {DEADLINE_SECONDS:.0f} s"
        time.sleep(0.02)
    return time.monotonic()


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with needing_real_parts():
        program(ALERTMANAGERS[VERSION])
    with environment(tmp_path, {"shanghai": RELEASE}) as site:
        intervals = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": f"{REPEAT_SECONDS}s"}
        site.controller.vars("shanghai", alertmanager_route=intervals)
        site.site()
        cluster = site.clusters["shanghai"]
        manager = NotificationManager(access(cluster), site.dingtalk.legacy_api_url, site.dingtalk.ca_file)
        written = of.secret_texts(cluster, of.ALERTMANAGER)["alertmanager.yaml"]
        with Server(manager) as reader:
            local = written.replace(SERVICE, reader.url)
            assert local != written
            with alertmanager(VERSION, tmp_path / "alertmanager", local) as url:
                yield Pipeline(url, manager, site)


def access(cluster: Cluster) -> ClusterAccess:
    return ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version)


def test_alert_is_delivered_repeated_and_resolved(pipeline: Pipeline) -> None:
    pipeline.post()
    first = wait_until(lambda: len(pipeline.texts()) > 0, "no alert was delivered")
    second = wait_until(lambda: len(pipeline.texts()) > 1, "no alert was repeated")
    assert second - first > REPEAT_SECONDS * 0.9
    assert all("[FIRING] Memory utilisation is above 90%" in text for text in pipeline.texts())
    pipeline.post(endsAt=datetime.now(UTC).isoformat())
    wait_until(
        lambda: "[RESOLVED] Memory utilisation is above 90%" in pipeline.texts()[-1], "no resolution was delivered"
    )
    assert [delivery.error for delivery in pipeline.manager.deliveries if delivery.error] == []
