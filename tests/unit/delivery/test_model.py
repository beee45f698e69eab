# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of an alert, for what a running cluster of the tests cannot be brought into."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import Alert, Expectations, Origin
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.holdings import Ruler
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.model import outcomes
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.outcome import Result
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from tests.support.fixtures.holdings import (
    ALERT,
    DOCUMENT,
    EXPECTED,
    FORBIDDEN,
    NAMESPACE,
    POLICY,
    SECRET,
    WORKING,
    Json,
    config,
    found,
    one,
    receiver,
)


def test_a_working_cluster_delivers_to_chats_and_robot() -> None:
    outcome = one()
    assert (outcome.result, outcome.chats, outcome.robot) == (Result.DELIVERED, ("ops",), "oncall")
    assert outcome.interval == 7200
    assert [step.stage for step in outcome.steps][:2] == ["Alertmanager", "notification-manager"]


#: What is not there, or not readable -> the result, and a part of the cause.
CHANGES: dict[str, tuple[Json, Result, str]] = {
    "no NotificationManager": ({"manager": None}, Result.UNDELIVERED, "no notification-manager runs"),
    "no Receiver": ({"receivers": {"console": None}}, Result.UNDELIVERED, "Receiver console: not found"),
    "disabled": ({"receivers": {"console": receiver(enabled=False)}}, Result.UNDELIVERED, "is disabled"),
    "other chats": (
        {"receivers": {"console": receiver(conversation={"chatids": ["another"]}, chatbot=None)}},
        Result.UNDELIVERED,
        "lacks chat ops",
    ),
    "no Secret": ({"secrets": {(NAMESPACE, SECRET): None}}, Result.UNDELIVERED, "which does not exist"),
    "empty keys": ({"secrets": {(NAMESPACE, SECRET): frozenset()}}, Result.UNDELIVERED, "which has no value for key"),
    "unreadable Secret": ({"secrets": {(NAMESPACE, SECRET): FORBIDDEN}}, Result.UNKNOWN, "may not list configs"),
    "unreadable Alertmanager": ({"alertmanager": FORBIDDEN}, Result.UNKNOWN, "may not list configs"),
    "unreadable Silences": ({"silences": FORBIDDEN}, Result.UNKNOWN, "may not list configs"),
    "rulers being installed": (
        {"ruler": Ruler({"status": {"state": "Installing"}})},
        Result.PENDING,
        "is being installed (Installing)",
    ),
    "rulers of a member without an address": (
        {"ruler": Ruler({"status": {"state": "Installed"}})},
        Result.UNDELIVERED,
        "agent.ruler.alertmanagersUrl is empty",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_missing_ends_the_way(name: str) -> None:
    changes, result, cause = CHANGES[name]
    results = found(replace(WORKING, **changes))
    assert {outcome.result for outcome in results} == {result}
    assert any(cause in outcome.cause for outcome in results), results


INSTALLED: Json = {"state": "Installed"}
SERVICE = "whizard-notification-alertmanager-headless.kubesphere-monitoring-system.svc"
IN_CLUSTER, ON_NODE = f"dnssrv+http://{SERVICE}:9093", "http://10.0.0.1:31093"


def whizard(*urls: str, placed: tuple[str, ...] = (), **states: str) -> Json:
    """Return the plan of a ruler and its values: Alertmanager's URLs, placement, and the states of clusters."""
    statuses = {name: {"state": state} for name, state in states.items()}
    return {
        "plan": {
            "spec": {"clusterScheduling": {"placement": {"clusters": list(placed)} if placed else {}}},
            "status": {**INSTALLED, **({"clusterSchedulingStatuses": statuses} if statuses else {})},
        },
        "values": {"agent": {"ruler": {"alertmanagersUrl": list(urls)}}},
    }


ON_HOST: Json = {
    "global": {"rules": {"distributionMode": "None"}},
    "extension": {"ruler": {"alertmanagersUrl": [ON_NODE]}},
}
PLACED = ("host", "east")
RULERS: dict[str, tuple[Json, str, Result, str]] = {
    "here": (whizard(IN_CLUSTER, placed=PLACED, host="Installed", east="Installed"), "", Result.DELIVERED, ""),
    "without a placement": (whizard(IN_CLUSTER), "", Result.DELIVERED, ""),
    "on another cluster": (whizard(IN_CLUSTER, placed=("east",), east="Installed"), "", Result.UNDELIVERED, "KD403"),
    "on another cluster, without states": (whizard(IN_CLUSTER, placed=("east",)), "", Result.UNDELIVERED, "KD403"),
    "on another cluster by a selector": (whizard(IN_CLUSTER, east="Installed"), "", Result.UNDELIVERED, "KD403"),
    "on another cluster, but for all": (
        {**whizard(placed=("east",), east="Installed"), "values": ON_HOST},
        "",
        Result.DELIVERED,
        "",
    ),
    "not yet here": (whizard(IN_CLUSTER, placed=PLACED, east="Installed"), "", Result.PENDING, "KD402"),
    "failed here": (
        whizard(IN_CLUSTER, placed=PLACED, host="InstallFailed", east="Installed"),
        "",
        Result.UNDELIVERED,
        "KD307",
    ),
    "being removed here": (whizard(IN_CLUSTER, placed=PLACED, host="Uninstalling"), "", Result.UNDELIVERED, "KD307"),
    "with the former version": (whizard(IN_CLUSTER, placed=PLACED, host="UpgradeFailed"), "", Result.DELIVERED, ""),
    "with a blank address": (whizard(" "), "", Result.UNDELIVERED, "KD404"),
    "of a member": (whizard(ON_NODE, placed=PLACED, host="Installed", east="Installed"), "east", Result.DELIVERED, ""),
    "of a member with a Service of the host": (
        whizard(IN_CLUSTER, placed=PLACED, host="Installed", east="Installed"),
        "east",
        Result.UNDELIVERED,
        "KD413",
    ),
    "of a member with a Service of the host, for all": (
        {"plan": whizard()["plan"], "values": {**ON_HOST, "extension": {"ruler": {"alertmanagersUrl": [IN_CLUSTER]}}}},
        "east",
        Result.DELIVERED,
        "",
    ),
    "of a member without an address": (whizard(placed=PLACED, east="Installed"), "east", Result.UNDELIVERED, "KD413"),
    "of a member on which it is not installed": (
        whizard(ON_NODE, placed=("host",), host="Installed"),
        "east",
        Result.UNDELIVERED,
        "KD403",
    ),
}


@pytest.mark.parametrize("name", RULERS)
def test_rulers_must_run_on_the_cluster_and_reach_alertmanager(name: str) -> None:
    ruler, member, result, finding = RULERS[name]
    holdings = replace(WORKING, release="4.1", ruler=Ruler(**ruler, cluster="host"))
    outcome = one(holdings, alert=replace(ALERT, cluster=member))
    assert (outcome.result, outcome.finding) == (result, finding)
    if result == Result.UNDELIVERED:
        assert (member or "host") in outcome.cause


def test_one_channel_may_be_lost_alone() -> None:
    chats, robot = found(replace(WORKING, configs=[]))
    assert (chats.result, chats.chats, chats.robot) == (Result.UNDELIVERED, ("ops",), "")
    assert (robot.result, robot.chats, robot.robot) == (Result.DELIVERED, (), "oncall")


@pytest.mark.parametrize(
    ("configs", "release", "result"),
    [
        ([config("other", priority="1"), config(priority="2")], "3.4", Result.UNDELIVERED),
        ([config("other", priority="2"), config(priority="1")], "3.4", Result.DELIVERED),
        ([config("other"), config(priority="1")], "3.4", Result.DELIVERED),
        ([config("other"), config()], "3.4", Result.UNDELIVERED),
        ([{**config("other"), "spec": {"dingtalk": {}}}, config()], "3.4", Result.UNDELIVERED),
        ([{**config("other"), "spec": {"email": {}}}, config()], "3.4", Result.DELIVERED),
        ([config("other", priority="2"), config(priority="1")], "3.3", Result.UNDELIVERED),
    ],
)
def test_the_chosen_config_must_be_that_of_the_app(configs: list[Json], release: str, result: Result) -> None:
    expected = replace(EXPECTED, robot="")
    assert one(replace(WORKING, configs=configs, release=release), expected=expected).result == result


def test_a_robot_without_a_webhook_is_waited_for() -> None:
    chats, robot = found(expected=replace(EXPECTED, robot_is_ready=False))
    assert (chats.result, robot.result) == (Result.DELIVERED, Result.PENDING)
    assert "manual steps" in robot.cause


def test_a_member_waits_for_the_copies_of_its_host() -> None:
    assert one(replace(WORKING, is_member=True, secrets={}, configs=())).result == Result.DELIVERED
    waiting = found(replace(WORKING, is_member=True, receivers={"console": None}))
    assert {outcome.result for outcome in waiting} == {Result.PENDING}


def test_alerts_that_the_inventory_sends_elsewhere_are_excluded() -> None:
    routes = [{"matchers": ['severity="critical"'], "receiver": "pager"}]
    document = {**DOCUMENT, "route": {**DOCUMENT["route"], "routes": routes}}
    holdings = replace(WORKING, alertmanager=document)
    assert one(holdings).result == Result.UNDELIVERED
    assert one(holdings, routes='severity="critical"').result == Result.EXCLUDED


def test_alerts_that_a_desired_selector_keeps_out_are_excluded() -> None:
    selector = {"matchLabels": {"severity": "warning"}}
    holdings = replace(WORKING, receivers={"console": receiver(alertSelector=selector)})
    outcome = one(holdings)
    assert (outcome.result, outcome.ends_at[1]) == (Result.UNDELIVERED, "spec.dingtalk.alertSelector")
    assert one(holdings, expected=replace(EXPECTED, selector=selector)).result == Result.EXCLUDED


def test_policies_wait_for_their_component() -> None:
    assert one(alert=POLICY).result == Result.DELIVERED
    assert one(replace(WORKING, alerting="installing"), alert=POLICY).result == Result.PENDING
    assert one(replace(WORKING, alerting="absent"), alert=POLICY).result == Result.UNDELIVERED


NODE, OTHER_NODE = (ObjectRef("v1", "Node", name) for name in ("node-1", "node-2"))
WEB, API = (ObjectRef("apps/v1", "DaemonSet", name, "shop") for name in ("web", "api"))
#: The targets of a policy and those that exist -> the cause, empty if its alerts arrive; and a part of the cure.
TARGETS: dict[str, tuple[tuple[ObjectRef, ...], tuple[ObjectRef, ...], str, str]] = {
    "none named": ((), (), "", ""),
    "a node": ((NODE,), (NODE,), "", ""),
    "no node": ((NODE,), (OTHER_NODE,), "node node-1 is not on this cluster, so nothing fires", "Correct nodes in"),
    "one of two nodes": ((NODE, OTHER_NODE), (OTHER_NODE,), "", ""),
    "neither of two nodes": (
        (NODE, OTHER_NODE),
        (WEB,),
        "none of the nodes node-1, node-2 is on this cluster, so nothing fires",
        "Correct nodes in alerting_policies.",
    ),
    "a workload": ((WEB,), (WEB, NODE), "", ""),
    "no workload": (
        (WEB,),
        (ObjectRef("apps/v1", "DaemonSet", "web", "another"), ObjectRef("apps/v1", "Deployment", "web", "shop")),
        "DaemonSet web is not in project shop of this cluster, so nothing fires",
        "Correct namespace and workload in alerting_policies, or create the workload.",
    ),
    "one of two workloads": ((WEB, API), (API,), "", ""),
    "neither of two workloads": (
        (WEB, API),
        (),
        "none of the DaemonSets web, api is in project shop of this cluster, so nothing fires",
        "or create",
    ),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_policy_needs_one_of_its_targets(name: str) -> None:
    targets, existing, cause, cure = TARGETS[name]
    outcome = one(replace(WORKING, targets=frozenset(existing)), alert=replace(POLICY, targets=targets))
    assert (outcome.result, outcome.cause) == (Result.UNDELIVERED if cause else Result.DELIVERED, cause)
    assert cure in outcome.cure
    assert (outcome.ends_at[0] == "alerting_policies", outcome.interval) == ((True, 0) if cause else (False, 7200))


#: What else ends the way -> the result of a policy without any of its targets, of which the inventory is the cause.
BESIDE: dict[str, tuple[Json, Result]] = {
    "a pending component": ({"alerting": "installing"}, Result.UNDELIVERED),
    "a missing component": ({"alerting": "absent"}, Result.UNDELIVERED),
    "an unreadable Alertmanager": ({"alertmanager": FORBIDDEN}, Result.UNDELIVERED),
    "a copy that is waited for": ({"is_member": True, "receivers": {"console": None}}, Result.UNDELIVERED),
    "a desired selector": (
        {"receivers": {"console": receiver(alertSelector={"matchLabels": {"severity": "warning"}})}},
        Result.EXCLUDED,
    ),
}


@pytest.mark.parametrize("name", BESIDE)
def test_missing_targets_count_beside_all_but_what_the_inventory_keeps_out(name: str) -> None:
    changes, result = BESIDE[name]
    expected = replace(EXPECTED, selector={"matchLabels": {"severity": "warning"}})
    outcome = one(replace(WORKING, **changes), expected=expected, alert=replace(POLICY, targets=(NODE,)))
    assert outcome.result == result
    assert ("node node-1" in outcome.cause) is (result == Result.UNDELIVERED)
    assert (outcome.chats, outcome.robot) == (("ops",), "oncall")


def test_policies_without_the_same_targets_share_an_outcome() -> None:
    alerts = tuple(replace(POLICY, description=f"policy {name}", targets=(NODE,)) for name in ("cpu", "memory"))
    [outcome] = outcomes(WORKING, Expectations((EXPECTED,), alerts))
    assert outcome.alerts == ("policy cpu", "policy memory")


@pytest.mark.parametrize(
    ("release", "level", "result"),
    [
        ("4.1", "cluster", Result.DELIVERED),
        ("4.2", "cluster", Result.UNDELIVERED),
        ("4.2", "namespace", Result.DELIVERED),
    ],
)
def test_a_tenant_gets_alerts_of_its_projects(release: str, level: str, result: Result) -> None:
    tenant = {**receiver(), "metadata": {"name": "console", "labels": {"type": "tenant", "user": "alice"}}}
    holdings = replace(WORKING, release=release, receivers={"console": tenant})
    expected = replace(EXPECTED, user="alice")
    alert = replace(POLICY, labels={**POLICY.labels, "rule_level": level})
    assert one(holdings, expected=expected, alert=alert).result == result
    assert found(holdings, expected=expected) == [], "an alert of a built-in policy is none of a tenant's"


@pytest.mark.parametrize(
    ("labels", "receivers", "delivers"),
    [
        ({"type": "tenant", "user": "alice"}, {}, True),
        ({"type": "tenant", "user": "alice"}, {"tenantKey": "user"}, True),
        ({"type": "tenant", "user": "alice"}, {"tenantKey": "team"}, False),
        ({"type": "tenant", "team": "alice"}, {"tenantKey": "team"}, True),
        ({"type": "tenant"}, {}, False),
    ],
)
def test_a_tenant_is_known_by_the_key(labels: Json, receivers: Json, delivers: bool) -> None:
    tenant = {**receiver(), "metadata": {"name": "console", "labels": labels}}
    manager = {"spec": {"defaultSecretNamespace": NAMESPACE, "receivers": receivers}}
    holdings = replace(WORKING, manager=manager, receivers={"console": tenant})
    outcome = one(holdings, expected=replace(EXPECTED, user="alice"), alert=POLICY)
    assert (outcome.result, outcome.finding) == ((Result.DELIVERED, "") if delivers else (Result.UNDELIVERED, "KD605"))
    assert (f"tenantKey {receivers.get('tenantKey', 'user')}" in outcome.cause) is not delivers


CRITICAL = {"severity": "critical"}
ANY_WATCHDOG: Json = {"source_match": {"alertname": "Watchdog"}, "target_match_re": {"severity": ".+"}}
#: A rule of Alertmanager -> whether it always mutes a critical alert, and whether it can.
RULES: dict[str, tuple[Json, bool, bool]] = {
    "other alerts": ({"source_match": CRITICAL, "target_match": {"severity": "warning"}}, False, False),
    "by another alert": ({"source_match": {"severity": "error"}, "target_match": CRITICAL}, False, True),
    "by itself": ({"source_match": CRITICAL, "target_match": CRITICAL}, False, False),
    "by Watchdog": (ANY_WATCHDOG, True, True),
    "by Watchdog, matchers": (
        {"source_matchers": ['severity="none"'], "target_matchers": ['severity!="none"']},
        True,
        True,
    ),
    "by Watchdog with an equal label": ({**ANY_WATCHDOG, "equal": ["alertname"]}, False, True),
    "by Watchdog with a label that both lack": ({**ANY_WATCHDOG, "equal": ["namespace", "cluster"]}, True, True),
    "by Watchdog of its own kind": (
        {"source_match_re": {"severity": ".+"}, "target_match_re": {"severity": ".*"}},
        False,
        True,
    ),
    "by any alert": ({"target_match": CRITICAL}, True, True),
    "by alerts of a kind that Watchdog has": (
        {"source_match": {"alerttype": "metric"}, "target_match": CRITICAL},
        True,
        True,
    ),
    "by a rule in Go's own syntax": (
        {"source_match_re": {"alertname": r"\QWatchdog\E"}, "target_match": CRITICAL},
        True,
        True,
    ),
    "by a rule that cannot be evaluated": (
        {"source_match_re": {"alertname": r"\pL+"}, "target_match": CRITICAL},
        False,
        False,
    ),
    "an empty rule": ({}, False, False),
}


@pytest.mark.parametrize("name", RULES)
def test_an_inhibit_rule_mutes_for_a_time_or_always(name: str) -> None:
    rule, always, can = RULES[name]
    document = {**DOCUMENT, "inhibit_rules": [rule]}
    outcome = one(replace(WORKING, alertmanager=document))
    assert (outcome.result == Result.UNDELIVERED) is always
    assert ("inhibit_rules[0] mutes them, as alert Watchdog always fires" in outcome.cause) is always
    assert (outcome.ends_at[1] == "inhibit_rules[0]") is always
    assert (outcome.finding == "KD509") is always
    assert any(step.field == "inhibit_rules[0]" for step in outcome.steps) is can


def test_a_policy_that_always_fires_mutes_like_watchdog() -> None:
    rule = {"source_match": {"alertname": "heartbeat"}, "target_match": CRITICAL}
    holdings = replace(WORKING, alertmanager={**DOCUMENT, "inhibit_rules": [rule]})
    heartbeat = Alert("policy heartbeat", {"alertname": "heartbeat"}, Origin.POLICY, always_fires=True)
    for alerting, fires in (("ready", True), ("absent", True), ("ready", False)):
        alerts = (ALERT, replace(heartbeat, always_fires=fires))
        results = outcomes(replace(holdings, alerting=alerting), Expectations((EXPECTED,), alerts))
        muted = [outcome for outcome in results if "as policy heartbeat always fires" in outcome.cause]
        assert bool(muted) is (fires and alerting == "ready")


def test_alerts_that_can_be_muted_share_an_outcome_with_others() -> None:
    rule = {"source_match": CRITICAL, "target_match": {"severity": "warning"}, "equal": ["alertname"]}
    alerts = (ALERT, Alert("warning alerts", {"alertname": "a", "severity": "warning"}))
    [outcome] = outcomes(
        replace(WORKING, alertmanager={**DOCUMENT, "inhibit_rules": [rule]}), Expectations((EXPECTED,), alerts)
    )
    assert outcome.alerts == ("critical alerts", "warning alerts")
    [step] = [step for step in outcome.steps if step.field == "inhibit_rules[0]"]
    assert step.value == (
        'severity="warning" is muted while an alert with severity="critical" and the same alertname fires'
    )
    assert [step.stage for step in outcome.steps[:3]] == ["Alertmanager", "Alertmanager", "notification-manager"]


_PROXY = {"proxy_url": "http://user:planted@proxy.example:3128"}
PROXIES: dict[str, tuple[Json, Json, bool]] = {
    "none": ({}, {}, False),
    "of all receivers": (_PROXY, {}, True),
    "of the webhook": ({}, {"http_config": _PROXY}, True),
    "of others": (_PROXY, {"http_config": {}}, False),
    "of all receivers, but not for the cluster": ({**_PROXY, "no_proxy": ".svc"}, {}, False),
    "of the webhook, but not for the cluster": ({}, {"http_config": {**_PROXY, "no_proxy": ".svc"}}, False),
    "missing": ({"proxy_url": ""}, {"http_config": None}, False),
}


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_may_keep_alerts_from_notification_manager(name: str) -> None:
    shared, webhook, is_proxied = PROXIES[name]
    way = DOCUMENT["receivers"][0]
    hooks = [{**way["webhook_configs"][0], **webhook}]
    document = {
        **DOCUMENT,
        "global": {"http_config": shared},
        "receivers": [{**way, "webhook_configs": hooks}],
    }
    outcome = one(replace(WORKING, alertmanager=document))
    assert (outcome.result, outcome.finding) == ((Result.UNKNOWN, "KD522") if is_proxied else (Result.DELIVERED, ""))
    assert "planted" not in str(outcome)
    direct = {**document, "receivers": [{**way, "webhook_configs": [*hooks, {**hooks[0], "http_config": {}}]}]}
    assert one(replace(WORKING, alertmanager=direct)).result == Result.DELIVERED


_DAYS = [{"times": [{"start_time": "00:00", "end_time": "12:00"}, {"start_time": "12:00", "end_time": "24:00"}]}]
_WEEK: Json = {"weekdays": ["sunday:wednesday", "thursday:saturday"], "days_of_month": ["1:-1"], "months": ["1:12"]}
INTERVALS: dict[str, tuple[str, list[Json] | None, bool]] = {
    "no restriction": ("mute", [{}], True),
    "all times": ("mute", _DAYS, True),
    "all days": ("mute", [_WEEK], True),
    "beside another": ("mute", [{"months": ["may"]}, {}], True),
    "most times": ("mute", [{"times": [{"start_time": "00:00", "end_time": "23:59"}]}], False),
    "most weekdays": ("mute", [{"weekdays": ["monday:saturday"]}], False),
    "most days": ("mute", [{"days_of_month": ["1:30"]}], False),
    "some years": ("mute", [{"years": ["2020:2050"]}], False),
    "unreadable": ("mute", [{"months": ["may:"]}], False),
    "never": ("mute", None, False),
    "always active": ("active", [{}], False),
    "sometimes active": ("active", [{"weekdays": ["monday"]}], False),
    "never active": ("active", [{"days_of_month": ["30:31"], "months": ["february"]}], True),
}


@pytest.mark.parametrize("name", INTERVALS)
def test_a_route_may_be_muted_all_the_time(name: str) -> None:
    kind, parts, always = INTERVALS[name]
    route = {"matchers": ['severity="critical"'], f"{kind}_time_intervals": ["one"]}
    routes = {**DOCUMENT["route"], "routes": [route]}
    document = {**DOCUMENT, "route": routes, "time_intervals": [{"name": "one", "time_intervals": parts}]}
    outcome = one(replace(WORKING, alertmanager=document))
    assert (outcome.result, outcome.finding) == ((Result.UNDELIVERED, "KD521") if always else (Result.DELIVERED, ""))
    assert ('the route for severity="critical" is muted all the time, as' in outcome.cause) is always
    other = {**document, "route": {**routes, "routes": [{**route, "continue": True}, {"matchers": route["matchers"]}]}}
    assert one(replace(WORKING, alertmanager=other)).result == Result.DELIVERED


_NAMES = ["metadata", "labels", "type", "spec", "dingtalk", "enabled", "conversation", "chatids", "chatbot", "webhook"]
_NAMES += ["secret", "valueFrom", "secretKeyRef", "name", "key", "value", "alertSelector", "matchLabels", "operator"]
_NAMES += [
    "matchExpressions",
    "dingtalkConfigSelector",
    "receivers",
    "route",
    "routes",
    "match",
    "matchers",
    "receiver",
]
_NAMES += ["webhook_configs", "url", "schedule", "matcher", "routePolicy", "status", "state"]
_NAMES += [
    "global",
    "http_config",
    "proxy_url",
    "time_intervals",
    "mute_time_intervals",
    "times",
    "weekdays",
    "channels",
    "regexName",
    "selector",
]
_NAMES += ["inhibit_rules", "source_match", "target_matchers", "equal"]
_ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)
_MAPS = st.dictionaries(st.sampled_from(_NAMES), _ANY, max_size=4)


@given(st.lists(_MAPS, min_size=5, max_size=5))
def test_objects_of_any_shape_have_an_outcome(maps: list[Json]) -> None:
    document, manager, settings, other, plan = maps
    holdings = replace(
        WORKING,
        alertmanager={**DOCUMENT, **document},
        manager={"spec": {"routePolicy": "RouterFirst"}, **manager},
        receivers={"console": {**receiver(), **settings}},
        configs=[config(), other],
        silences=[other],
        routers=[other],
        ruler=Ruler({"status": {"state": "Installed"}, **plan}, plan, {"east": plan}, "east"),
    )
    assert found(holdings)
