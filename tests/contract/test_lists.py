# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists and their selectors."""

from __future__ import annotations

import pytest

from tests.contract.expectations import config_map, refused
from tests.support.testbed import Cluster


@pytest.fixture
def filled(cluster: Cluster, maps: str) -> str:
    cluster.post(maps, config_map("plain"))
    cluster.post(maps, config_map("red", labels={"color": "red", "size": "1"}))
    cluster.post(maps, config_map("blue", labels={"color": "blue"}))
    return maps


def names(cluster: Cluster, path: str, **query: str) -> list[str]:
    return [item["metadata"]["name"] for item in cluster.list(path, **query)]


def test_list_is_sorted_and_has_a_resource_version(cluster: Cluster, filled: str) -> None:
    found = cluster.get(filled)
    assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
    assert found["metadata"]["resourceVersion"].isdigit()
    assert [item["metadata"]["name"] for item in found["items"]] == ["blue", "plain", "red"]
    assert "kind" not in found["items"][0]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("color=red", ["red"]),
        ("color==blue", ["blue"]),
        ("color!=red", ["blue", "plain"]),
        ("color in (red, blue)", ["blue", "red"]),
        ("color notin (red)", ["blue", "plain"]),
        ("color", ["blue", "red"]),
        ("!color", ["plain"]),
        ("color,size=1", ["red"]),
        ("color in (red,blue),!size", ["blue"]),
        ("color=green", []),
    ],
)
def test_label_selectors(cluster: Cluster, filled: str, selector: str, expected: list[str]) -> None:
    assert names(cluster, filled, labelSelector=selector) == expected


def test_field_selector(cluster: Cluster, filled: str) -> None:
    assert names(cluster, filled, fieldSelector="metadata.name=red") == ["red"]


@pytest.mark.parametrize("query", [{"labelSelector": "a==="}, {"fieldSelector": "data.a=b"}])
def test_invalid_selectors_are_rejected(cluster: Cluster, maps: str, query: dict[str, str]) -> None:
    status = refused(cluster.get, maps, **query)
    assert (status["code"], status["reason"]) == (400, "BadRequest")


def test_all_namespaces_can_be_listed_at_once(cluster: Cluster, filled: str) -> None:
    everywhere = cluster.list("/api/v1/configmaps", labelSelector="color=red")
    assert filled.split("/")[4] in {item["metadata"]["namespace"] for item in everywhere}


def test_lists_can_be_paginated(cluster: Cluster, filled: str) -> None:
    first = cluster.get(filled, limit="2")
    assert len(first["items"]) == 2
    second = cluster.get(filled, **{"limit": "2", "continue": first["metadata"]["continue"]})
    assert [item["metadata"]["name"] for item in second["items"]] == ["red"]
    assert not second["metadata"].get("continue")


def test_items_of_custom_resources_have_kind_and_version(cluster: Cluster) -> None:
    items = cluster.list("/apis/notification.kubesphere.io/v2beta2/notificationmanagers")
    kinds = {(item["apiVersion"], item["kind"]) for item in items}
    assert kinds == {("notification.kubesphere.io/v2beta2", "NotificationManager")}
