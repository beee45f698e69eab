# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until KubeSphere 4 has carried a change of Alertmanager's configuration out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.apply import OPERATION
from tests import inprocess
from tests.testbed import Cluster, clusters

Json = dict[str, Any]

PLAN = "/apis/kubesphere.io/v1alpha1/installplans/whizard-notification"
WISH = {
    "apiVersion": "kubesphere.io/v1alpha1",
    "kind": "InstallPlan",
    "metadata": {"name": "whizard-notification"},
    "spec": {"config": {"alertmanager": {"config": {"route": {"repeat_interval": "2h"}}}}},
}


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


def says(cluster: Cluster, **status: Any) -> Callable[[], object]:
    return lambda: cluster.patch(PLAN, {"status": status})


def apply(cluster: Cluster, clock: TurningClock, **options: Any) -> Json:
    access = {"kubeconfig": str(cluster.kubeconfig), "manifests": [WISH], "name": "set"}
    return inprocess.run(OPERATION, {**access, **options}, clock=clock)


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
