# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fleet's life: set up, left alone, changed, torn down, set up again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.plays import environment as of
from tests.support.plays.check_run import CheckRun, Stored, run_check_mode
from tests.support.plays.controller import Run
from tests.support.plays.environment import Surroundings, changing
from tests.support.simulators.kubernetes import RecordedRequest
from tests.system.realsite import console

Json = dict[str, Any]

DUTY = "KubeSphere duty"


@dataclass
class Quiet:
    """A run that has nothing to do: its requests by cluster, and its changing calls to DingTalk."""

    run: Run
    requests: dict[str, list[RecordedRequest]]
    calls: list[str]


@dataclass
class Moment:
    """What all clusters hold, what their consoles read back, how often alerts come again, and their cluster's name."""

    stored: Stored
    console: dict[str, Json]
    intervals: dict[str, str]
    names: dict[str, str | None]


@dataclass
class History:
    """The runs in their order; ``installed`` is what the clusters held before the first."""

    site: Surroundings
    installed: Moment
    check_runs: dict[str, CheckRun]
    quiet: dict[str, Quiet]
    set_up: Moment
    with_robot: Moment
    changed: Moment
    torn_down: Moment
    again: Moment


def live(site: Surroundings) -> History:
    """Run it all."""
    check_runs, quiet = {}, {}
    installed = moment(site)
    check_runs["set-up"], set_up = run_check_mode(site, "site"), moment(site)
    quiet["set up"] = do_nothing(site, "site")
    site.add_robot()
    check_runs["robot"], with_robot = run_check_mode(site, "site"), moment(site)
    change_wishes(site)
    check_runs["changes"], changed = run_check_mode(site, "site"), moment(site)
    quiet["changed"] = do_nothing(site, "site")
    check_runs["teardown"], torn_down = run_check_mode(site, "teardown"), moment(site)
    quiet["torn down"] = do_nothing(site, "teardown")
    site.site()
    again, quiet["set up again"] = moment(site), do_nothing(site, "site")
    return History(site, installed, check_runs, quiet, set_up, with_robot, changed, torn_down, again)


def change_wishes(site: Surroundings) -> None:
    """One cluster is to be reminded less often and to have another name; there is a further chat for another one."""
    site.controller.vars("beijing", alertmanager_route={"repeat_interval": "5h"}, notification_cluster_name="Beijing")
    chats = yaml.safe_load((site.controller.inventory / "group_vars/all/dingtalk.yml").read_text())["dingtalk_chats"]
    site.controller.vars("all", dingtalk_chats={**chats, "duty": {"name": DUTY, "owner": {"userid": "user-3"}}})
    site.controller.vars("shanghai", notification_chats=["ops", "duty"])


def moment(site: Surroundings) -> Moment:
    clusters = site.clusters.items()
    managers = {name: cluster.get(of.MANAGER)["spec"]["receivers"]["options"]["global"] for name, cluster in clusters}
    return Moment(
        stored=site.stored(),
        console={name: console.read(cluster) for name, cluster in clusters},
        intervals={name: of.alertmanager(cluster)["route"]["repeat_interval"] for name, cluster in clusters},
        names={name: options.get("cluster") for name, options in managers.items()},
    )


def do_nothing(site: Surroundings, playbook: str | Path) -> Quiet:
    done = site.run(playbook).must()
    return Quiet(done, site.requests, changing(site.calls))
