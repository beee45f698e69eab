# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vector selectors in PromQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies.promql import limited, selectors


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
        ("up{", {}),
        ("up{job", {}),
        ("sum by (", {}),
        ("", {}),
    ],
)
def test_selectors_are_found_with_the_labels_of_their_matchers(expression: str, expected: dict[str, list[str]]) -> None:
    assert {item.text: sorted(found.label for found in item.matchers) for item in selectors(expression)} == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up == 0", 'up{namespace="shop"} == 0'),
        ("up{} == 0", 'up{namespace="shop"} == 0'),
        ('{__name__=~"a.*"}', '{__name__=~"a.*", namespace="shop"}'),
        ('a{job="b", } > c', 'a{job="b", namespace="shop"} > c{namespace="shop"}'),
        ('sum(rate(a{namespace="shop"}[5m])) > 1', 'sum(rate(a{namespace="shop"}[5m])) > 1'),
        ("a{namespace = 'shop' , b='c'} / on() d{namespace=`shop`}",) * 2,
        ('a{namespace=~"shop.*",b="c"}', 'a{b="c", namespace="shop"}'),
        ('a{namespace!="shop"}', 'a{namespace="shop"}'),
        ('a{namespace="shop", namespace!="bank"}', 'a{namespace="shop"}'),
        ('a{exported_namespace="shop"}', 'a{exported_namespace="shop", namespace="shop"}'),
        ("up\n# a\n{\n} > 1 # b", 'up{namespace="shop"} > 1 # b'),
        ("vector(1) @ end()",) * 2,
        ("up{",) * 2,
        ("up{,}", 'up{, namespace="shop"}'),
        ("up{,,}", 'up{, , namespace="shop"}'),
        ("up{job=}", 'up{job=, namespace="shop"}'),
        ('up{namespace=="a"}', 'up{namespace=="a", namespace="shop"}'),
        ('up{{namespace="a"}', 'up{{namespace="a", namespace="shop"}'),
    ],
)
def test_selectors_are_limited_to_a_project(expression: str, expected: str) -> None:
    assert limited(expression, "namespace", "shop") == expected
    assert limited(expected, "namespace", "shop") == expected


@given(st.text(alphabet="ab{}[]()=~!\"'`,: #\n\\5", max_size=40))
def test_any_text_is_read_to_its_end(expression: str) -> None:
    assert all(expression[item.start : item.end] == item.text for item in selectors(expression))
    assert limited(expression, "namespace", "shop").count("shop") == len(list(selectors(expression)))
