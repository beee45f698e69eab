# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The precedence of routes is decided by the alerts that they take, however their matchers are written."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.alerts import contradiction, place
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.examples import examples
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.item_kinds import field_paths
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.matchers import (
    Matcher,
    identity,
    route_matchers,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import resolve, taken

Json = dict[str, Any]

CATCH_ALLS: dict[str, Json] = {
    "no matchers": {},
    "an empty list": {"matchers": []},
    "an empty value": {"match": {"alerttype": ""}},
    "no value": {"match": {"alerttype": None}},
    "an empty alternative": {"match_re": {"alerttype": "|metric"}},
    "an optional group": {"matchers": ['alerttype=~"(metric)?"']},
    "another value excluded": {"matchers": ['alerttype!="x"']},
    "events excluded": {"matchers": ['alerttype!~"event|auditing"']},
    "policies only": {"match": {"alerttype": "metric"}},
    "all severities of KubeSphere": {"matchers": ['severity=~"info|warning|error|critical"']},
    "no severity excluded that counts": {"matchers": ['severity!="none"']},
    "an alert name excluded": {"matchers": ['alertname!="Watchdog"']},
    "a missing label": {"matchers": ['team=""']},
    "two that are always true": {"matchers": ['team!="x"', 'namespace=~".*"']},
    "the severity among others": {"match_re": {"severity": "critical|warning"}},
    "a prefix": {"match_re": {"severity": "crit.*"}},
    "a set": {"match_re": {"severity": "[a-c][a-z]+"}},
}
NARROWER: dict[str, Json] = {
    "another severity": {"match": {"severity": "warning"}},
    "a namespace": {"match": {"namespace": "shop"}},
    "any namespace": {"matchers": ['namespace=~".+"']},
    "system namespaces": {"match_re": {"namespace": "kube.*"}},
    "an alert name": {"match": {"alertname": "Watchdog"}},
    "events": {"match": {"alerttype": "event"}},
    "a team": {"match": {"team": "db"}},
    "everything, passed on": {"continue": True},
    "only with a label that KubeSphere's alerts never have": {"matchers": ['team!=""']},
    "an invalid matcher": {"matchers": ["no matcher"]},
}


@pytest.mark.parametrize("wider", CATCH_ALLS.values(), ids=CATCH_ALLS)
def test_a_new_route_comes_before_one_that_takes_its_alerts_and_inherits_the_receiver(wider: Json) -> None:
    routes = [{"match": {"alertname": "Watchdog"}, "receiver": "Watchdog"}, {**wider, "receiver": "prometheus"}]
    assert placed(routes, {"matchers": ['severity="critical"']}) == (1, "prometheus")


@pytest.mark.parametrize("narrower", NARROWER.values(), ids=NARROWER)
def test_a_new_route_comes_after_one_that_takes_only_some_of_its_alerts(narrower: Json) -> None:
    routes = [{**narrower, "receiver": "team"}, {"receiver": "prometheus"}]
    assert placed(routes, {"matchers": ['severity="critical"']}) == (1, "prometheus")


@pytest.mark.parametrize(
    ("routes", "new", "expected"),
    [
        ([{"match_re": {"namespace": "prod-.*"}}], {"match_re": {"namespace": "prod-a.*"}}, 0),
        ([{"match_re": {"namespace": "prod-a.*"}}], {"match_re": {"namespace": "prod-.*"}}, 1),
        ([{"match_re": {"namespace": "prod-.*"}}], {"match_re": {"namespace": "prod-.*|kube-.*"}}, 1),
        ([{"match_re": {"namespace": "prod-.*|kube-.*"}}], {"match_re": {"namespace": "prod-[0-9]+"}}, 0),
        ([{"match": {"alerttype": ""}}], {"match_re": {"namespace": "prod-.*"}}, 0),
        ([{"matchers": ['namespace!~"kube-.*"']}], {"match_re": {"namespace": "shop|cart"}}, 0),
        ([{"matchers": ['namespace!~"kube-.*"']}], {"match_re": {"namespace": "shop|kube-system"}}, 1),
        ([{"match": {"alerttype": "event"}}], {"match": {"alerttype": "event", "severity": "error"}}, 0),
        ([{"match": {"alerttype": "event"}}], {"match_re": {"alerttype": "event|auditing"}}, 0),
        ([{"match": {"alerttype": "event"}}], {"match_re": {"alerttype": ".*", "severity": "error"}}, 1),
        ([{"match_re": {"alerttype": "log.*"}}], {"match": {"alerttype": "logging"}}, 0),
        ([{"match": {"alertname": "Watchdog"}}], {"match": {"alertname": "Watchdog", "severity": "none"}}, 0),
        ([{"matchers": ['severity!~"info|none"']}], {"matchers": ['severity!="info"', 'severity!="none"']}, 0),
        ([{"match_re": {"namespace": r"\pL+"}}], {"match_re": {"namespace": r"\pL+", "severity": "error"}}, 0),
        ([{"match_re": {"namespace": r"\pL+"}}], {"match": {"severity": "error"}}, 1),
    ],
)
def test_expressions_are_compared_by_the_texts_that_they_match(routes: list[Json], new: Json, expected: int) -> None:
    assert placed(routes, new)[0] == expected


def test_the_receiver_is_that_of_the_nested_route_to_which_the_alerts_go() -> None:
    nested: Json = {
        "receiver": "all",
        "routes": [
            {"match": {"severity": "info"}, "receiver": "quiet"},
            {"match_re": {"severity": "c.*"}, "routes": [{}]},
        ],
    }
    assert placed([nested], {"match": {"severity": "critical"}}) == (0, "all")
    nested["routes"] = [*nested["routes"][:1], {"match_re": {"severity": "c.*"}, "receiver": "pager"}]
    assert placed([nested], {"match": {"severity": "critical"}}) == (0, "pager")


def test_the_receiver_is_that_of_built_in_alerts_if_those_of_policies_have_another() -> None:
    routes: list[Json] = [{"match": {"alerttype": "metric"}, "receiver": "team"}, {"receiver": "prometheus"}]
    assert placed(routes, {"match": {"severity": "critical"}}) == (0, "prometheus")
    assert placed(routes[:1], {"match": {"severity": "critical"}}) == (0, "team")


def test_the_matchers_of_the_parent_count() -> None:
    parent = {
        "match": {"severity": "critical"},
        "routes": [{"match_re": {"severity": "critical|error"}, "receiver": "a"}],
    }
    document: Json = {"route": {"receiver": "Default", "routes": [parent]}}
    new = {"match": {"namespace": "shop"}, "repeat_interval": "1h"}
    after = applied(document, {"match": {"severity": "critical"}, "routes": [new]})
    assert [route["receiver"] for route in after["route"]["routes"][0]["routes"]] == ["a", "a"]
    assert identity(after["route"]["routes"][0]["routes"][0]) == 'namespace="shop"'


@pytest.mark.parametrize(
    ("lines", "label"),
    [
        (['severity="a"', 'severity="b"'], "severity"),
        (['severity="a"', 'severity!="a"'], "severity"),
        (['severity=~"a|b"', 'severity=~"c|d"'], "severity"),
        (['severity="critical"', 'severity=~"warn.*"'], "severity"),
        (['severity=""', 'severity=~".+"'], "severity"),
        (['severity=~"p.*"', 'severity=~".*q"'], ""),
        (['severity="a"', 'severity=~"\\\\pL"'], ""),
        (['severity="a"', 'namespace="b"'], ""),
    ],
)
def test_matchers_that_exclude_each_other_are_known_if_that_is_certain(lines: list[str], label: str) -> None:
    assert contradiction(route_matchers({"matchers": lines}) or []) == label


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("critical|warning", {"critical", "warning"}),
        ("a{01}|b{,2}|c{2}", {"a{01}", "b{,2}", "cc"}),
        ("(a|b)(c|d)?", {"a", "b", "ac", "ad", "bc", "bd"}),
        ("|metric", {"", "metric"}),
        (r"a\.b|x{2}", {"a.b", "xx"}),
        ("^[abc]$", {"a", "b", "c"}),
    ],
)
def test_an_expression_for_a_few_texts_has_them_all_as_examples(pattern: str, texts: set[str]) -> None:
    found = examples(pattern)
    assert (set(found.texts), found.are_all) == (texts, True)


@pytest.mark.parametrize("pattern", [".*", "prod-.+", "[a-z]+[0-9]{2,}", r"\d+(-\w+)*", "(?:a|b)*x?"])
def test_the_examples_of_an_expression_match_it(pattern: str) -> None:
    found = examples(pattern)
    assert not found.are_all
    assert len(found.texts) > 1
    assert all(re.fullmatch(pattern, text) for text in found.texts)


@pytest.mark.parametrize(
    "pattern", ["a{1000}", "((a{100}){100}){100}", "(.{99}x?){3,}", "(" * 5000 + ")" * 5000, "a" * 10**6]
)
def test_examples_are_short(pattern: str) -> None:
    assert examples(pattern) == ((), False)


@pytest.mark.parametrize("pattern", ["(?i)critical", r"\pL", "[[:alpha:]]", r"\Qa.b\E", "[^a]"])
def test_other_expressions_have_no_examples(pattern: str) -> None:
    assert examples(pattern) == ((), False)


def applied(document: Json, *routes: Json) -> Json:
    """Return the document with desired routes."""
    after: Json = field_paths.copied(document)
    edits = resolve({"route": {"routes": list(routes)}}, after, {}, "", "")
    merge_keys = {"/route/routes": "matchers", "/route/routes/[]/routes": "matchers"}
    for path, value in field_paths.leaves(edits, merge_keys):
        if field_paths.item_kind(path) is None or not field_paths.get(after, path):
            field_paths.put(after, path, value)
    return after


def placed(routes: list[Json], new: Json) -> tuple[int, str | None]:
    """Return the index and the receiver of a new route among the child routes of the root."""
    after = applied({"route": {"receiver": "Default", "routes": routes}}, new)["route"]["routes"]
    [index] = [index for index, route in enumerate(after) if identity(route) == identity(new)]
    assert index == place(routes, new)
    assert [*after[:index], *after[index + 1 :]] == routes
    return index, after[index].get("receiver")


VALUES = {
    "severity": ("critical", "error", "warning", "info"),
    "namespace": ("shop", "prod-1", "prod-2", "kubesphere-monitoring-system", ""),
    "team": ("", "db", "web"),
}
_MATCHERS = st.sampled_from(
    [
        *(f'severity{sign}"{text}"' for sign in ("=", "!=") for text in ("critical", "warning", "none", "")),
        *(f'severity=~"{text}"' for text in ("critical|warning", "critical|error|warning|info", ".*", "crit.*", ".+")),
        *(f'alerttype{sign}"{text}"' for sign in ("=", "!=") for text in ("", "metric", "event")),
        *(f'alerttype=~"{text}"' for text in (".*", "|metric", ".+", "event|auditing")),
        *(f'namespace{sign}"{text}"' for sign in ("=", "!=", "=~", "!~") for text in ("shop", "", "prod-1")),
        *(f'namespace{sign}"{text}"' for sign in ("=~", "!~") for text in ("prod-.*", ".+", "shop|prod-1")),
        *('team=""', 'team="db"', 'team!="db"', 'team=~".*"'),
    ]
)
_ROUTES = st.fixed_dictionaries(
    {"matchers": st.lists(_MATCHERS, max_size=2), "receiver": st.sampled_from(["a", "b", "c"])},
    optional={"continue": st.booleans()},
)
_NEW = st.fixed_dictionaries({"matchers": st.lists(_MATCHERS, min_size=1, max_size=2)})


def matched_alerts(matchers: list[Matcher], alerttype: str) -> Iterator[Json]:
    """Yield the alerts of a small world that a route matches; they have no label ``team`` that it does not name."""
    named = {matcher.name for matcher in matchers}
    texts = [choices if name in named or name != "team" else choices[:1] for name, choices in VALUES.items()]
    for chosen in itertools.product(*texts):
        labels = {**dict(zip(VALUES, chosen, strict=True)), "alerttype": alerttype}
        if all(matcher.accepts(labels) for matcher in matchers):
            yield labels


def accepts(route: Json, labels: Json) -> bool:
    return all(matcher.accepts(labels) for matcher in route_matchers(route) or [])


@settings(max_examples=300, deadline=None)
@given(routes=st.lists(_ROUTES, max_size=4), new=_NEW)
def test_the_alerts_of_a_new_route_reach_it_unless_an_earlier_one_takes_some(routes: list[Json], new: Json) -> None:
    if any(identity(route) == identity(new) for route in routes):
        return
    before = {"receiver": "Default", "routes": routes}
    after = applied({"route": before}, new)["route"]
    index = next(index for index, route in enumerate(after["routes"]) if identity(route) == identity(new))
    earlier = [route for route in after["routes"][:index] if not route.get("continue")]
    matchers = route_matchers(new) or []
    for alerttype in ("", "metric"):
        alerts = list(matched_alerts(matchers, alerttype))
        for route in earlier if alerts else []:
            assert not all(accepts(route, labels) for labels in alerts), (routes, new)
        for labels in alerts:
            found = [item.matchers for item in taken(after, labels)]
            assert (identity(new) in found) is not any(accepts(route, labels) for route in earlier)
