# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until KubeSphere 4 has carried a change of Alertmanager's configuration out, and Alertmanager has it."""

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
from tests.support.testbed.stand_ins.extension_controller import STATUS, laid_over
from tests.support.testbed.stand_ins.loaded_alertmanager import LoadedAlertmanager

Json = dict[str, Any]

PLAN = "/apis/kubesphere.io/v1alpha1/installplans/whizard-notification"


def desired(**configuration: Any) -> Json:
    return {
        "apiVersion": "kubesphere.io/v1alpha1",
        "kind": "InstallPlan",
        "metadata": {"name": "whizard-notification"},
        "spec": {"config": {"alertmanager": {"config": configuration}}},
    }


WISH = desired(route={"repeat_interval": "2h"})


class TurningClock:
    """Sleeps by letting KubeSphere take its next step; no time passes outside."""

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
    behind(four, alertmanager.answer)
    return alertmanager


def behind(cluster: Cluster, backend: Callable[..., ProxyAnswer]) -> None:
    assert cluster.simulator
    cluster.simulator.backend(MONITORING, ALERTMANAGER, backend)


def loads(cluster: Cluster, alertmanager: LoadedAlertmanager) -> Callable[[], object]:
    """Alertmanager takes notice of what was rendered."""

    def load() -> None:
        own_fields = yaml.safe_load(cluster.get(PLAN)["spec"]["config"])["alertmanager"]["config"]
        alertmanager.load(yaml.safe_dump(laid_over(yaml.safe_load(chart_alertmanager_text()), own_fields)))

    return load


def says(cluster: Cluster, **status: Any) -> Callable[[], object]:
    return lambda: cluster.patch(PLAN, {"status": status})


def apply(cluster: Cluster, clock: TurningClock, manifest: Json = WISH, **options: Any) -> Json:
    access = {"kubeconfig": str(cluster.kubeconfig), "manifests": [manifest], "name": "set"}
    return inprocess.run(OPERATION, {**access, **options}, clock=clock)


def status_requests(cluster: Cluster) -> int:
    return sum(request.path == STATUS for request in cluster.requests())


def test_the_task_ends_when_the_upgrade_does(four: Cluster) -> None:
    steps = [
        lambda: None,
        says(four, state="Upgrading"),
        says(four, state="Installed", configHash="new"),
    ]
    clock = TurningClock(*steps)
    assert apply(four, clock)["changed"]
    assert clock.now == 6


def test_a_failed_upgrade_is_told_with_its_reason(four: Cluster) -> None:
    old = {
        "type": "Other",
        "status": "True",
        "reason": "Other",
        "message": "long ago",
        "lastTransitionTime": "2023-01-01T00:00:00Z",
    }
    new = {
        "type": "Failed",
        "status": "True",
        "reason": "Failed",
        "message": "timed out waiting",
        "lastTransitionTime": "2024-01-01T00:00:00Z",
    }
    result = apply(four, TurningClock(says(four, state="UpgradeFailed", conditions=[new, old])))
    assert result["failed"]
    assert "its state is UpgradeFailed: timed out waiting. The change is written" in result["msg"]
    again = apply(four, TurningClock())
    assert "UpgradeFailed" in again["msg"]


def test_an_upgrade_that_nobody_carries_out_ends_with_the_deadline(four: Cluster) -> None:
    clock = TurningClock()
    result = apply(four, clock, wait_timeout=9)
    assert "has not carried the change out within 9 s (wait_timeout), its state is Installed" in result["msg"]
    assert clock.now == 9
    assert not apply(four, clock)["changed"]


def test_who_does_not_want_to_wait_does_not(four: Cluster) -> None:
    clock = TurningClock()
    assert apply(four, clock, wait_timeout=0)["changed"]
    assert clock.now == 0


def test_check_mode_waits_for_nothing(four: Cluster) -> None:
    clock = TurningClock()
    options = {"kubeconfig": str(four.kubeconfig), "manifests": [WISH], "name": "set"}
    assert inprocess.run(OPERATION, options, check_mode=True, clock=clock)["changed"]
    assert clock.now == 0


def test_a_run_that_was_killed_while_it_waited_waits_again(four: Cluster) -> None:
    apply(four, TurningClock(), wait_timeout=0)
    says(four, state="Upgrading")()
    clock = TurningClock(lambda: None, says(four, state="Installed"))
    assert not apply(four, clock)["changed"]
    assert clock.now == 4


def test_the_task_ends_when_alertmanager_runs_with_it(four: Cluster, running: LoadedAlertmanager) -> None:
    clock = TurningClock(says(four, state="Installed", configHash="new"), lambda: None, loads(four, running))
    result = apply(four, clock)
    assert result["changed"]
    assert not result.get("warnings")
    assert clock.now == 6
    assert running.asked == 3


def test_a_configuration_that_alertmanager_refuses_is_told(four: Cluster, running: LoadedAlertmanager) -> None:
    running.refuses = True
    clock = TurningClock(says(four, state="Installed", configHash="new"), loads(four, running))
    result = apply(four, clock, wait_timeout=9)
    assert result["failed"]
    assert "written, but Alertmanager still runs with the earlier configuration after 9 s" in result["msg"]
    assert "/route/repeat_interval" in result["msg"]
    assert "Application Workloads > Pods (集群管理 > 应用负载 > 容器组)" in result["msg"]
    assert clock.now == 9


def test_another_version_of_the_extension_may_have_other_values(four: Cluster, running: LoadedAlertmanager) -> None:
    running.refuses = True
    known = apply(four, TurningClock(says(four, state="Installed", configHash="1")), wait_timeout=2)
    four.patch(PLAN, {"spec": {"extension": {"version": "9.9.9"}}})
    clock = TurningClock(says(four, state="Installed", configHash="2"))
    other = apply(four, clock, desired(route={"repeat_interval": "3h"}), wait_timeout=2)
    assert "9.9.9 of the extension may take other values than 2.5.9, which is the one known here" in other["msg"]
    assert "2.5.9" not in known["msg"]


def test_what_differs_is_named_without_its_value(four: Cluster, running: LoadedAlertmanager) -> None:
    running.refuses = True
    receiver = {"name": "ours", "webhook_configs": [{"url": "http://ours.example.com/planted-secret"}]}
    clock = TurningClock(says(four, state="Installed", configHash="new"))
    result = apply(four, clock, desired(receivers=[receiver], **{"global": {"smtp_auth_password": "planted-password"}}))
    assert "/receivers/[name=ours]" in result["msg"]
    assert "planted" not in json.dumps(result)


def test_a_steady_run_does_not_ask_alertmanager(four: Cluster, running: LoadedAlertmanager) -> None:
    apply(four, TurningClock(says(four, state="Installed", configHash="new"), loads(four, running)))
    four.reset_requests()
    assert not apply(four, TurningClock())["changed"]
    assert status_requests(four) == 0


def test_neither_does_check_mode_nor_who_does_not_wait(four: Cluster, running: LoadedAlertmanager) -> None:
    options = {"kubeconfig": str(four.kubeconfig), "manifests": [WISH], "name": "set"}
    inprocess.run(OPERATION, options, check_mode=True)
    apply(four, TurningClock(), wait_timeout=0)
    assert status_requests(four) == 0
    assert running.asked == 0


def test_a_run_that_was_killed_while_it_waited_asks_again(four: Cluster, running: LoadedAlertmanager) -> None:
    apply(four, TurningClock(), wait_timeout=0)
    says(four, state="Upgrading")()
    clock = TurningClock(says(four, state="Installed"), loads(four, running))
    assert not apply(four, clock).get("failed")
    assert clock.now == 4


def test_what_was_taken_back_from_a_list_must_be_gone(four: Cluster, running: LoadedAlertmanager) -> None:
    critical = {"matchers": ['severity = "critical"'], "receiver": "prometheus", "repeat_interval": "30m"}
    error = {"matchers": ['severity = "error"'], "receiver": "prometheus"}
    clock = TurningClock(says(four, state="Installed", configHash="1"), loads(four, running))
    assert not apply(four, clock, desired(route={"routes": [critical, error]})).get("failed")
    running.refuses = True
    del critical["repeat_interval"]
    clock = TurningClock(says(four, state="Installed", configHash="2"), loads(four, running))
    result = apply(four, clock, desired(route={"routes": [critical]}), wait_timeout=4)
    assert 'routes/[matchers=severity="error"]' in result["msg"]
    assert 'routes/[matchers=severity="critical"]/repeat_interval' in result["msg"]


def test_when_all_is_taken_back_nothing_is_left_to_compare(four: Cluster, running: LoadedAlertmanager) -> None:
    apply(four, TurningClock(says(four, state="Installed", configHash="1"), loads(four, running)))
    four.reset_requests()
    result = apply(four, TurningClock(says(four, state="Installed", configHash="2")), state="absent")
    assert result["changed"]
    assert not result.get("warnings")
    assert status_requests(four) == 0


def test_alertmanager_is_asked_where_the_extension_is_installed(four: Cluster) -> None:
    says(four, state="Installed", targetNamespace="elsewhere")()
    [warning] = apply(four, TurningClock(says(four, state="Installed", configHash="new")))["warnings"]
    assert STATUS.replace(MONITORING, "elsewhere") in warning


NOT_COMPARED = "InstallPlan whizard-notification: whether Alertmanager runs with what was written was not compared: "


def test_who_may_not_ask_is_told_which_permission_is_missing(four: Cluster, running: LoadedAlertmanager) -> None:
    everything = {"apiGroups": ["*"], "verbs": ["*"]}
    rules = [{**everything, "resources": ["installplans", "configmaps"]}]
    clock = TurningClock(says(four, state="Installed", configHash="new"))
    result = apply(four.limited(rules), clock)
    assert result["changed"]
    unknown_release, warning = result["warnings"]
    assert unknown_release.startswith("The release of KubeSphere is unknown")
    assert warning.startswith(NOT_COMPARED)
    assert f"Let the account get services/proxy {ALERTMANAGER}:http in namespace {MONITORING}" in warning
    assert clock.now == 2
    assert running.asked == 0


def test_an_alertmanager_that_is_not_there_is_warned_of(four: Cluster) -> None:
    clock = TurningClock(says(four, state="Installed", configHash="new"))
    [warning] = apply(four, clock)["warnings"]
    assert warning.startswith(NOT_COMPARED)
    assert f'services "{ALERTMANAGER}" not found' in warning
    assert clock.now == 2


def test_one_that_starts_anew_is_waited_for(four: Cluster, running: LoadedAlertmanager) -> None:
    behind(four, lambda _request: ProxyAnswer(502, b"{}"))

    def starts() -> None:
        loads(four, running)()
        behind(four, running.answer)

    clock = TurningClock(says(four, state="Installed", configHash="new"), lambda: None, starts)
    result = apply(four, clock)
    assert not result.get("warnings")
    assert clock.now == 6


@pytest.mark.parametrize(
    "answer",
    [
        ProxyAnswer(502, b"{}"),
        ProxyAnswer(200, b"{}"),
        ProxyAnswer(200, b"no JSON", {"Content-Type": "text/html"}),
        ProxyAnswer(200, json.dumps({"config": {"original": "a: [planted"}}).encode()),
        ProxyAnswer(200, json.dumps({"config": "text"}).encode()),
        ProxyAnswer(200, b"[]"),
    ],
)
def test_answers_that_tell_nothing_are_warned_of(four: Cluster, answer: ProxyAnswer) -> None:
    behind(four, lambda _request: answer)
    clock = TurningClock(says(four, state="Installed", configHash="new"))
    result = apply(four, clock, wait_timeout=5)
    assert not result.get("failed"), result["msg"]
    [warning] = result["warnings"]
    assert warning.startswith(NOT_COMPARED)
    assert "planted" not in warning
