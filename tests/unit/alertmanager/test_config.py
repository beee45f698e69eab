# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of an Alertmanager configuration."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.config import (
    check_document,
    check_route_fields,
    seconds,
)
from tests.support.input_errors import errors_at

VALID: dict[str, Any] = {
    "global": {"resolve_timeout": "5m"},
    "receivers": [{"name": "Default"}, {"name": "prometheus"}],
    "route": {
        "receiver": "Default",
        "group_by": ["namespace", "rule_id"],
        "group_wait": "30s",
        "repeat_interval": "12h",
        "routes": [
            {"match": {"alertname": "Watchdog"}, "receiver": "Default"},
            {"matchers": ['alerttype =~ ".*"', "severity != info"], "receiver": "prometheus"},
            {"match_re": {"alerttype": ".*"}, "receiver": "prometheus", "routes": [{"group_interval": "1m30s"}]},
        ],
    },
}


def changed(*path: Any, value: Any = None) -> dict[str, Any]:
    document = copy.deepcopy(VALID)
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


def test_valid_configuration_has_no_errors() -> None:
    assert errors_at("doc", check_document, VALID) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (changed("route"), "doc: missing route"),
        (changed("route", "receiver"), "doc: the root route has no receiver"),
        (changed("route", "receiver", value="gone"), "doc: route: undefined receiver 'gone'"),
        (changed("route", "routes", 1, "receiver", value="gone"), "doc: route.routes[1]: undefined receiver 'gone'"),
        (
            changed("route", "routes", 2, "routes", 0, "receiver", value="g"),
            "doc: route.routes[2].routes[0]: undefined",
        ),
        (changed("receivers", 1, "name", value="Default"), "doc: duplicate receiver 'Default'"),
        (changed("receivers", 1, "name"), "doc: receivers[1]: missing name"),
        (
            changed("route", "repeat_interval", value="2 hours"),
            "doc: route.repeat_interval: invalid duration '2 hours'",
        ),
        (changed("route", "repeat_interval", value="0s"), "doc: route.repeat_interval: must be greater than zero"),
        (changed("route", "group_by", value=["a", "a"]), "doc: route.group_by: duplicate label 'a'"),
        (changed("route", "group_by", value=["..."]), ""),
        (changed("route", "group_by", value=["...", "a"]), "doc: route.group_by: '...' means all labels"),
        (changed("route", "group_by", value=["a-b"]), "doc: route.group_by: invalid label name 'a-b'"),
        (changed("route", "match", value={"a": "b"}), "doc: the root route must not have match"),
        (changed("route", "routes", 1, "matchers", value=["a"]), "doc: route.routes[1].matchers[0]: invalid matcher"),
        (changed("route", "routes", 1, "matchers", value=['a=~"("']), "matchers[0]: invalid regular expression"),
        (changed("route", "routes", 2, "match_re", value={"a": "("}), "match_re.a: invalid regular expression"),
        (changed("global", "resolve_timeout", value="soon"), "doc: global.resolve_timeout: invalid duration 'soon'"),
    ],
)
def test_errors_include_their_place(document: dict[str, Any], expected: str) -> None:
    errors = errors_at("doc", check_document, document, "0.23.0")
    if expected:
        assert any(expected in error for error in errors), errors
    else:
        assert errors == []


@pytest.mark.parametrize(
    ("text", "length"),
    [("30s", 30), ("1h30m", 5400), ("1d", 86400), ("2w", 1209600), ("1y", 31536000), ("500ms", 0.5), ("0", 0), (0, 0)],
)
def test_valid_durations(text: Any, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "h", "2 h", "1.5h", "-1h", "30m1h", "2H", 5, None, True, ["1h"]])
def test_invalid_durations(text: Any) -> None:
    assert seconds(text) is None


def test_group_wait_may_be_zero() -> None:
    assert errors_at("route", check_route_fields, {"group_wait": "0s"}) == []
