# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated controller of InstallPlans goes on, as a controller does, after a plan was removed under its hands."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.support.testbed import Cluster, clusters
from tests.support.testbed.stand_ins.extension_controller import ALERTING, PLANS, ExtensionController, is_up_to_date
from tests.support.testbed.waiting import wait_until

PLAN: dict[str, Any] = {
    "apiVersion": "kubesphere.io/v1alpha1",
    "kind": "InstallPlan",
    "metadata": {"name": "whizard-alerting"},
    "spec": {"extension": {"name": "whizard-alerting", "version": "1.0.3"}, "enabled": True},
}


def wait_for(cluster: Cluster, state: str) -> None:
    def state_now() -> object:
        return (cluster.get(ALERTING).get("status") or {}).get("state")

    wait_until(lambda: state_now() == state, f"the plan is not {state}", 20)


def test_a_plan_that_is_removed_while_it_is_executed_is_executed_when_it_is_back(tmp_path: Path) -> None:
    with clusters({"four": "4.1"}, tmp_path) as fleet, ExtensionController(fleet["four"], seconds=0.5):
        cluster = fleet["four"]
        cluster.post(PLANS, PLAN)
        wait_for(cluster, "Installing")
        cluster.delete(ALERTING)
        time.sleep(0.8)  # the controller has found out
        cluster.post(PLANS, PLAN)
        wait_for(cluster, "Installed")
        assert is_up_to_date(cluster.get(ALERTING))
