# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each cell is a release in a topology after a run; all cells share the runs of one inventory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.plays import environment as of
from tests.support.testbed import ClusterSpec
from tests.support.testbed.console import Page
from tests.support.testbed.installer.releases import RELEASES
from tests.support.testbed.stand_ins.extension_controller import STATUS
from tests.system.matrix.conftest import ALL, MULTI, REAL, clusters
from tests.system.matrix.history import CHATS, History, Snapshot, cluster_name

#: What the policies name.
TARGETS = {"/apis/apps/v1/namespaces/shop/deployments/web", "/api/v1/nodes/node-1"}
#: Fields of an InstallPlan that the genuine CRD sets.
DEFAULTED = {"upgradeStrategy"}
#: Cells whose assertions all passed.
CELLS: set[str] = set()


def cell(version: str, topology: str, operation: str, servers: str) -> None:
    CELLS.add(f"{version} {topology} {operation} {servers}")
    closing_lines.report("matrix", f"{len(CELLS)} cells")


def desired_chats(history: History, name: str, number: int) -> tuple[str, ...]:
    """Return the chats on a cluster's page: those of all clusters with the same host."""
    host = history.host_of(name)
    sharing = [host, *(member for member, spec in history.specs.items() if spec.host == host)]
    keys = [key for cluster in sharing for key in CHATS[history.specs[cluster].role][number]]
    return tuple(sorted({history.chats[key] for key in keys}))


def in_order(page: Page) -> Page:
    """Return a page with sorted chats."""
    return replace(page, chat_ids=tuple(sorted(page.chat_ids)))


def expected_page(history: History, name: str, number: int) -> Page:
    if history.specs[name].role == "member" and history.specs[name].is_kubesphere_4:
        return Page()
    robot = {"webhook": history.webhook, "secret": history.secret, "keywords": ["alert", "告警"]} if number == 0 else {}
    return Page(
        is_set=True,
        enabled=True,
        app_key=of.APP_KEY,
        app_secret=of.APP_SECRET,
        chat_ids=desired_chats(history, name, number),
        **robot,  # type: ignore[arg-type]
    )


def assert_written_objects(history: History, name: str, snapshot: Snapshot) -> None:
    """Assert that members only have Alertmanager configuration, their cluster name and alerting."""
    spec = history.specs[name]
    objects = [item for result in applied(snapshot, name) for item in result["objects"]]
    alerting = {"RuleGroup", "ClusterRuleGroup"} if has_rule_groups(spec) else {"PrometheusRule"}
    switch = "InstallPlan" if spec.is_kubesphere_4 else "ClusterConfiguration"
    kinds = {item["kind"] for item in objects} - alerting
    assert {item["kind"] for item in objects} >= alerting
    naming = {"Prometheus"} if spec.version == "3.4" and spec.role != "none" else {"NotificationManager"}
    alertmanager = {"InstallPlan"} if spec.is_kubesphere_4 else {"Secret"}
    if spec.role != "member":
        assert kinds == {"Config", "Receiver", "Secret", *naming, *alertmanager, switch}
    else:
        assert kinds == (set() if spec.is_kubesphere_4 else {*naming, *alertmanager, switch})
        assert "alertmanager-main" in {item["name"] for item in objects} or not kinds


def has_rule_groups(spec: ClusterSpec) -> bool:
    return spec.version == "3.4" or spec.is_kubesphere_4


def applied(snapshot: Snapshot, name: str) -> list[dict[str, Any]]:
    """Return the results of a cluster's task, or of its two tasks if its alerting component was installed."""
    return [
        item.result
        for item in snapshot.run.results
        if (item.host, item.action) == (name, "kubesphere.dingtalk.cluster_config")
    ]


def assert_rules(history: History, name: str, snapshot: Snapshot, number: int, thresholds: Mapping[str, float]) -> None:
    """Assert that a cluster has these policies, in the format of its release and with its name."""
    rules = snapshot.rules[name]
    assert set(rules) == set(thresholds)
    for alert, rule in rules.items():
        builder = rule.get("exprBuilder")
        assert str(thresholds[alert]) in (str(builder) if builder else rule["expr"])
        spec = history.specs[name]
        assert bool(builder) is has_rule_groups(spec)
        # Neither the ruler nor notification-manager of a host or member of 3.4 adds the cluster's name to alerts.
        named = cluster_name(name, number) if spec.version == "3.4" and spec.role != "none" else None
        assert rule.get("labels", {}).get("cluster") == named


def assert_notes(history: History, name: str, snapshot: Snapshot) -> None:
    reported, spec = applied(snapshot, name)[0]["notes"], history.specs[name]
    assert all(any(note in line for line in snapshot.run.summary) for note in reported)
    notes = " ".join(reported)
    if spec.role == "member":
        assert f"on {spec.host}" in notes
    if spec.role == "host":
        assert "reach all of these chats" in notes
        assert f"east{spec.version.replace('.', '')}" in notes
    assert bool(notes) == (spec.role != "none")


def assert_delivered(history: History, name: str, snapshot: Snapshot) -> None:
    """Assert that the run reports all alerts as delivered, without a false alarm."""
    spec, result = history.specs[name], applied(snapshot, name)[0]
    outcomes = {outcome["result"] for outcome in result["delivery"]}
    assert outcomes == (set() if spec.version.startswith("4") and spec.role == "member" else {"delivered"})
    assert not any("do not reach" in text or "unknown" in text for text in result.get("warnings") or [])


def first(history: History, name: str) -> None:
    snapshot = history.snapshots["first"]
    assert in_order(snapshot.pages[name]) == expected_page(history, name, 0)
    assert snapshot.intervals[name] == "2h"
    assert_written_objects(history, name, snapshot)
    assert_notes(history, name, snapshot)
    assert_rules(history, name, snapshot, 0, {"web-cpu-high": 0.8, "node-memory-high": 0.9})
    texts = history.texts[name]
    assert len(texts) == len(desired_chats(history, name, 0))
    assert all(cluster_name(name, 0) in text for text in texts), texts


def second(history: History, name: str) -> None:
    snapshot, spec = history.snapshots["second"], history.specs[name]
    assert snapshot.run.changed[name] == 0
    assert [request for request in snapshot.requests[name] if request.writes] == []
    assert snapshot.stored[name] == history.snapshots["first"].stored[name]
    assert snapshot.rules[name] == history.snapshots["first"].rules[name]
    assert_delivered(history, name, snapshot)
    has_alertmanager = not (spec.is_kubesphere_4 and spec.role == "member")
    built_in = applied(snapshot, name)[0].get("built_in_alerts")
    assert built_in == (applied(history.snapshots["first"], name)[0]["built_in_alerts"] if has_alertmanager else None)
    assert {method for method, _path in snapshot.api_requests.get(name, [])} <= {"GET"}
    tasks = [
        item
        for item in snapshot.run.results
        if item.host == name and item.action == "kubesphere.dingtalk.cluster_config"
    ]
    assert len(tasks) == 1
    paths = [request.path for request in snapshot.requests[name] if not of.CONFIG_MAP.endswith(request.path)]
    assert len(paths) == len(set(paths)), f"{spec.version}: an object was read twice"
    assert STATUS not in paths
    has_outcomes = not (spec.is_kubesphere_4 and spec.role == "member")
    assert TARGETS.intersection(paths) == (TARGETS if has_outcomes else set())


def check(history: History, name: str) -> None:
    snapshot = history.snapshots["check"]
    assert snapshot.stored[name] == history.snapshots["second"].stored[name]
    assert snapshot.rules[name] == history.snapshots["second"].rules[name]
    assert [request for request in snapshot.requests[name] if request.writes and not request.dry_run] == []
    assert {method for method, _path in snapshot.api_requests.get(name, [])} <= {"GET"}
    predicted, done = (history.snapshots[when].run.of("cluster_config")[name] for when in ("check", "change"))
    assert (predicted["objects"], predicted["changed"]) == (done["objects"], done["changed"])


def change(history: History, name: str) -> None:
    snapshot = history.snapshots["change"]
    assert in_order(snapshot.pages[name]) == expected_page(history, name, 1)
    assert snapshot.intervals[name] == "4h"
    assert snapshot.run.of("cluster_config")[name]["changed"] is True
    assert_rules(history, name, snapshot, 1, {"node-memory-high": 0.95})
    assert_written_objects(history, name, snapshot)


def removal(history: History, name: str) -> None:
    snapshot = history.snapshots["removal"]
    assert snapshot.pages[name] == Page()
    assert snapshot.intervals[name] == "12h"
    assert snapshot.rules[name] == {}
    # KubeSphere cannot uninstall the component.
    retained = {path for path in snapshot.stored[name] if path.endswith("installplans//whizard-alerting")}
    assert bool(retained) is (history.specs[name].is_kubesphere_4 and history.specs[name].role != "member")
    assert {path: item for path, item in snapshot.stored[name].items() if path not in retained} == history.before[name]
    for path in retained:
        # It sends no more alerts.
        assert {*snapshot.stored[name][path]["spec"]} - DEFAULTED == {"extension", "enabled", "clusterScheduling"}
        assert {*snapshot.stored[name][path]["spec"]["clusterScheduling"]} == {"placement"}


OPERATIONS: dict[str, Callable[[History, str], None]] = {
    "first": first,
    "second": second,
    "check": check,
    "change": change,
    "removal": removal,
}


def names(place: tuple[str, str]) -> str:
    return "-".join(place).replace(" ", "-")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("place", ALL, ids=names)
def test_cell(place: tuple[str, str], operation: str, embedded: History) -> None:
    for name in clusters(*place):
        OPERATIONS[operation](embedded, name)
    cell(*place, operation, "embedded")


@pytest.mark.real
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("place", REAL, ids=names)
def test_cell_on_real_api_servers(place: tuple[str, str], operation: str, real: History) -> None:
    for name in clusters(*place):
        OPERATIONS[operation](real, name)
    cell(*place, operation, "real")


def test_the_second_run_of_the_mixed_inventory_changes_nothing(embedded: History) -> None:
    assert set(embedded.snapshots["second"].run.changed.values()) == {0}
    assert {spec.version for spec in embedded.specs.values()} == set(RELEASES)
    assert {spec.role for spec in embedded.specs.values()} == {"none", "host", "member"}
    assert {embedded.specs[name].version for place in ALL if place[1] == MULTI for name in clusters(*place)} == set(
        RELEASES
    )
    tasks = [item.host for item in embedded.snapshots["second"].run.results if item.action.endswith(".cluster_config")]
    assert sorted(tasks) == sorted(embedded.specs)
    assert all(embedded.snapshots["second"].rules[name] for name in embedded.specs)
