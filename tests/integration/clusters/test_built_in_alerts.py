# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere 4's built-in alerts of a host and its members reach DingTalk, without any policy in the inventory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.plays.built_in_alerts import MEMBERS_URL, fire_built_in
from tests.support.plays.environment import Environment, Json, environment
from tests.support.simulators.kubesphere import controllers
from tests.support.testbed import ClusterSpec
from tests.support.testbed.installer.extensions import install_plan
from tests.support.testbed.installer.multicluster import HOST_CLUSTER
from tests.support.testbed.stand_ins.extension_controller import ALERTING, PLANS

#: Inventory host -> KubeSphere's name of the cluster.
NAMES = {"hangzhou": HOST_CLUSTER, "ningbo": "ningbo", "jiaxing": "jiaxing"}


@contextmanager
def site_of(folder: Path, version: str, **desired: object) -> Iterator[Environment]:
    """Yield a host with two members, KubeSphere's controllers, and an inventory with chats."""
    members = {name: ClusterSpec(version, "member", "hangzhou") for name in ("ningbo", "jiaxing")}
    with (
        environment(folder, {"hangzhou": ClusterSpec(version, "host"), **members}) as site,
        controllers(site.clusters.values()),
    ):
        site.controller.vars("all", notification_chats=["ops"], **desired)
        for name in members:
            site.controller.vars(name, kubesphere_host_cluster="hangzhou", alerting_alertmanager_url=MEMBERS_URL)
        site.run("chats").must()
        yield site


def delivered(site: Environment) -> dict[str, list[str]]:
    """Return inventory host -> the errors of the messages about an alert there, each empty if it was delivered."""
    host = site.clusters["hangzhou"]
    return {
        name: [item.error for item in fire_built_in(site, host, known, known == HOST_CLUSTER)]
        for name, known in NAMES.items()
    }


def spec_of(site: Environment) -> Json:
    spec: Json = site.clusters["hangzhou"].get(ALERTING)["spec"]
    return spec


def test_alerts_of_an_installed_extension_are_delivered_until_teardown(tmp_path: Path) -> None:
    with site_of(tmp_path, "4.1") as site:
        plan = install_plan("whizard-alerting", "1.0.3", "Multicluster")
        plan["spec"]["clusterScheduling"]["placement"]["clusters"] = list(NAMES.values())
        site.clusters["hangzhou"].post(PLANS, plan)
        before = spec_of(site)
        assert "config" not in before
        assert delivered(site) == {name: [] for name in NAMES}
        first = site.site()
        assert first.one("wait_for_alerting")["hosts"] == []
        assert delivered(site) == {name: [""] for name in NAMES}
        second = site.site()
        assert set(second.changed.values()) == {0}
        assert site.writes() == []
        tasks = [item.host for item in second.results if item.action.endswith(".cluster_config")]
        assert sorted(tasks) == sorted(NAMES)
        site.run("teardown").must()
        assert spec_of(site) == before


@pytest.mark.parametrize("installed", [False, True])
def test_the_extension_is_only_installed_on_request(tmp_path: Path, installed: bool) -> None:
    with site_of(tmp_path, "4.2", **({"alerting_enabled": True} if installed else {})) as site:
        run = site.site()
        assert delivered(site) == {name: [""] if installed else [] for name in NAMES}
        assert any("set alerting_enabled: true" in line for line in run.summary) is not installed
        site.run("teardown").must()
        plan = site.clusters["hangzhou"].find(ALERTING)
        assert bool(plan) is installed
        if plan:
            assert plan["spec"]["enabled"] is True
            assert plan["spec"]["clusterScheduling"] == {"placement": {"clusters": list(NAMES.values())}}
            assert "config" not in plan["spec"]
