# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each cell is one release in one set-up after one run; all of them share one inventory and its few runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.plays import environment as of
from tests.support.testbed.console import Page
from tests.support.testbed.installer.releases import RELEASES
from tests.support.testbed.stand_ins.extension_controller import STATUS
from tests.system.matrix.conftest import ALL, MULTI, REAL, clusters
from tests.system.matrix.history import CHATS, History, Time, cluster_name

#: Cells of which every assertion held.
CELLS: set[str] = set()


def cell(version: str, topology: str, operation: str, servers: str) -> None:
    CELLS.add(f"{version} {topology} {operation} {servers}")
    closing_lines.tell("matrix", f"{len(CELLS)} cells")


def wished_chats(history: History, name: str, number: int) -> tuple[str, ...]:
    """The chats of a cluster's page, those of all clusters that share its host."""
    host = history.host_of(name)
    asking = [host, *(member for member, desired in history.specs.items() if desired.host == host)]
    keys = [key for cluster in asking for key in CHATS[history.specs[cluster].role][number]]
    return tuple(sorted({history.chats[key] for key in keys}))


def in_order(page: Page) -> Page:
    """A page whose chats do not tell which came first."""
    return replace(page, chat_ids=tuple(sorted(page.chat_ids)))


def expected_page(history: History, name: str, number: int) -> Page:
    if history.specs[name].role == "member" and history.specs[name].version == "4.1":
        return Page()
    robot = {"webhook": history.webhook, "secret": history.secret, "keywords": ["alert", "告警"]} if number == 0 else {}
    return Page(
        is_set=True,
        enabled=True,
        app_key=of.APP_KEY,
        app_secret=of.APP_SECRET,
        chat_ids=wished_chats(history, name, number),
        **robot,  # type: ignore[arg-type]
    )


def assert_written_where_it_belongs(history: History, name: str, time: Time) -> None:
    """A member gets nothing of ours but its Alertmanager's configuration, its own name, and its alerting."""
    desired = history.specs[name]
    objects = [item for result in applied(time, name) for item in result["objects"]]
    alerting = {"RuleGroup", "ClusterRuleGroup"} if desired.version in ("3.4", "4.1") else {"PrometheusRule"}
    switch = "InstallPlan" if desired.version == "4.1" else "ClusterConfiguration"
    kinds = {item["kind"] for item in objects} - alerting
    assert {item["kind"] for item in objects} >= alerting
    naming = {"Prometheus"} if desired.version == "3.4" and desired.role != "none" else {"NotificationManager"}
    alertmanager = {"InstallPlan"} if desired.version == "4.1" else {"Secret"}
    if desired.role != "member":
        assert kinds == {"Config", "Receiver", "Secret", *naming, *alertmanager, switch}
    else:
        assert kinds == (set() if desired.version == "4.1" else {*naming, *alertmanager, switch})
        assert "alertmanager-main" in {item["name"] for item in objects} or not kinds


def applied(time: Time, name: str) -> list[dict[str, Any]]:
    """The results of a cluster's tasks: of its one task, or of two where its alerting component was installed."""
    return [
        item.result
        for item in time.run.results
        if (item.host, item.action) == (name, "kubesphere.dingtalk.cluster_config")
    ]


def assert_rules(history: History, name: str, time: Time, number: int, thresholds: Mapping[str, float]) -> None:
    """The cluster's policies are these, in the form of its release, and their alerts carry its name."""
    rules = time.rules[name]
    assert set(rules) == set(thresholds)
    for alert, rule in rules.items():
        builder = rule.get("exprBuilder")
        assert str(thresholds[alert]) in (str(builder) if builder else rule["expr"])
        desired = history.specs[name]
        assert bool(builder) is (desired.version in ("3.4", "4.1"))
        # The ruler of a host or member of 3.4 adds no name to alerts, and notification-manager has none of its own.
        named = cluster_name(name, number) if desired.version == "3.4" and desired.role != "none" else None
        assert rule.get("labels", {}).get("cluster") == named


def assert_said(history: History, name: str, time: Time) -> None:
    told, desired = applied(time, name)[0]["notes"], history.specs[name]
    assert all(any(note in line for line in time.run.summary) for note in told)
    notes = " ".join(told)
    if desired.role == "member":
        assert f"on {desired.host}" in notes
    if desired.role == "host":
        assert "reach all of these chats" in notes
        assert f"east{desired.version.replace('.', '')}" in notes
    assert bool(notes) == (desired.role != "none")


def first(history: History, name: str) -> None:
    time = history.times["first"]
    assert in_order(time.pages[name]) == expected_page(history, name, 0)
    assert time.intervals[name] == "2h"
    assert_written_where_it_belongs(history, name, time)
    assert_said(history, name, time)
    assert_rules(history, name, time, 0, {"web-cpu-high": 0.8, "node-memory-high": 0.9})
    texts = history.texts[name]
    assert len(texts) == len(wished_chats(history, name, 0))
    assert all(cluster_name(name, 0) in text for text in texts), texts


def second(history: History, name: str) -> None:
    time, desired = history.times["second"], history.specs[name]
    assert time.run.changed[name] == 0
    assert [request for request in time.requests[name] if request.writes] == []
    assert time.stored[name] == history.times["first"].stored[name]
    assert time.rules[name] == history.times["first"].rules[name]
    has_alertmanager = not (desired.version == "4.1" and desired.role == "member")
    told = applied(time, name)[0].get("built_in_alerts")
    assert told == (applied(history.times["first"], name)[0]["built_in_alerts"] if has_alertmanager else None)
    assert {method for method, _path in time.asked.get(name, [])} <= {"GET"}
    tasks = [
        item for item in time.run.results if item.host == name and item.action == "kubesphere.dingtalk.cluster_config"
    ]
    assert len(tasks) == 1
    paths = [request.path for request in time.requests[name] if not of.CONFIG_MAP.endswith(request.path)]
    assert len(paths) == len(set(paths)), f"{desired.version}: something was read twice"
    assert STATUS not in paths


def check(history: History, name: str) -> None:
    time = history.times["check"]
    assert time.stored[name] == history.times["second"].stored[name]
    assert time.rules[name] == history.times["second"].rules[name]
    assert [request for request in time.requests[name] if request.writes and not request.dry_run] == []
    assert {method for method, _path in time.asked.get(name, [])} <= {"GET"}
    foretold, done = (history.times[when].run.of("cluster_config")[name] for when in ("check", "change"))
    assert (foretold["objects"], foretold["changed"]) == (done["objects"], done["changed"])


def change(history: History, name: str) -> None:
    time = history.times["change"]
    assert in_order(time.pages[name]) == expected_page(history, name, 1)
    assert time.intervals[name] == "4h"
    assert time.run.of("cluster_config")[name]["changed"] is True
    assert_rules(history, name, time, 1, {"node-memory-high": 0.95})
    assert_written_where_it_belongs(history, name, time)


def removal(history: History, name: str) -> None:
    time = history.times["removal"]
    assert time.pages[name] == Page()
    assert time.intervals[name] == "12h"
    assert time.rules[name] == {}
    # KubeSphere does not know how to switch the component off.
    lasting = {path for path in time.stored[name] if path.endswith("installplans//whizard-alerting")}
    assert bool(lasting) is (history.specs[name].version == "4.1" and history.specs[name].role != "member")
    assert {path: item for path, item in time.stored[name].items() if path not in lasting} == history.before[name]


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


def test_the_mixed_inventory_changes_nothing_the_second_time(embedded: History) -> None:
    assert set(embedded.times["second"].run.changed.values()) == {0}
    assert {desired.version for desired in embedded.specs.values()} == set(RELEASES)
    assert {desired.role for desired in embedded.specs.values()} == {"none", "host", "member"}
    assert {embedded.specs[name].version for place in ALL if place[1] == MULTI for name in clusters(*place)} == set(
        RELEASES
    )
    tasks = [item.host for item in embedded.times["second"].run.results if item.action.endswith(".apply")]
    assert sorted(tasks) == sorted(embedded.specs)
    assert all(embedded.times["second"].rules[name] for name in embedded.specs)
