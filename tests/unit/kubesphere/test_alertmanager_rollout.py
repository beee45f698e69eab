# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until KubeSphere 4 has applied a change of Alertmanager's configuration, and Alertmanager has loaded it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support import inprocess
from tests.support.simulators.kubernetes import ProxyAnswer
from tests.support.testbed import Cluster, clusters
from tests.support.testbed.installer.extensions import ALERTMANAGER, chart_alertmanager_text
from tests.support.testbed.installer.objects import MONITORING
from tests.support.testbed.stand_ins.extension_controller import STATUS, merged_values
from tests.support.testbed.stand_ins.loaded_alertmanager import LoadedAlertmanager

Json = dict[str, Any]

CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
PLAN = "/apis/kubesphere.io/v1alpha1/installplans/whizard-notification"


def desired(**configuration: Any) -> Json:
    return {
        "apiVersion": "kubesphere.io/v1alpha1",
        "kind": "InstallPlan",
        "metadata": {"name": "whizard-notification"},
        "spec": {"config": {"alertmanager": {"config": configuration}}},
    }


DESIRED = desired(route={"repeat_interval": "2h"})


class SteppingClock:
    """A fake clock whose ``sleep`` executes KubeSphere's next step."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.now = 0.0
        self._steps = list(steps)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._steps:
            self._steps.pop(0)()


@pytest.fixture
def four(tmp_path: Any) -> Iterator[Cluster]:
    with clusters({"one": "4.1"}, tmp_path) as fleet:
        yield fleet["one"]


@pytest.fixture
def running(four: Cluster) -> LoadedAlertmanager:
    alertmanager = LoadedAlertmanager(chart_alertmanager_text())
    serve_alertmanager(four, alertmanager.answer)
    return alertmanager


def serve_alertmanager(cluster: Cluster, backend: Callable[..., ProxyAnswer]) -> None:
    assert cluster.simulator
    cluster.simulator.backend(MONITORING, ALERTMANAGER, backend)


def loads(cluster: Cluster, alertmanager: LoadedAlertmanager) -> Callable[[], object]:
    """Return a step in which Alertmanager reads the rendered configuration."""

    def load() -> None:
        values = yaml.safe_load(cluster.get(PLAN)["spec"]["config"])["alertmanager"]["config"]
        alertmanager.load(yaml.safe_dump(merged_values(yaml.safe_load(chart_alertmanager_text()), values)))

    return load


def status_change(cluster: Cluster, **status: Any) -> Callable[[], object]:
    """Return a step in which KubeSphere status_change the status of the InstallPlan."""
    return lambda: cluster.patch(PLAN, {"status": status})


def apply(cluster: Cluster, clock: SteppingClock, manifest: Json = DESIRED, **options: Any) -> Json:
    access = {"kubeconfig": str(cluster.kubeconfig), "manifests": [manifest], "name": "set"}
    return inprocess.run(OPERATION, {**access, **options}, clock=clock)


def status_requests(cluster: Cluster) -> int:
    return sum(request.path == STATUS for request in cluster.requests())


def test_the_task_waits_for_the_upgrade(four: Cluster) -> None:
    steps = [
        lambda: None,
        status_change(four, state="Upgrading"),
        status_change(four, state="Installed", configHash="new"),
    ]
    clock = SteppingClock(*steps)
    assert apply(four, clock)["changed"]
    assert clock.now == 6


def test_a_failed_upgrade_is_reported_with_its_reason(four: Cluster) -> None:
    old = {
        "type": "Other",
        "status": "True",
        "reason": "Other",
        "message": "old failure",
        "lastTransitionTime": "2023-01-01T00:00:00Z",
    }
    new = {
        "type": "Failed",
        "status": "True",
        "reason": "Failed",
        "message": "timed out waiting",
        "lastTransitionTime": "2024-01-01T00:00:00Z",
    }
    result = apply(four, SteppingClock(status_change(four, state="UpgradeFailed", conditions=[new, old])))
    assert result["failed"]
    assert "its state is UpgradeFailed: timed out waiting. The change is stored" in result["msg"]
    again = apply(four, SteppingClock())
    assert "UpgradeFailed" in again["msg"]


def test_an_upgrade_that_does_not_start_ends_with_the_timeout(four: Cluster) -> None:
    clock = SteppingClock()
    result = apply(four, clock, wait_timeout=9)
    assert "has not applied the change within 9 s (wait_timeout), its state is Installed" in result["msg"]
    assert clock.now == 9
    assert not apply(four, clock)["changed"]


def test_a_timeout_of_zero_does_not_wait(four: Cluster) -> None:
    clock = SteppingClock()
    assert apply(four, clock, wait_timeout=0)["changed"]
    assert clock.now == 0


def test_check_mode_does_not_wait(four: Cluster) -> None:
    clock = SteppingClock()
    options = {"kubeconfig": str(four.kubeconfig), "manifests": [DESIRED], "name": "set"}
    assert inprocess.run(OPERATION, options, check_mode=True, clock=clock)["changed"]
    assert clock.now == 0


def test_the_run_after_an_interrupted_wait_waits_again(four: Cluster) -> None:
    apply(four, SteppingClock(), wait_timeout=0)
    status_change(four, state="Upgrading")()
    clock = SteppingClock(lambda: None, status_change(four, state="Installed"))
    assert not apply(four, clock)["changed"]
    assert clock.now == 4


@pytest.mark.parametrize("state", ["Preparing", "Installing", "Upgrading", "Uninstalling"])
def test_values_are_not_changed_while_kubesphere_works_on_the_extension(four: Cluster, state: str) -> None:
    status_change(four, state=state)()
    before = four.get(PLAN)
    late = apply(four, SteppingClock(), wait_timeout=9)
    assert (
        f"after 9 s (wait_timeout), KubeSphere is still working on the extension, its state is {state}" in late["msg"]
    )
    assert four.get(PLAN) == before
    assert four.find(CONFIG_MAP) is None
    written_in: list[str] = []

    def finish() -> None:
        written_in.append(str(four.get(PLAN)["spec"]["config"]))
        status_change(four, state="Installed")()

    clock = SteppingClock(lambda: None, finish, lambda: None, status_change(four, state="Installed", configHash="new"))
    assert apply(four, clock)["changed"]
    assert written_in == [before["spec"]["config"]]
    assert clock.now == 8
    status_change(four, state=state)()
    assert not apply(four, SteppingClock(), wait_timeout=0)["changed"]


def test_check_mode_shows_the_change_of_an_extension_that_kubesphere_works_on(four: Cluster) -> None:
    status_change(four, state="Upgrading")()
    options = {"kubeconfig": str(four.kubeconfig), "manifests": [DESIRED], "name": "set"}
    clock = SteppingClock()
    assert inprocess.run(OPERATION, options, check_mode=True, clock=clock)["changed"]
    assert clock.now == 0


def test_the_task_waits_until_alertmanager_has_loaded_the_configuration(
    four: Cluster, running: LoadedAlertmanager
) -> None:
    clock = SteppingClock(status_change(four, state="Installed", configHash="new"), lambda: None, loads(four, running))
    result = apply(four, clock)
    assert result["changed"]
    assert not result.get("warnings")
    assert clock.now == 6
    assert running.asked == 3


def test_a_configuration_that_alertmanager_rejects_is_reported(four: Cluster, running: LoadedAlertmanager) -> None:
    running.refuses = True
    clock = SteppingClock(status_change(four, state="Installed", configHash="new"), loads(four, running))
    result = apply(four, clock, wait_timeout=9)
    assert result["failed"]
    assert "the change is stored and KubeSphere has applied it, but after 9 s" in result["msg"]
    assert "Alertmanager is still running with the old configuration" in result["msg"]
    assert result["finding"] == "KD502"
    assert "/route/repeat_interval" in result["msg"]
    assert "Application Workloads > Pods (集群管理 > 应用负载 > 容器组)" in result["msg"]
    assert clock.now == 9


def test_another_version_of_the_extension_is_reported_as_a_possible_cause(
    four: Cluster, running: LoadedAlertmanager
) -> None:
    running.refuses = True
    supported = apply(four, SteppingClock(status_change(four, state="Installed", configHash="1")), wait_timeout=2)
    four.patch(PLAN, {"spec": {"extension": {"version": "9.9.9"}}})
    clock = SteppingClock(status_change(four, state="Installed", configHash="2"))
    other = apply(four, clock, desired(route={"repeat_interval": "3h"}), wait_timeout=2)
    assert "9.9.9 of the extension may expect other values than the supported versions 2.5.9 and 2.7.0" in other["msg"]
    assert "2.5.9" not in supported["msg"]


def test_differing_paths_are_reported_without_their_values(four: Cluster, running: LoadedAlertmanager) -> None:
    running.refuses = True
    receiver = {"name": "team-a", "webhook_configs": [{"url": "http://team-a.example.com/planted-secret"}]}
    clock = SteppingClock(status_change(four, state="Installed", configHash="new"))
    result = apply(four, clock, desired(receivers=[receiver], **{"global": {"smtp_auth_password": "planted-password"}}))
    assert "/receivers/[name=team-a]" in result["msg"]
    assert "planted" not in json.dumps(result)


def test_a_run_without_changes_does_not_query_alertmanager(four: Cluster, running: LoadedAlertmanager) -> None:
    apply(four, SteppingClock(status_change(four, state="Installed", configHash="new"), loads(four, running)))
    four.reset_requests()
    assert not apply(four, SteppingClock())["changed"]
    assert status_requests(four) == 0


def test_check_mode_and_a_timeout_of_zero_do_not_query_alertmanager(four: Cluster, running: LoadedAlertmanager) -> None:
    options = {"kubeconfig": str(four.kubeconfig), "manifests": [DESIRED], "name": "set"}
    inprocess.run(OPERATION, options, check_mode=True)
    apply(four, SteppingClock(), wait_timeout=0)
    assert status_requests(four) == 0
    assert running.asked == 0


def test_the_run_after_an_interrupted_wait_queries_alertmanager(four: Cluster, running: LoadedAlertmanager) -> None:
    apply(four, SteppingClock(), wait_timeout=0)
    status_change(four, state="Upgrading")()
    clock = SteppingClock(status_change(four, state="Installed"), loads(four, running))
    assert not apply(four, clock).get("failed")
    assert clock.now == 4


def test_removed_list_items_are_compared(four: Cluster, running: LoadedAlertmanager) -> None:
    critical = {"matchers": ['severity = "critical"'], "receiver": "prometheus", "repeat_interval": "30m"}
    error = {"matchers": ['severity = "error"'], "receiver": "prometheus"}
    clock = SteppingClock(status_change(four, state="Installed", configHash="1"), loads(four, running))
    assert not apply(four, clock, desired(route={"routes": [critical, error]})).get("failed")
    running.refuses = True
    del critical["repeat_interval"]
    clock = SteppingClock(status_change(four, state="Installed", configHash="2"), loads(four, running))
    result = apply(four, clock, desired(route={"routes": [critical]}), wait_timeout=4)
    assert 'routes/[matchers=severity="error"]' in result["msg"]
    assert 'routes/[matchers=severity="critical"]/repeat_interval' in result["msg"]


def test_after_a_complete_removal_nothing_is_compared(four: Cluster, running: LoadedAlertmanager) -> None:
    apply(four, SteppingClock(status_change(four, state="Installed", configHash="1"), loads(four, running)))
    four.reset_requests()
    result = apply(four, SteppingClock(status_change(four, state="Installed", configHash="2")), state="absent")
    assert result["changed"]
    assert not result.get("warnings")
    assert status_requests(four) == 0


def test_alertmanager_is_queried_in_the_namespace_of_the_installation(four: Cluster) -> None:
    status_change(four, state="Installed", targetNamespace="elsewhere")()
    [warning] = apply(four, SteppingClock(status_change(four, state="Installed", configHash="new")))["warnings"]
    assert STATUS.replace(MONITORING, "elsewhere") in warning


NOT_COMPARED = "InstallPlan whizard-notification: could not check whether Alertmanager has loaded the configuration: "


def test_a_missing_permission_is_reported(four: Cluster, running: LoadedAlertmanager) -> None:
    everything = {"apiGroups": ["*"], "verbs": ["*"]}
    rules = [{**everything, "resources": ["installplans", "configmaps"]}]
    clock = SteppingClock(status_change(four, state="Installed", configHash="new"))
    result = apply(four.limited(rules), clock)
    assert result["changed"]
    unknown_release, warning = result["warnings"]
    assert unknown_release.startswith("The release of KubeSphere is unknown")
    assert warning.startswith(NOT_COMPARED)
    assert f"Grant the account get on services/proxy {ALERTMANAGER}:http in namespace {MONITORING}" in warning
    assert clock.now == 2
    assert running.asked == 0


def test_a_missing_alertmanager_is_a_warning(four: Cluster) -> None:
    clock = SteppingClock(status_change(four, state="Installed", configHash="new"))
    [warning] = apply(four, clock)["warnings"]
    assert warning.startswith(NOT_COMPARED)
    assert f'services "{ALERTMANAGER}" not found' in warning
    assert clock.now == 2


def test_a_restarting_alertmanager_is_waited_for(four: Cluster, running: LoadedAlertmanager) -> None:
    serve_alertmanager(four, lambda _request: ProxyAnswer(502, b"{}"))

    def start() -> None:
        loads(four, running)()
        serve_alertmanager(four, running.answer)

    clock = SteppingClock(status_change(four, state="Installed", configHash="new"), lambda: None, start)
    result = apply(four, clock)
    assert not result.get("warnings")
    assert clock.now == 6


@pytest.mark.parametrize(
    "answer",
    [
        ProxyAnswer(502, b"{}"),
        ProxyAnswer(200, b"{}"),
        ProxyAnswer(200, b"not JSON", {"Content-Type": "text/html"}),
        ProxyAnswer(200, json.dumps({"config": {"original": "a: [planted"}}).encode()),
        ProxyAnswer(200, json.dumps({"config": "text"}).encode()),
        ProxyAnswer(200, b"[]"),
    ],
)
def test_unusable_answers_are_warnings(four: Cluster, answer: ProxyAnswer) -> None:
    serve_alertmanager(four, lambda _request: answer)
    clock = SteppingClock(status_change(four, state="Installed", configHash="new"))
    result = apply(four, clock, wait_timeout=5)
    assert not result.get("failed"), result["msg"]
    [warning] = result["warnings"]
    assert warning.startswith(NOT_COMPARED)
    assert "planted" not in warning
