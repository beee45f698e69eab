# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes for the same alerts, which lead to several receivers, are distinguished by these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import config as alertmanager
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.matchers import identity
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import check_desired, taken
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import InputError
from tests.support.input_errors import errors_at
from tests.unit.alertmanager.test_routes import CRITICAL, Cluster, default

Json = dict[str, Any]

TWO = """\
# Critical alerts go to the team's relay as well.
route:
  receiver: Default
  routes:
  - match: {severity: critical}
    receiver: pager
    repeat_interval: 1h
    continue: true
  - match: {severity: critical}
    receiver: prometheus
    repeat_interval: '1h'
  - match_re: {alerttype: ".*"}
    receiver: prometheus
receivers:
- name: Default
- {name: pager, webhook_configs: [{url: "http://pager.example"}]}
- {name: prometheus, webhook_configs: [{url: "http://notification-manager.example"}]}
"""
PAGER: Json = {**CRITICAL, "receiver": "pager", "continue": True}
PROMETHEUS: Json = {**CRITICAL, "receiver": "prometheus"}
#: A route of the same alerts that someone adds by hand.
BY_HAND = "  - {match: {severity: critical}, receiver: event, repeat_interval: 30m, continue: true}\n"


def receivers(cluster: Cluster) -> list[tuple[str, str | None]]:
    """Return the receivers of critical alerts with their intervals."""
    root = yaml.safe_load(cluster.text)["route"]
    found = taken(root, {"severity": "critical", "namespace": "shop", "alertname": "a"})
    return [(route.settings["receiver"], route.settings["repeat_interval"]) for route in found]


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        ([PROMETHEUS], [("pager", "1h"), ("prometheus", "30m")]),
        ([PAGER], [("pager", "30m"), ("prometheus", "1h")]),
        ([PAGER, PROMETHEUS], [("pager", "30m"), ("prometheus", "30m")]),
    ],
)
def test_the_live_route_with_the_desired_receiver_is_changed(desired: list[Json], expected: list[Any]) -> None:
    cluster = Cluster(TWO, "3.3")
    plan = cluster.run(*desired)
    assert receivers(cluster) == expected
    assert plan.warnings == ()
    assert cluster.run(*desired).action == "unchanged"
    assert cluster.run().not_removed == {}
    assert cluster.text == TWO


@pytest.mark.parametrize(
    ("text", "desired", "expected"),
    [
        (TWO, CRITICAL, "so it is ambiguous which one to change; set receiver to that of the route to change"),
        (TWO, {**CRITICAL, "receiver": "Default"}, "none of them with the receiver 'Default'; set receiver to that"),
        (TWO.replace("pager\n", "prometheus\n"), PROMETHEUS, "and have the receiver 'prometheus'; remove all but one"),
        (TWO.replace("pager\n", "prometheus\n"), CRITICAL, "and have the receiver 'prometheus'; remove all but one"),
    ],
)
def test_a_route_that_corresponds_to_none_or_several_is_refused(text: str, desired: Json, expected: str) -> None:
    with pytest.raises(InputError, match=r"2 routes match the alerts with severity=\"critical\"") as refused:
        Cluster(text, "3.3").run(desired)
    assert expected in str(refused.value)
    assert "one of them there" not in str(refused.value)
    if "one of 'pager', 'prometheus'" in str(refused.value):
        Cluster(text, "3.3").run({**desired, "receiver": "pager"})
    else:
        assert "all but one" in str(refused.value)


@pytest.mark.parametrize("release", ["3.1", "3.3", "3.4"])
def test_desired_routes_for_the_same_alerts_lead_to_both_receivers(release: str) -> None:
    cluster, before = default(release), default(release).text
    desired: list[Json] = [{**PAGER, "receiver": "event"}, {**PROMETHEUS, "repeat_interval": "1h"}]
    both = [("event", "30m"), ("prometheus", "1h")]
    assert cluster.run(*desired).warnings == ()
    assert receivers(cluster) == both
    assert cluster.run(*desired).action == "unchanged"
    for rest, expected in ((desired[1:], both[1:]), (desired, both), (desired[:1], [both[0], ("prometheus", "12h")])):
        cluster.run(*rest)
        assert receivers(cluster)[: len(expected)] == [(name, expected_in(cluster, at)) for name, at in expected]
        assert cluster.run(*rest).action == "unchanged"
    cluster.run()
    assert cluster.text == before


def expected_in(cluster: Cluster, interval: str) -> str:
    """Return an interval, or that of the document's root in place of the default."""
    root = yaml.safe_load(cluster.text)["route"]
    return str(root["repeat_interval"]) if interval == "12h" else interval


def test_a_managed_route_stays_managed_when_someone_adds_one_for_the_same_alerts() -> None:
    cluster, before = default("3.4"), default("3.4").text
    cluster.run(CRITICAL)
    first = "    - match: {alertname: Watchdog}\n"
    assert first in cluster.text
    added = f"  {BY_HAND}{first}"
    cluster.text = cluster.text.replace(first, added)
    with pytest.raises(InputError, match="ambiguous"):
        cluster.run(CRITICAL)
    cluster.run({**CRITICAL, "receiver": "prometheus", "repeat_interval": "2h"})
    assert receivers(cluster) == [("event", "30m"), ("prometheus", "2h")]
    cluster.run()
    assert cluster.text == before.replace(first, added)


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_teardown_removes_the_managed_one_of_several_routes(place: str) -> None:
    cluster, before = default("3.4"), default("3.4").text
    cluster.run(CRITICAL)
    mark = "    - match: {alertname: Watchdog}\n" if place == "before" else "receivers:\n"
    assert mark in cluster.text
    cluster.text = cluster.text.replace(mark, f"  {BY_HAND}{mark}")
    assert cluster.run().not_removed == {}
    assert cluster.text == before.replace(mark, f"  {BY_HAND}{mark}")


def test_a_route_is_managed_when_the_other_one_is_gone() -> None:
    cluster = Cluster(TWO, "3.3")
    cluster.run(PROMETHEUS)
    pager = TWO[TWO.index("  - match: {severity") : TWO.index("  - match: {severity: critical}\n    receiver: prom")]
    cluster.text = cluster.text.replace(pager, "")
    cluster.run({**CRITICAL, "repeat_interval": "2h"})
    assert receivers(cluster) == [("prometheus", "2h")]
    cluster.run()
    assert cluster.text == TWO.replace(pager, "")


def test_a_managed_route_beside_another_one_can_get_another_receiver() -> None:
    cluster, before = default("3.4"), default("3.4").text
    mark = "    - match: {alertname: Watchdog}\n"
    cluster.text = cluster.text.replace(mark, f"  {BY_HAND}{mark}")
    text = cluster.text
    cluster.run({**CRITICAL, "receiver": "event", "repeat_interval": "1h", "continue": True})
    cluster.run()
    assert cluster.text == text
    cluster.text = before
    cluster.run(CRITICAL)
    cluster.text = cluster.text.replace(mark, f"  {BY_HAND}{mark}")
    cluster.run({**CRITICAL, "receiver": "auditing"})
    assert receivers(cluster) == [("event", "30m"), ("auditing", "30m")]
    cluster.run()
    assert cluster.text == text


def test_a_receiver_that_someone_changed_stays() -> None:
    cluster = Cluster(TWO, "3.3")
    cluster.run(PROMETHEUS)
    text = cluster.text.replace("receiver: prometheus\n    repeat", "receiver: Default\n    repeat")
    cluster.text = text
    cluster.run()
    assert cluster.text == text


def test_nested_routes_are_distinguished_as_well() -> None:
    cluster = Cluster(TWO, "3.3")
    below = [{**PAGER, "matchers": ["a=b"]}, {**PROMETHEUS, "matchers": ["a=b"]}]
    for _run in range(2):
        plan = cluster.run({**PROMETHEUS, "routes": below})
    assert plan.action == "unchanged"
    assert [route["receiver"] for route in cluster.routes[1]["routes"]] == ["pager", "prometheus"]
    cluster.run({**PROMETHEUS, "routes": below[:1]})
    assert [route["receiver"] for route in cluster.routes[1]["routes"]] == ["pager"]
    cluster.run()
    assert cluster.text == TWO


@pytest.mark.parametrize(
    ("first", "second", "is_valid"),
    [
        ({"receiver": "a", "continue": True}, {"receiver": "b"}, True),
        ({"receiver": "a"}, {"receiver": "b"}, False),
        ({"receiver": "a", "continue": True}, {"receiver": "a"}, False),
        ({"receiver": "a", "continue": True}, {}, False),
        ({"continue": True}, {"receiver": "b"}, False),
    ],
)
def test_desired_routes_for_the_same_alerts_need_receivers_and_continue(
    first: Json, second: Json, is_valid: bool
) -> None:
    errors = errors_at(
        "routes", check_desired, [{"match": {"a": "b"}, **route} for route in (first, second)], alertmanager.DEPTH
    )
    assert (errors == []) is is_valid
    assert all(
        error.startswith("routes[1]: matches the same alerts as routes[0]; merge the routes, or") for error in errors
    )


_DESIRED = st.lists(
    st.sampled_from(
        [
            {**PAGER, "receiver": "event"},
            {**PAGER, "receiver": "auditing", "repeat_interval": "1h"},
            {**PROMETHEUS, "continue": True, "group_wait": "1s"},
            {**PAGER, "receiver": "event", "routes": [{"match": {"a": "b"}, "group_wait": "5s"}]},
        ]
    ),
    unique_by=lambda route: str(route["receiver"]),
)


@settings(max_examples=60, deadline=None)
@given(history=st.lists(_DESIRED, max_size=5), by_hand=st.booleans())
def test_any_sequence_of_desired_routes_ends_with_the_original_text(
    history: Sequence[list[Json]], by_hand: bool
) -> None:
    cluster = default("3.4")
    mark = "    - match: {alertname: Watchdog}\n"
    if by_hand:
        cluster.text = cluster.text.replace(mark, f"  {BY_HAND}{mark}")
    before = cluster.text
    for desired in history:
        if by_hand and not any(route["receiver"] == "event" for route in desired):
            desired = [{**PAGER, "receiver": "event"}, *desired]
        cluster.run(*desired)
        assert cluster.run(*desired).action == "unchanged"
        assert {name for name, _interval in receivers(cluster)} >= {route["receiver"] for route in desired}
    cluster.run()
    assert cluster.text == before


_LINES = ("severity=critical", "severity=~critical|error", "alerttype=metric", 'alerttype=""', "namespace=shop", "a!=b")
_MATCHERS = st.lists(st.sampled_from(_LINES), min_size=1, max_size=2, unique=True)
_RECEIVERS = st.sampled_from(["Default", "pager", "prometheus"])
_LIVE = st.fixed_dictionaries(
    {"matchers": _MATCHERS}, optional={"receiver": _RECEIVERS, "continue": st.booleans(), "group_wait": st.just("9s")}
)
_WANTED = st.fixed_dictionaries(
    {"matchers": _MATCHERS}, optional={"receiver": _RECEIVERS, "group_wait": st.just("5s"), "continue": st.just(True)}
)


def by_meaning(route: Json) -> str:
    return identity(route)


@settings(max_examples=100, deadline=None)
@given(
    live=st.lists(_LIVE, max_size=4, unique_by=by_meaning),
    history=st.lists(st.lists(_WANTED, max_size=3, unique_by=by_meaning), min_size=1, max_size=3),
)
def test_the_second_run_changes_nothing_in_any_document(live: list[Json], history: list[list[Json]]) -> None:
    document = yaml.safe_load(TWO)
    document["route"]["routes"] = [*live, {"receiver": "prometheus"}]
    text = yaml.safe_dump(document)
    cluster = Cluster(text, "3.4")
    for desired in history:
        cluster.run(*desired)
        assert cluster.run(*desired).action == "unchanged"
    cluster.run()
    assert yaml.safe_load(cluster.text) == document
