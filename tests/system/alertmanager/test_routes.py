# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts have the same receivers before and after the collection's edits."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import config as alertmanager
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import taken
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.embedded_document import MergeContext
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import DesiredObject, make_plan
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.alertmanager import document
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.namespaces import MONITORING_NAMESPACE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from tests.support.realparts.catalog import ALERTMANAGER_VERSIONS
from tests.system.alertmanager.amtool import Amtool
from tests.system.alertmanager.defaults import DEFAULTS

ROUTE = {"group_by": ["namespace", "alertname"], "group_wait": "10s", "group_interval": "2m", "repeat_interval": "2h"}
RECEIVERS: list[Mapping[str, Any]] = [
    {"name": "ops", "webhook_configs": [{"url": "https://hook.example/alerts"}]},
    {"name": "silent"},
]
ALERTS: tuple[dict[str, str], ...] = (
    {},
    {"alertname": "Watchdog"},
    {"alertname": "Watchdog", "alerttype": "event"},
    {"alertname": "InfoInhibitor", "severity": "none"},
    {"alertname": "NodeMemoryHigh", "alerttype": "metric", "severity": "critical"},
    {"alertname": "NodeMemoryHigh", "severity": "warning", "namespace": "default"},
    {"alertname": "PodStarted", "alerttype": "event"},
    {"alertname": "UserDeleted", "alerttype": "auditing", "severity": "error"},
    {"alerttype": "logging"},
)


#: Shorter intervals for two kinds of severe alerts, and for KubeSphere's alerts with an existing route.
CRITICAL = {"matchers": ['severity = "critical"'], "repeat_interval": "30m"}
ERRORS = {"match": {"severity": "error"}, "match_re": {"namespace": "prod-.*"}, "group_wait": "1s"}
EVENTS = {"match": {"alerttype": "event"}, "repeat_interval": "1h"}
ROUTES = [CRITICAL, ERRORS, EVENTS]


def edited(text: str, release: str, **parts: Any) -> str:
    """Return the document after the edits of ``alertmanager_config``."""
    reference = ObjectRef("v1", "Secret", alertmanager.SECRET, MONITORING_NAMESPACE)
    secret: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": reference.name, "namespace": reference.namespace},
        "data": {alertmanager.KEY: base64.b64encode(text.encode()).decode()},
    }
    desired_document = document({"route": None, "routes": None, "global": None, "receivers": None, **parts})
    desired = DesiredObject(reference, {"stringData": {alertmanager.KEY: desired_document}})
    plan = make_plan(desired, secret, None, MergeContext("salt", release=release))
    assert plan.action == "updated"
    return base64.b64decode((plan.after or {})["data"][alertmanager.KEY]).decode()


@pytest.mark.parametrize("name", DEFAULTS)
def test_receivers_of_alerts_are_unchanged(name: str, amtools: Mapping[str, Amtool]) -> None:
    default = DEFAULTS[name]
    amtool = amtools[default.version]
    after = edited(default.text, "", **{"route": ROUTE, "receivers": RECEIVERS, "global": {"resolve_timeout": "10m"}})
    assert amtool.accepts([after]) == [True]
    found = [amtool.receivers(default.text, labels) for labels in ALERTS]
    assert found == [amtool.receivers(after, labels) for labels in ALERTS]
    assert {receiver for listed in found for receiver in listed} >= {"Watchdog", "event", "auditing", "prometheus"}


@pytest.mark.parametrize("name", DEFAULTS)
def test_receivers_of_alerts_are_unchanged_by_managed_routes(name: str, amtools: Mapping[str, Amtool]) -> None:
    default = DEFAULTS[name]
    amtool, after = amtools[default.version], edited(default.text, name.partition(" ")[0], routes=ROUTES)
    assert amtool.accepts([after]) == [True]
    for labels in ALERTS:
        assert amtool.receivers(after, labels) == amtool.receivers(default.text, labels), labels
    root = yaml.safe_load(after)["route"]
    found = {
        tuple(labels.items()): [
            (route.settings["receiver"], route.settings["repeat_interval"]) for route in taken(root, labels)
        ]
        for labels in ALERTS
    }
    assert {labels: [receiver for receiver, _repeat in routes] for labels, routes in found.items()} == {
        tuple(labels.items()): amtool.receivers(after, labels) for labels in ALERTS
    }
    repeats = [repeat for routes in found.values() for _receiver, repeat in routes]
    assert (repeats.count("30m"), repeats.count("1h")) == (1, 1)


@pytest.mark.parametrize("name", DEFAULTS)
def test_dedicated_receiver_gets_critical_alerts_only(name: str, amtools: Mapping[str, Amtool]) -> None:
    default = DEFAULTS[name]
    amtool = amtools[default.version]
    for is_continued in (False, True):
        route = {**CRITICAL, "receiver": "ops", "continue": is_continued}
        after = edited(default.text, name.partition(" ")[0], routes=[route], receivers=RECEIVERS)
        for labels in ALERTS:
            before = amtool.receivers(default.text, labels)
            is_managed = before == ["prometheus"] and labels.get("severity") == "critical"
            expected = ["ops", *(before if is_continued else [])] if is_managed else before
            assert amtool.receivers(after, labels) == expected, labels


@pytest.mark.parametrize("name", DEFAULTS)
def test_two_routes_for_critical_alerts_lead_to_both_receivers(name: str, amtools: Mapping[str, Amtool]) -> None:
    default = DEFAULTS[name]
    routes = [{**CRITICAL, "receiver": "ops", "continue": True}, {**CRITICAL, "receiver": "prometheus"}]
    after = edited(default.text, name.partition(" ")[0], routes=routes, receivers=RECEIVERS)
    for labels in ALERTS:
        before = amtools[default.version].receivers(default.text, labels)
        is_managed = before == ["prometheus"] and labels.get("severity") == "critical"
        assert amtools[default.version].receivers(after, labels) == (["ops"] if is_managed else []) + before, labels


#: Routes that take all or some of the critical alerts, in several ways.
OTHERS: tuple[dict[str, Any], ...] = (
    {"match": {"alerttype": ""}},
    {"match_re": {"alerttype": "|metric"}},
    {"match_re": {"severity": "critical|warning"}},
    {"match_re": {"severity": "crit.*", "alerttype": ".*"}},
    {"match": {"severity": "critical"}, "continue": True},
    {"match": {"namespace": "default"}},
    {"match_re": {"namespace": ".+"}},
    {"match": {"team": ""}},
    {"routes": [{"match_re": {"severity": "c.*"}, "receiver": "nested"}]},
)
CRITICAL_ALERTS = tuple(
    {"alertname": "NodeMemoryHigh", "severity": "critical", **more}
    for more in ({}, {"alerttype": "metric"}, {"namespace": "default"}, {"alerttype": "metric", "team": "db"})
)


@pytest.mark.parametrize("version", sorted(set(ALERTMANAGER_VERSIONS.values())))
def test_critical_alerts_reach_a_new_route_unless_an_earlier_one_takes_some(
    version: str, amtools: Mapping[str, Amtool]
) -> None:
    reached = 0
    for first, second in itertools.permutations(OTHERS, 2):
        routes = [{"receiver": "first", **first}, {"receiver": "second", **second}]
        names = [{"name": name} for name in ("Default", "first", "second", "nested", "new")]
        text = yaml.safe_dump({"route": {"receiver": "Default", "routes": routes}, "receivers": names})
        root = yaml.safe_load(edited(text, "", routes=[{**CRITICAL, "receiver": "new"}]))["route"]
        index = next(index for index, route in enumerate(root["routes"]) if route["receiver"] == "new")
        labels = CRITICAL_ALERTS[(index + len(str(first)) + len(str(second))) % len(CRITICAL_ALERTS)]
        found = amtools[version].receivers(yaml.safe_dump({"route": root, "receivers": names}), labels)
        assert found == [route.settings["receiver"] for route in taken(root, labels)], (first, second, labels)
        assert "new" in found or any(taken(route, labels) for route in root["routes"][:index]), (first, second)
        reached += "new" in found
    assert reached > len(OTHERS) * (len(OTHERS) - 1) * 0.7
