# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere 3.3 becomes 3.4 under our feet: the next run puts things right, and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Json, Surroundings, surroundings
from tests.support.plays.policies import NODE, WORKLOAD
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import BOTH, needing_real_parts
from tests.support.testbed.installer.upgrade import upgrade
from tests.support.testbed.paths import collection

CRITICAL = 'severity="critical"'
#: A policy whose group has the name that the upgrade gives it.
TARGET: Json = {"name": "target-down", "group": "target-down", "expr": "up == 0"}
POLICIES = (WORKLOAD, NODE, TARGET)
#: Somebody else's rule of the console's, which becomes a rule group as well.
THEIRS: Json = {
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
                "rules": [{"alert": "theirs", "expr": "up == 1", "labels": {"severity": "info"}}],
            }
        ]
    },
}
WISHES: Json = {
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
    """``plain`` was upgraded likewise and never met us; ``before`` and ``after`` are what the runs around it left."""

    site: Surroundings
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
    with needing_real_parts(), surroundings(folder, releases, real=request.param == "real") as site:
        for cluster in site.clusters.values():
            prepare(cluster)
        of.set_hosts(site.controller, {"shanghai": site.clusters["shanghai"]})
        site.controller.vars("all", **WISHES)
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
    """Switch the alerting component on, make a project, and somebody else's rule."""
    enabled = {"spec": {"alerting": {"enabled": True}}, "status": {"alerting": {"status": "enabled"}}}
    cluster.patch(CLUSTER_CONFIGURATION, enabled)
    cluster.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    cluster.post(collection(THEIRS), THEIRS)


def alerts(objects: dict[str, Json]) -> list[tuple[str, str]]:
    """Kind of the object and name of each alert in rules and rule groups, the installer's left out."""
    found = []
    for item in objects.values():
        spec = item.get("spec") or {}
        groups = spec.get("groups", []) if item.get("kind") == "PrometheusRule" else [spec]
        if item.get("kind") in ("PrometheusRule", "RuleGroup", "ClusterRuleGroup", "GlobalRuleGroup"):
            found += [(item["kind"], rule.get("alert", "")) for group in groups for rule in group["rules"]]
    return sorted(pair for pair in found if pair[1] in (*(policy["name"] for policy in POLICIES), "theirs"))


def routes(objects: dict[str, Json]) -> Json:
    """The root route of Alertmanager's configuration."""
    route: Json = of.alertmanager_document(objects[SECRET])["route"]
    return route


def test_the_upgrade_has_restored_the_default_configuration(history: History) -> None:
    assert routes(history.before)["repeat_interval"] == "2h"
    assert routes(history.upgraded)["repeat_interval"] == "12h"
    assert len(routes(history.upgraded)["routes"]) == len(routes(history.before)["routes"])  # InfoInhibitor's for ours


def test_the_next_run_puts_the_configuration_right(history: History) -> None:
    root = routes(history.after)
    assert root["repeat_interval"] == "2h"
    ours = {"matchers": [CRITICAL], "repeat_interval": "30m", "receiver": "prometheus"}
    assert root["routes"] == [*routes(history.upgraded)["routes"][:-1], ours, routes(history.upgraded)["routes"][-1]]


def test_the_upgrade_has_doubled_every_rule(history: History) -> None:
    every = [policy["name"] for policy in POLICIES] + ["theirs"]
    assert alerts(history.before) == sorted(("PrometheusRule", name) for name in every)
    kinds = {"web-cpu-high": "RuleGroup"}
    groups = [(kinds.get(name, "ClusterRuleGroup"), name) for name in every]
    assert alerts(history.upgraded) == sorted([*alerts(history.before), *groups])


def test_every_policy_stands_once(history: History) -> None:
    assert alerts(history.after) == [
        ("ClusterRuleGroup", "node-memory-high"),
        ("ClusterRuleGroup", "target-down"),
        ("ClusterRuleGroup", "theirs"),
        ("PrometheusRule", "theirs"),
        ("RuleGroup", "web-cpu-high"),
    ]
    names = [path.rpartition("/")[2] for path in history.after if "alerting.kubesphere.io" in path]
    assert sorted(name for name in names if name != "theirs") == ["kubesphere-dingtalk"] * 2 + ["target-down"]


def test_no_notification_object_is_doubled(history: History) -> None:
    def others(objects: dict[str, Json]) -> set[str]:
        return {path for path in objects if "alerting.kubesphere.io" not in path and "prometheusrules" not in path}

    assert others(history.after) == others(history.upgraded)
    receiver = "/apis/notification.kubesphere.io/v2beta2/receivers//global-dingtalk-receiver"
    assert history.after[receiver] == history.upgraded[receiver] == history.before[receiver]


def test_the_run_after_that_changes_nothing(history: History) -> None:
    assert history.repeated.changed == {"shanghai": 0}
    assert history.repeated_writes == 0


def test_teardown_leaves_what_the_upgrade_makes_of_a_cluster_without_us(history: History) -> None:
    assert history.torn_down == history.plain
