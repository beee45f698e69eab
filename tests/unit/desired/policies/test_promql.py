# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vector selectors in PromQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies.promql import is_limited, selectors


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up == 0", {"up": []}),
        ('up{job="a",namespace=~"b|c"} == bool 0', {'up{job="a",namespace=~"b|c"}': ["job", "namespace"]}),
        ('{__name__=~"a.*"}', {'{__name__=~"a.*"}': ["__name__"]}),
        ("rate(http_requests_total[5m:1m] offset -1h) > 1e3", {"http_requests_total": []}),
        ('sum by (namespace, pod) (a{b="}"}) / on(namespace) group_left(c) d', {'a{b="}"}': ["b"], "d": []}),
        ("SUM(a) BY (namespace) and sum without (b) (c) unless d or e atan2 Inf", {"a": [], "c": [], "d": [], "e": []}),
        ("count_values('namespace', a{b='{c=\"d\"}', })", {"a{b='{c=\"d\"}', }": ["b"]}),
        ("node:load1:ratio{} > 5 # up\n", {"node:load1:ratio{}": []}),
        ("vector(1) @ end()", {}),
        ("histogram_quantile(.9, sum(rate(a[1m])) by (le)) > 2h", {"a": []}),
        ("up{", {"up{": []}),
        ("sum by (", {}),
        ("", {}),
    ],
)
def test_selectors_are_found_with_the_labels_of_their_matchers(expression: str, expected: dict[str, list[str]]) -> None:
    assert {item.text: sorted(item.labels) for item in selectors(expression)} == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("up", 'up{namespace="shop"}'),
        ("up{}", 'up{namespace="shop"}'),
        ('up{job="a"}', 'up{job="a", namespace="shop"}'),
        ('up{job="a", }', 'up{job="a", namespace="shop"}'),
    ],
)
def test_a_matcher_is_added(selector: str, expected: str) -> None:
    [found] = selectors(selector)
    assert found.matching("namespace", "shop") == expected
    [again] = selectors(expected)
    assert again.labels == {**found.labels, "namespace": '="shop"'}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('sum(rate(errors{namespace="shop"}[5m])) > 1', True),
        ("a{namespace = 'shop', b='c'} / on() d{b=\"c\",namespace=`shop`}", True),
        ("vector(1)", True),
        ("up", False),
        ('a{namespace="shop"} > b', False),
        ('a{namespace="shop-2"}', False),
        ('a{namespace=~"shop"}', False),
        ('a{namespace!="shop"}', False),
        ('a{exported_namespace="shop"}', False),
        ("a{namespace", False),
    ],
)
def test_expressions_that_select_one_project(expression: str, expected: bool) -> None:
    assert is_limited(expression, "namespace", "shop") is expected


@given(st.text(alphabet="ab{}[]()=~!\"'`,: #\n\\5", max_size=40))
def test_any_text_is_read_to_its_end(expression: str) -> None:
    assert all(item.text in expression for item in selectors(expression))
