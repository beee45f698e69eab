# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for all clusters in one task: progress, failures with their reasons, and the deadline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes import client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import cluster_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.alerting_component import failure_in, poll
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import wait_for_alerting
from tests.support.fixtures.dingtalk import FakeClock
from tests.support.inprocess import task_for
from tests.support.simulators.kubesphere.installer import CONFIGURATION, Installer
from tests.support.testbed import Cluster, clusters

Json = dict[str, Any]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    with clusters({"one": "3.4", "two": "3.3"}, tmp_path_factory.mktemp("wait")) as fleet:
        yield fleet


@pytest.fixture(autouse=True)
def switched_on(fleet: Mapping[str, Cluster]) -> None:
    for cluster in fleet.values():
        cluster.patch(CONFIGURATION, {"spec": {"alerting": {"enabled": True}}, "status": {"alerting": None}})


def access(cluster: Cluster) -> Json:
    defaults = {name: option.get("default") for name, option in cluster_spec().options.items()}
    return {**defaults, "kubeconfig": str(cluster.kubeconfig)}


class Waiting:
    """One task; ``events`` are run at times in seconds since its start."""

    def __init__(self, fleet: Mapping[str, Cluster], check_mode: bool = False, **options: int) -> None:
        self.clock = _Clock()
        self.printed: list[str] = []
        self.task = task_for(wait_for_alerting.OPERATION, options, check_mode, self.clock)
        self._access = {name: access(cluster) for name, cluster in fleet.items()}

    def run(self) -> Json:
        return wait_for_alerting.run_wait(self.task, self._access, self.printed.append)

    def at(self, seconds: float, cluster: Cluster) -> None:
        """Let the installer finish a cluster after some seconds."""
        enabled = {"status": {"alerting": {"status": "enabled"}}}
        self.clock.events.append((self.clock.now + seconds, lambda: cluster.patch(CONFIGURATION, enabled)))


class _Clock(FakeClock):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        for event in [event for event in self.events if event[0] <= self.now]:
            self.events.remove(event)
            event[1]()


def states(result: Json) -> dict[str, str]:
    return {host: item["state"] for host, item in result["components"].items()}


def test_wait_ends_with_the_last_cluster_and_reports_progress(fleet: Mapping[str, Cluster]) -> None:
    waiting = Waiting(fleet)
    waiting.at(30, fleet["two"])
    waiting.at(125, fleet["one"])
    result = waiting.run()
    assert states(result) == {"one": "ready", "two": "ready"}
    assert result["hosts"] == ["one", "two"]
    assert result["changed"] is False
    assert sum(waiting.clock.slept) == 125
    assert waiting.printed == [
        "Waiting for the alerting component of one, two, at most 30 min",
        "[00:30] two: alerting component ready.",
        "[00:30] 1 of 2 done, waiting for one",
        "[01:30] 1 of 2 done, waiting for one",
        "[02:05] one: alerting component ready.",
    ]


def test_wait_ends_at_the_deadline(fleet: Mapping[str, Cluster]) -> None:
    waiting = Waiting(fleet, timeout=95, interval=30)
    waiting.at(30, fleet["two"])
    assert states(waiting.run()) == {"one": "installing", "two": "ready"}
    assert waiting.clock.slept == [30, 30, 30, 5]


def test_nothing_is_polled_without_installations() -> None:
    waiting = Waiting({})
    assert waiting.run() == {"changed": False, "hosts": [], "components": {}}
    assert waiting.printed == []


def test_check_mode_does_not_wait(fleet: Mapping[str, Cluster]) -> None:
    for cluster in fleet.values():
        cluster.reset_requests()
    waiting = Waiting(fleet, check_mode=True)
    assert waiting.run()["hosts"] == []
    assert waiting.clock.slept == []
    assert not any(cluster.requests() for cluster in fleet.values())


def test_unavailable_cluster_is_polled_until_the_deadline(fleet: Mapping[str, Cluster], tmp_path: Path) -> None:
    with clusters({"gone": "3.4"}, tmp_path) as gone:
        stopped = dict(gone)
    waiting = Waiting({**fleet, **stopped}, timeout=20)
    for cluster in fleet.values():
        waiting.at(0, cluster)
    result = waiting.run()
    assert states(result) == {"one": "ready", "two": "ready", "gone": "installing"}
    assert "cannot be reached" in result["components"]["gone"]["reason"]


def test_failure_has_the_reason_of_the_installer(tmp_path: Path) -> None:
    with clusters({"one": "3.4"}, tmp_path) as fleet:
        one = fleet["one"]
        one.patch(CONFIGURATION, {"spec": {"alerting": {"enabled": True}}})
        with Installer(one, failure="no matches for kind ThanosRuler") as installer:
            assert installer.done.wait(10)
            waiting = Waiting(fleet)
            result = waiting.run()
            assert states(result) == {"one": "failed"}
            reason = result["components"]["one"]["reason"]
            assert "failed in its task 'Alerting | Getting ThanosRuler': no matches for kind ThanosRuler." in reason
            assert "rollout restart deployment ks-installer" in reason
            assert reason in waiting.printed[-1]


@pytest.mark.parametrize(
    ("log", "state"),
    [
        ("", "installing"),
        ("Start installing alerting\n", "installing"),
        ("Task 'alerting' failed:\n***\nnot json\n***\n", "failed"),
        ("Task 'alerting' failed:\n***\nnot json\n***\nStart installing alerting\n", "installing"),
        ("Task 'events' failed:\n***\nnot json\n***\n", "installing"),
    ],
)
def test_last_attempt_in_the_log_is_used(log: str, state: str) -> None:
    assert bool(failure_in(log)) is (state == "failed")


def test_status_is_used_without_permission_to_read_the_log(fleet: Mapping[str, Cluster]) -> None:
    rules = [{"apiGroups": ["installer.kubesphere.io"], "resources": ["clusterconfigurations"], "verbs": ["get"]}]
    account = fleet["one"].limited(rules)
    assert poll(client.Cluster.connect(access(account), Secrets())).state == "installing"
