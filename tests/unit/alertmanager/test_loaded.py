# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Semantic comparison of a written configuration with the one that Alertmanager prints."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.loaded import differing

EQUAL: list[tuple[Any, Any]] = [
    ({"repeat_interval": "24h"}, {"repeat_interval": "1d"}),
    ({"repeat_interval": "90m"}, {"repeat_interval": "1h30m", "group_wait": "30s"}),
    ({"group_wait": 0}, {"group_wait": "0s"}),
    ({"match": {"a": "b"}, "match_re": {"c": "d.*"}}, {"matchers": ['c=~"d.*"', 'a="b"']}),
    ({"matchers": ["a = b, c =~ d"]}, {"matchers": ['a="b"', 'c=~"d"']}),
    ({"routes": [{"matchers": ["a=b"]}]}, {"routes": [{"matchers": ['a="b"'], "continue": False}]}),
    ({"continue": False, "routes": [], "match": {}}, {}),
    ({"group_by": None}, {"group_by": ["a"]}),
    ({"receiver": 5}, {"receiver": "5"}),
    ({"match": {"a": True}}, {"match": {"a": "true"}}),
]
DIFFERENT: list[tuple[Any, Any]] = [
    ({"repeat_interval": "24h"}, {"repeat_interval": "12h"}),
    ({"repeat_interval": "24h"}, {}),
    ({"matchers": ["a=b"]}, {"matchers": ['a!="b"']}),
    ({"routes": [{"matchers": ["a=b"]}, {"matchers": ["c=d"]}]}, {"routes": [{"matchers": ["c=d"]}]}),
    (
        {"routes": [{"matchers": ["a=b"]}, {"matchers": ["c=d"]}]},
        {"routes": [{"matchers": ["c=d"]}, {"matchers": ["a=b"]}]},
    ),
    ({"routes": [{"matchers": ["a=b"]}]}, {"routes": "none"}),
    ({"continue": True}, {"continue": False}),
    ({"group_by": ["a"]}, {"group_by": ["a", "b"]}),
    ({"group_by": ["a"]}, "text"),
]
RECEIVERS: list[tuple[Any, Any, bool]] = [
    ({"webhook_configs": [{"url": "http://a"}]}, {"webhook_configs": [{"url": "<secret>", "max_alerts": 0}]}, True),
    ({"webhook_configs": [{"url_file": "a"}]}, {"webhook_configs": [{"url": None, "url_file": "a"}]}, True),
    ({"webhook_configs": [{"send_resolved": False}]}, {"webhook_configs": [{"send_resolved": True}]}, False),
    ({"webhook_configs": [{"max_alerts": 0}]}, {"webhook_configs": [{}]}, True),
    ({"webhook_configs": [{"max_alerts": 2}]}, {"webhook_configs": [{"max_alerts": 0}]}, False),
    ({"webhook_configs": [{"url": "a"}, {"url": "b"}]}, {"webhook_configs": [{"url": "<secret>"}]}, False),
    ({"webhook_configs": [{"http_config": {"ca_file": "a"}}]}, {"webhook_configs": [{"http_config": {}}]}, True),
    ({"email_configs": [{"headers": {"subject": "a"}}]}, {"email_configs": [{"headers": {"Subject": "a"}}]}, True),
    ({}, None, False),
]
ROUTE = ("route",)


@pytest.mark.parametrize(("written", "loaded"), EQUAL)
def test_equivalent_routes_are_equal(written: Any, loaded: Any) -> None:
    assert differing({"route": written}, {"route": loaded}, [ROUTE]) == []


@pytest.mark.parametrize(("written", "loaded"), DIFFERENT)
def test_different_routes_differ(written: Any, loaded: Any) -> None:
    assert differing({"route": written}, {"route": loaded}, [ROUTE]) == [ROUTE]


@pytest.mark.parametrize(("written", "loaded", "same"), RECEIVERS)
def test_receivers(written: Any, loaded: Any, same: bool) -> None:
    path = ("receivers", "[name=ops]")
    listed = [] if loaded is None else [{"name": "ops", **loaded}]
    found = differing({"receivers": [{"name": "ops", **written}]}, {"receivers": listed}, [path])
    assert found == ([] if same else [path])


def test_trailing_slash_of_a_url_is_ignored() -> None:
    path = ("global", "opsgenie_api_url")
    assert differing({"global": {path[1]: "https://a"}}, {"global": {path[1]: "https://a/"}}, [path]) == []
    assert differing({"global": {path[1]: "https://a"}}, {"global": {path[1]: "https://b/"}}, [path]) == [path]


def test_missing_item_of_a_list_differs_and_missing_field_does_not() -> None:
    route, field = ("route", "routes", '[matchers=a="b"]'), ("route", "repeat_interval")
    loaded = {"route": {"repeat_interval": "12h", "routes": [{"matchers": ['a="b"']}]}}
    assert differing({"route": {"routes": []}}, loaded, [route, field]) == [route]
    assert differing({}, loaded, [route, field]) == []


def test_fields_that_alertmanager_rewrites_are_ignored() -> None:
    paths = [("templates",), ("time_intervals", "[name=a]"), ("global", "http_config", "ca_file")]
    written = {"templates": ["a"], "time_intervals": [{"name": "a"}], "global": {"http_config": {"ca_file": "a"}}}
    assert differing(written, {}, paths) == []
