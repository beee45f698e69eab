# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several receivers: alerts of projects arrive in their chats, a tenant's in the tenant's, others in the global one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.plays import environment as of
from tests.support.plays.check_run import Stored
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager

RELEASES = {"old": "3.3", "new": "3.4"}
ROUTERS = "/apis/notification.kubesphere.io/v2beta2/routers"
OWNER = {"userid": "user-1"}
CHATS = {key: {"name": f"chat of {key}", "owner": OWNER} for key in ("ops", "shop", "bank", "alice")}
TENANTS = {"alice": ["alice-project"]}


def of_namespaces(operator: str, *names: str) -> Json:
    return {"matchExpressions": [{"key": "namespace", "operator": operator, "values": list(names)}]}


RECEIVERS: Json = {
    "shop-receiver": {"chats": ["shop"], "alert_selector": of_namespaces("In", "shop")},
    "bank-receiver": {
        "robot": "bank_robot",
        "alert_selector": {**of_namespaces("In", "bank"), "matchLabels": {"severity": "critical"}},
    },
    "alice-dingtalk-receiver": {"chats": ["alice"], "user": "alice"},
}
ROUTER: Json = {
    "worst-to-alice": {
        "alert_selector": {"matchLabels": {"severity": "error"}},
        "receivers": ["alice-dingtalk-receiver"],
    }
}
DESIRED: Json = {
    "dingtalk_chats": CHATS,
    "notification_chats": ["ops"],
    "notification_robot": "",
    "notification_alert_selector": of_namespaces("NotIn", "shop", "bank"),
    "notification_receivers": RECEIVERS,
}
#: (namespace, severity) -> the chats of the alert
ALERTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("shop", "critical"): ("shop",),
    ("shop", "warning"): ("shop",),
    ("bank", "critical"): ("bank",),
    ("bank", "warning"): (),
    ("alice-project", "warning"): ("ops", "alice"),
    ("kube-system", "warning"): ("ops",),
    ("kube-system", "error"): ("ops", "alice"),  # routed by a Router, which 3.3 does not support
}


@dataclass
class History:
    """The clusters before, after the first run, and after a run without receivers; the messages in between."""

    site: Environment
    before: Stored
    after: Stored
    routers: dict[str, list[str]]
    arrived: dict[str, dict[tuple[str, str], Counter[str]]]
    errors: list[str]
    check_run: Run
    first: Run
    steady: Run
    steady_reads: dict[str, Counter[str]]
    steady_writes: int
    without: Stored = field(default_factory=dict)
    emptied: Stored = field(default_factory=dict)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with environment(tmp_path_factory.mktemp("receivers"), RELEASES) as site:
        before = site.stored()
        site.controller.vars("all", **{**DESIRED, "dingtalk_robots": {}, "notification_receivers": {}})
        site.run("chats").must()
        webhook = site.dingtalk.add_custom_robot(site.chat_id("chat of bank"), "bank", ["alert"], secret="generate")
        robot = {"webhook": webhook, "secret": site.dingtalk.secret_of(site.chat_id("chat of bank"), "bank")}
        site.controller.vars("all", dingtalk_robots={"bank_robot": {**robot, "keywords": ["alert"]}}, **DESIRED)
        site.controller.vars("new", notification_routers=ROUTER)
        check_run = site.site("--check", "--diff")
        first = site.site("--diff")
        after, routers = site.stored(), {name: names(site, name) for name in RELEASES}
        steady = site.site()
        reads = {name: Counter(request.path for request in found) for name, found in site.requests.items()}
        writes = len(site.writes())
        arrived, errors = deliver_all(site)
        history = History(site, before, after, routers, arrived, errors, check_run, first, steady, reads, writes)
        site.controller.vars("all", notification_receivers={}, notification_alert_selector={})
        site.controller.vars("new", notification_routers={})
        site.site()
        history.without = site.stored()
        site.run("teardown").must()
        history.emptied = {name: of.without_registry(objects) for name, objects in site.stored().items()}
        yield history


def names(site: Environment, cluster: str) -> list[str]:
    return [item["metadata"]["name"] for item in of.listed(site.clusters[cluster], ROUTERS)]


def deliver_all(site: Environment) -> tuple[dict[str, dict[tuple[str, str], Counter[str]]], list[str]]:
    """Return cluster -> alert -> number of messages by chat; and the errors."""
    arrived: dict[str, dict[tuple[str, str], Counter[str]]] = {}
    errors = []
    for name, cluster in site.clusters.items():
        access = ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version)
        manager = NotificationManager(access, site.dingtalk.legacy_api_url, site.dingtalk.ca_file, tenants=TENANTS)
        arrived[name] = {}
        for namespace, severity in ALERTS:
            seen = {key: len(messages(site, key)) for key in CHATS}
            labels = {"alertname": "Test", "namespace": namespace, "severity": severity}
            manager.deliver([{"status": "firing", "labels": labels, "annotations": {"message": "test"}}])
            new = {key: len(messages(site, key)) - seen[key] for key in CHATS}
            arrived[name][namespace, severity] = +Counter(new)
        errors += [delivery.error for delivery in manager.deliveries if delivery.error]
    return arrived, errors


def messages(site: Environment, key: str) -> list[Any]:
    return list(site.dingtalk.messages(site.chat_id(f"chat of {key}")))


@pytest.mark.parametrize("cluster", RELEASES)
def test_each_alert_arrives_only_in_its_chats(history: History, cluster: str) -> None:
    unrouted = {("kube-system", "error"): ("ops",)} if cluster == "old" else {}
    assert history.errors == []
    assert history.arrived[cluster] == {alert: Counter(chats) for alert, chats in {**ALERTS, **unrouted}.items()}


def test_a_second_run_changes_nothing_and_reads_each_object_once(history: History) -> None:
    assert history.steady.changed == dict.fromkeys(RELEASES, 0)
    assert history.steady_writes == 0
    for name, version in (("old", "v2beta1"), ("new", "v2beta2")):
        receivers = f"/apis/notification.kubesphere.io/{version}/receivers/"
        found = {path: count for path, count in history.steady_reads[name].items() if path.startswith(receivers)}
        assert found == dict.fromkeys([receivers + key for key in (*RECEIVERS, "global-dingtalk-receiver")], 1)


def test_check_mode_reports_the_changes_of_the_run(history: History) -> None:
    assert history.check_run.changed == history.first.changed
    assert history.check_run.of("cluster_config")["new"]["diff"] == history.first.of("cluster_config")["new"]["diff"]
    assert "SEC" not in history.first.output


def test_routers_are_created_where_the_release_supports_them(history: History) -> None:
    assert history.routers == {"old": [], "new": ["worst-to-alice"]}


@pytest.mark.parametrize("cluster", RELEASES)
def test_the_console_finds_its_own_objects_by_part_of_their_name(history: History, cluster: str) -> None:
    for part in ("global-dingtalk-receiver", "global-dingtalk-config-secret"):
        assert len([path for path in history.after[cluster] if part in path]) == 1


@pytest.mark.parametrize("cluster", RELEASES)
def test_receivers_removed_from_the_inventory_are_pruned(history: History, cluster: str) -> None:
    left = [path.rpartition("/")[2] for path in history.without[cluster]]
    assert not [name for name in left if name in RECEIVERS or name == "bank-config-secret"]
    assert "global-dingtalk-receiver" in left
    assert names(history.site, cluster) == []


def test_teardown_restores_the_initial_state(history: History) -> None:
    assert history.emptied == history.before


def test_invalid_receivers_are_refused_before_any_request(single: Environment) -> None:
    desired = {"x-global-dingtalk-receiver": {"chats": ["ops"]}}
    single.controller.vars("all", notification_receivers=desired)
    run = single.run("site").must(succeed=False)
    assert "notification_receivers.x-global-dingtalk-receiver: the name must not contain" in run.errors["shanghai"]
    assert single.calls == []
    assert single.requests["shanghai"] == []


def test_an_unsupported_router_is_refused_before_any_write(site: Environment) -> None:
    router = {"alert_selector": {}, "receivers": ["global-dingtalk-receiver"]}
    site.controller.vars("all", notification_routers={"all": router})
    run = site.run("site").must(succeed=False)
    assert list(run.errors) == ["lab"]
    assert "notification_routers: not supported by KubeSphere 3.3" in run.errors["lab"]
    assert [request for request in site.requests["lab"] if request.writes] == []
