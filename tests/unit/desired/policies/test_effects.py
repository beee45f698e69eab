# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about policies that a release accepts and evaluates in another way than they say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.fixtures.policies import ALL, EXPRESSION, GLOBAL, NODE, changed

Json = dict[str, Any]

RELEASES = ("3.1", "3.2", "3.3", "3.4", "4.1")
SHOP = changed(EXPRESSION, namespace="shop")
OTHERS = changed(SHOP, expr='up{namespace=~"shop|bank"} == 0')
WRITES = changed(NODE, name="writes", metric="disk.throughputWrite", threshold=1000)


def warnings(release: str, *policies: Json) -> list[str]:
    with Errors() as errors:
        params = ROLES["alerting"].params(errors, {"alerting_policies": list(policies)})
        desired = alerting.read(errors, params or {}, {})
    return alerting.warnings(alerting.settings(desired, {}), release)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("policy", "releases", "parts"),
    [
        (
            OTHERS,
            RELEASES,
            ["alerting_policies[4] (target-down)", "project shop alone", 'although expr has namespace=~"shop|bank". '],
        ),
        (
            changed(SHOP, expr='a{namespace="bank"} / on(namespace) d{namespace="shop"} > a{namespace!="shop"}'),
            RELEASES,
            ["project shop alone", 'has namespace="bank", namespace!="shop". '],
        ),
        (changed(OTHERS, name="others", namespace=None), (), []),
        (SHOP, (), []),
        (changed(SHOP, expr='up{namespace="shop"} == 0'), (), []),
        (changed(SHOP, expr="vector(1)"), (), []),
        (
            WRITES,
            ("3.4",),
            [
                "alerting_policies[4] (writes): never fires",
                """expr: 'node:data_volume_throughput_bytes_written:sum{node=~"node-1|node-2"} >= 1000' in place of """
                "nodes, metric, comparator and threshold",
            ],
        ),
        (
            changed(GLOBAL, name="writes", metric="disk.throughputWrite"),
            ("3.4",),
            ["writes", "in place of nodes, clusters, metric, comparator and threshold"],
        ),
        (changed(WRITES, metric="disk.throughputRead"), (), []),
    ],
)
def test_policies_with_another_effect_are_named_with_the_remedy(
    release: str, policy: Json, releases: tuple[str, ...], parts: list[str]
) -> None:
    found = warnings(release, *ALL, policy)
    assert len(found) == (1 if release in releases else 0)
    assert all(part in text for text in found for part in parts)
