# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerting component and policies by the playbooks, from clusters without the component to a steady run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment
from tests.support.plays.policies import NODE, WORKLOAD
from tests.support.simulators.kubesphere import Installer, complete_rules
from tests.support.simulators.kubesphere.installer import CONFIGURATION, install_alerting
from tests.support.simulators.kubesphere.rule_webhook import GROUP
from tests.support.testbed.client import USER_AGENT
from tests.support.testbed.installer.targets import create_project

WANTED = {"shanghai": "3.4", "lab": "3.3"}
RULE_GROUP = "/apis/alerting.kubesphere.io/v2beta1/namespaces/shop/rulegroups/kubesphere-dingtalk"
CLUSTER_RULE_GROUP = "/apis/alerting.kubesphere.io/v2beta1/clusterrulegroups/kubesphere-dingtalk"
PROMETHEUS_RULE = (
    "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/custom-alerting-rule-namespace-kubesphere-dingtalk"
)


@contextmanager
def installing(folder: Path, failures: Mapping[str, str] | None = None) -> Iterator[Environment]:
    """Yield the environment with KubeSphere's installer on each cluster, and two policies in the inventory."""
    with environment(folder, WANTED) as site, ExitStack() as stack:
        for name, cluster in site.clusters.items():
            create_project(cluster, "shop", "web")
            of.simulator(cluster).mutate(GROUP, complete_rules)
            stack.enter_context(Installer(cluster, failure=(failures or {}).get(name, "")))
        site.controller.vars("all", alerting_policies=[WORKLOAD, NODE])
        yield site


@dataclass
class History:
    """The clusters' objects before and after a check run, three runs and teardown."""

    site: Environment
    before: dict[str, dict[str, Json]]
    checked_run: Run
    check_run: dict[str, dict[str, Json]]
    first: Run
    first_stored: dict[str, dict[str, Json]]
    second: Run
    second_stored: dict[str, dict[str, Json]]
    second_verbs: set[str]
    shrunk: Run
    shrunk_stored: dict[str, dict[str, Json]]
    torn_down: Run
    after: dict[str, dict[str, Json]]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with installing(tmp_path_factory.mktemp("alerting")) as site:
        before = site.stored(revisions=True)
        checked_run = site.site("--check", "--diff")
        check_run = site.stored(revisions=True)
        first = site.site()
        first_stored = site.stored(revisions=True)
        second = site.site()
        verbs = {r.verb for requests in site.requests.values() for r in requests if r.user_agent != USER_AGENT}
        second_stored = site.stored(revisions=True)
        site.controller.vars("all", alerting_policies=[NODE])
        shrunk = site.site()
        shrunk_stored = site.stored()
        torn_down = site.run("teardown").must()
        yield History(
            site,
            before,
            checked_run,
            check_run,
            first,
            first_stored,
            second,
            second_stored,
            verbs,
            shrunk,
            shrunk_stored,
            torn_down,
            site.stored(),
        )


def test_a_check_run_stores_nothing_and_does_not_wait(history: History) -> None:
    assert history.check_run == history.before
    assert history.checked_run.one("wait_for_alerting")["hosts"] == []
    assert "Waiting for" not in history.checked_run.stdout


def test_a_check_run_shows_component_and_policies(history: History) -> None:
    for host, kind in {"shanghai": "ClusterRuleGroup", "lab": "PrometheusRule"}.items():
        result = history.checked_run.of("cluster_config")[host]
        assert result["installing"] == ["alerting"]
        changed = {item["kind"]: item["action"] for item in result["objects"]}
        assert changed["ClusterConfiguration"] == "updated"
        assert changed[kind] == "created"


def test_the_first_run_installs_the_component_waits_once_and_writes_policies(history: History) -> None:
    run = history.first
    assert sorted(run.one("wait_for_alerting")["hosts"]) == ["lab", "shanghai"]
    assert {item["state"] for item in run.one("wait_for_alerting")["components"].values()} == {"ready"}
    assert "Waiting for the alerting component of shanghai, lab, at most 30 min" in run.stdout
    assert "shanghai: alerting component ready." in run.stdout
    assert run.summary[0] == "2 clusters: 2 changed, 0 unchanged, 0 failed"
    assert not [line for line in run.summary if line.startswith("Alerting component")]


def rule_of(stored: dict[str, Json], end: str) -> Json:
    [found] = [item for path, item in stored.items() if path.endswith(end)]
    spec = found["spec"]
    [rule] = spec["rules"] if "rules" in spec else spec["groups"][0]["rules"]
    return dict(rule)


def test_policies_on_3_4_are_rule_groups_completed_by_the_webhook(history: History) -> None:
    for path in ("/rulegroups/shop/kubesphere-dingtalk", "/clusterrulegroups//kubesphere-dingtalk"):
        rule = rule_of(history.first_stored["shanghai"], path)
        assert rule["expr"].startswith("built(")
        assert rule["labels"]["rule_id"]


def test_policies_on_3_3_are_prometheus_rules(history: History) -> None:
    rule = rule_of(history.first_stored["lab"], "/shop/custom-alerting-rule-namespace-kubesphere-dingtalk")
    assert rule["expr"] == 'namespace:workload_cpu_usage:sum{namespace="shop", workload="Deployment:web"} > 0.8'
    assert not [path for path in history.first_stored["lab"] if "rulegroups" in path]


def test_only_alerting_of_the_cluster_configuration_is_changed(history: History) -> None:
    for host in WANTED:
        [(path, before)] = [item for item in history.before[host].items() if "/clusterconfigurations/" in item[0]]
        spec = history.first_stored[host][path]["spec"]
        assert spec == {**before["spec"], "alerting": {**before["spec"]["alerting"], "enabled": True}}


def test_the_second_run_changes_nothing_and_is_one_task_for_each_cluster(history: History) -> None:
    assert history.second.changed == {"shanghai": 0, "lab": 0}
    assert history.second_stored == history.first_stored
    assert history.second_verbs == {"get", "list"}
    applied = [item.host for item in history.second.results if item.action == "kubesphere.dingtalk.cluster_config"]
    assert sorted(applied) == ["lab", "shanghai"]
    assert "Waiting for" not in history.second.stdout
    assert "WARNING" not in history.second.output


def test_a_policy_removed_from_the_inventory_is_pruned(history: History) -> None:
    for host in WANTED:
        assert not [path for path in history.shrunk_stored[host] if "shop" in path]
        assert "node-memory-high" in str(history.shrunk_stored[host])


def test_teardown_removes_policies_and_retains_the_component(history: History) -> None:
    for host in WANTED:
        kinds = {path.split("/")[4] for path in history.after[host] if path.startswith("/apis/")}
        assert kinds == {"notificationmanagers", "clusterconfigurations"}
        assert history.site.clusters[host].get(CONFIGURATION)["spec"]["alerting"]["enabled"] is True


def test_a_failed_installation_fails_only_its_cluster_with_kubespheres_error(tmp_path: Path) -> None:
    with installing(tmp_path, failures={"lab": "no matches for kind ThanosRuler"}) as site:
        run = site.run("site").must(succeed=False)
        assert list(run.errors) == ["lab"]
        assert "'Alerting | Getting ThanosRuler': no matches for kind ThanosRuler." in run.errors["lab"]
        assert "rollout restart deployment ks-installer" in run.errors["lab"]
        assert run.summary[0] == "2 clusters: 1 changed, 0 unchanged, 1 failed"
        assert [line for line in run.summary if line.startswith("FAILED lab: KubeSphere's alerting component")]
        assert of.exists(site.clusters["shanghai"], RULE_GROUP)
        assert not of.exists(site.clusters["lab"], PROMETHEUS_RULE)
        assert of.chat_ids(site.clusters["lab"]) == [site.chat_id("KubeSphere lab")]


def test_waiting_ends_at_the_deadline_and_the_next_run_writes_the_policies(tmp_path: Path) -> None:
    with environment(tmp_path, {"shanghai": "3.4"}) as site:
        site.controller.vars("all", alerting_policies=[NODE])
        run = site.run("site", extra={"kubesphere_install_timeout": 1}).must(succeed=False)
        assert "KubeSphere is still installing it" in run.errors["shanghai"]
        assert not of.exists(site.clusters["shanghai"], CLUSTER_RULE_GROUP)
        install_alerting(site.clusters["shanghai"].client)
        assert site.site().changed == {"shanghai": 1}
        assert of.exists(site.clusters["shanghai"], CLUSTER_RULE_GROUP)


def test_the_role_alone_writes_policies_once_the_component_is_installed(tmp_path: Path) -> None:
    with installing(tmp_path) as site:
        play = {"hosts": "all", "gather_facts": False, "roles": ["kubesphere.dingtalk.alerting"]}
        playbook = site.controller.playbook([play])
        options = {"interval": 1, "results_from": "alerting_applied"}
        wait = {"kubesphere.dingtalk.wait_for_alerting": options, "run_once": True}
        first = site.run(site.controller.playbook([{**play, "tasks": [wait]}])).must()
        assert first.changed == {"shanghai": 1, "lab": 1}
        assert sorted(first.one("wait_for_alerting")["hosts"]) == ["lab", "shanghai"]
        assert site.run(playbook).must().changed == {"shanghai": 1, "lab": 1}
        assert site.run(playbook).must().changed == {"shanghai": 0, "lab": 0}


def test_invalid_policies_of_any_host_stop_the_run_before_any_change(tmp_path: Path) -> None:
    with installing(tmp_path) as site:
        site.controller.vars("lab", alerting_policies=[{**NODE, "threshold": 90}])
        before = site.stored(revisions=True)
        run = site.run("site").must(succeed=False)
        [error] = {*run.errors.values()}
        assert "lab: alerting_policies[0] (node-memory-high): threshold: 90 is not between 0 and 1" in error
        assert site.stored(revisions=True) == before
