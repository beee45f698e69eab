# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life cycle of a fleet: set up, unchanged, changed, torn down, set up again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.plays import environment as of
from tests.support.plays.check_run import CheckRun, Stored, run_check_mode
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, changing
from tests.support.simulators.kubernetes import RecordedRequest
from tests.system.realsite import console

Json = dict[str, Any]

DUTY = "KubeSphere duty"


@dataclass
class SteadyRun:
    """A run without changes: its requests by cluster, and its DingTalk calls that change something."""

    run: Run
    requests: dict[str, list[RecordedRequest]]
    calls: list[str]


@dataclass
class Snapshot:
    """The clusters' objects, their settings in the console, their repeat intervals and their names."""

    stored: Stored
    console: dict[str, Json]
    intervals: dict[str, str]
    names: dict[str, str | None]


@dataclass
class History:
    """All runs in their order; ``installed`` is the state before the first."""

    site: Environment
    installed: Snapshot
    check_runs: dict[str, CheckRun]
    steady: dict[str, SteadyRun]
    set_up: Snapshot
    with_robot: Snapshot
    changed: Snapshot
    torn_down: Snapshot
    again: Snapshot


def run_history(site: Environment) -> History:
    """Run all steps."""
    check_runs, steady = {}, {}
    installed = snapshot(site)
    check_runs["setup"], set_up = run_check_mode(site, "site"), snapshot(site)
    steady["set up"] = steady_run(site, "site")
    site.add_robot()
    check_runs["robot"], with_robot = run_check_mode(site, "site"), snapshot(site)
    change_inventory(site)
    check_runs["changes"], changed = run_check_mode(site, "site"), snapshot(site)
    steady["changed"] = steady_run(site, "site")
    check_runs["teardown"], torn_down = run_check_mode(site, "teardown"), snapshot(site)
    steady["torn down"] = steady_run(site, "teardown")
    site.site()
    again, steady["set up again"] = snapshot(site), steady_run(site, "site")
    return History(site, installed, check_runs, steady, set_up, with_robot, changed, torn_down, again)


def change_inventory(site: Environment) -> None:
    """Change repeat interval and name of one cluster, and add a chat for another one."""
    site.controller.vars("beijing", alertmanager_route={"repeat_interval": "5h"}, notification_cluster_name="Beijing")
    chats = yaml.safe_load((site.controller.inventory / "group_vars/all/dingtalk.yml").read_text())["dingtalk_chats"]
    site.controller.vars("all", dingtalk_chats={**chats, "duty": {"name": DUTY, "owner": {"userid": "user-3"}}})
    site.controller.vars("shanghai", notification_chats=["ops", "duty"])


def snapshot(site: Environment) -> Snapshot:
    clusters = site.clusters.items()
    managers = {name: cluster.get(of.MANAGER)["spec"]["receivers"]["options"]["global"] for name, cluster in clusters}
    return Snapshot(
        stored=site.stored(),
        console={name: console.read(cluster) for name, cluster in clusters},
        intervals={name: of.alertmanager(cluster)["route"]["repeat_interval"] for name, cluster in clusters},
        names={name: options.get("cluster") for name, options in managers.items()},
    )


def steady_run(site: Environment, playbook: str | Path) -> SteadyRun:
    done = site.run(playbook).must()
    return SteadyRun(done, site.requests, changing(site.calls))
