# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade from KubeSphere 3.3 to 3.4: the next run restores the settings without duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment
from tests.support.plays.policies import NODE, WORKLOAD
from tests.support.simulators.kubesphere.installer import install_alerting
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import BOTH, needing_real_parts
from tests.support.testbed.installer.targets import create_project
from tests.support.testbed.installer.upgrade import upgrade
from tests.support.testbed.paths import collection

CRITICAL = 'severity="critical"'
#: A policy whose group has the same name as the rule group created by the upgrade.
TARGET: Json = {"name": "target-down", "group": "target-down", "expr": "up == 0"}
POLICIES = (WORKLOAD, NODE, TARGET)
#: An unmanaged rule of the console, which becomes a rule group as well.
UNMANAGED: Json = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "PrometheusRule",
    "metadata": {
        "name": "custom-alerting-rule-x7k2p",
        "namespace": "kubesphere-monitoring-system",
        "labels": {"custom-alerting-rule-level": "cluster"},
    },
    "spec": {
        "groups": [
            {
                "name": "alerting.custom.defaults",
                "rules": [{"alert": "unmanaged", "expr": "up == 1", "labels": {"severity": "info"}}],
            }
        ]
    },
}
DESIRED: Json = {
    "alerting_policies": POLICIES,
    "notification_receivers": {"team": {"chats": ["lab"], "alert_selector": {"matchLabels": {"namespace": "team"}}}},
    "alertmanager_routes": [{"matchers": [CRITICAL], "repeat_interval": "30m"}],
}
CLUSTER_CONFIGURATION = (
    "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
)
SECRET = "/api/v1/secrets/kubesphere-monitoring-system/alertmanager-main"


@dataclass
class History:
    """The states around the upgrade, and ``plain``, the state of an upgraded cluster without any run."""

    site: Environment
    before: dict[str, Json]
    upgraded: dict[str, Json]
    after_run: Run
    after: dict[str, Json]
    repeated: Run
    repeated_writes: int
    torn_down: dict[str, Json]
    plain: dict[str, Json]


@pytest.fixture(scope="module", params=BOTH)
def history(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[History]:
    releases = {"shanghai": "3.3", "plain": "3.3"}
    folder = tmp_path_factory.mktemp("upgrade")
    with needing_real_parts(), environment(folder, releases, real=request.param == "real") as site:
        for cluster in site.clusters.values():
            prepare(cluster)
        of.set_hosts(site.controller, {"shanghai": site.clusters["shanghai"]})
        site.controller.vars("all", **DESIRED)
        site.site()
        before = of.stored(site.clusters["shanghai"])
        site.clusters = {name: upgrade(cluster, "3.4") for name, cluster in site.clusters.items()}
        upgraded = of.stored(site.clusters["shanghai"])
        after_run = site.site("--diff")
        after = of.stored(site.clusters["shanghai"])
        repeated, writes = site.site(), len(site.writes())
        site.run("teardown").must()
        stored = site.stored()
        torn_down, plain = of.without_registry(stored["shanghai"]), stored["plain"]
        yield History(site, before, upgraded, after_run, after, repeated, writes, torn_down, plain)


def prepare(cluster: Cluster) -> None:
    """Enable the alerting component, and create a project and an unmanaged rule."""
    install_alerting(cluster.client)
    create_project(cluster, "shop", "web")
    cluster.post(collection(UNMANAGED), UNMANAGED)


def alerts(objects: dict[str, Json]) -> list[tuple[str, str]]:
    """Return kind of the object and name of each alert in rules and rule groups, without those of the installer."""
    found = []
    for item in objects.values():
        spec = item.get("spec") or {}
        groups = spec.get("groups", []) if item.get("kind") == "PrometheusRule" else [spec]
        if item.get("kind") in ("PrometheusRule", "RuleGroup", "ClusterRuleGroup", "GlobalRuleGroup"):
            found += [(item["kind"], rule.get("alert", "")) for group in groups for rule in group["rules"]]
    return sorted(pair for pair in found if pair[1] in (*(policy["name"] for policy in POLICIES), "unmanaged"))


def routes(objects: dict[str, Json]) -> Json:
    """Return the root route of Alertmanager's configuration."""
    route: Json = of.alertmanager_document(objects[SECRET])["route"]
    return route


def test_the_upgrade_has_restored_the_default_configuration(history: History) -> None:
    assert routes(history.before)["repeat_interval"] == "2h"
    assert routes(history.upgraded)["repeat_interval"] == "12h"
    assert len(routes(history.upgraded)["routes"]) == len(routes(history.before)["routes"])  # one added, one removed


def test_the_next_run_restores_the_configuration(history: History) -> None:
    root = routes(history.after)
    assert root["repeat_interval"] == "2h"
    managed = {"matchers": [CRITICAL], "repeat_interval": "30m", "receiver": "prometheus"}
    assert root["routes"] == [*routes(history.upgraded)["routes"][:-1], managed, routes(history.upgraded)["routes"][-1]]


def test_the_upgrade_has_duplicated_all_rules(history: History) -> None:
    every = [policy["name"] for policy in POLICIES] + ["unmanaged"]
    assert alerts(history.before) == sorted(("PrometheusRule", name) for name in every)
    kinds = {"web-cpu-high": "RuleGroup"}
    groups = [(kinds.get(name, "ClusterRuleGroup"), name) for name in every]
    assert alerts(history.upgraded) == sorted([*alerts(history.before), *groups])


def test_the_next_run_removes_the_duplicates(history: History) -> None:
    assert alerts(history.after) == [
        ("ClusterRuleGroup", "node-memory-high"),
        ("ClusterRuleGroup", "target-down"),
        ("ClusterRuleGroup", "unmanaged"),
        ("PrometheusRule", "unmanaged"),
        ("RuleGroup", "web-cpu-high"),
    ]
    names = [path.rpartition("/")[2] for path in history.after if "alerting.kubesphere.io" in path]
    assert sorted(name for name in names if name != "unmanaged") == ["kubesphere-dingtalk"] * 2 + ["target-down"]


def test_no_notification_object_is_duplicated(history: History) -> None:
    def others(objects: dict[str, Json]) -> set[str]:
        return {path for path in objects if "alerting.kubesphere.io" not in path and "prometheusrules" not in path}

    assert others(history.after) == others(history.upgraded)
    receiver = "/apis/notification.kubesphere.io/v2beta2/receivers//global-dingtalk-receiver"
    assert history.after[receiver] == history.upgraded[receiver] == history.before[receiver]


def test_the_second_run_after_the_upgrade_changes_nothing(history: History) -> None:
    assert history.repeated.changed == {"shanghai": 0}
    assert history.repeated_writes == 0


def test_teardown_restores_the_state_of_an_upgraded_cluster_without_runs(history: History) -> None:
    assert history.torn_down == history.plain
