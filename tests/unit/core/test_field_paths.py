# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths into nested maps and lists."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.item_kinds import field_paths
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.field_paths import ABSENT, Path

MERGE_KEYS = {"/chatids": "", "/receivers": "name"}


@pytest.mark.parametrize("path", [("a",), ("a/b", "c~d"), ("chatids", "[=chat/1]"), ("receivers", "[name=x=y]")])
def test_rendered_path_can_be_parsed(path: Path) -> None:
    assert field_paths.parse(field_paths.render(path)) == path


def test_items_of_lists_with_merge_keys_are_leaves() -> None:
    desired = {
        "chatids": ["a", "b"],
        "receivers": [{"name": "r", "x": 1}],
        "list": [1, 2],
        "map": {"k": None},
        "empty": {},
    }
    assert list(field_paths.leaves(desired, MERGE_KEYS)) == [
        (("chatids", "[=a]"), "a"),
        (("chatids", "[=b]"), "b"),
        (("receivers", "[name=r]"), {"name": "r", "x": 1}),
        (("list",), [1, 2]),
        (("map", "k"), None),
        (("empty",), {}),
    ]


def test_atomic_map_is_a_leaf() -> None:
    desired = {"spec": {"reference": {"name": "n", "key": "k"}, "other": {"name": "n"}}}
    assert list(field_paths.leaves(desired, MERGE_KEYS, {"/spec/reference"})) == [
        (("spec", "reference"), {"name": "n", "key": "k"}),
        (("spec", "other", "name"), "n"),
    ]


@pytest.mark.parametrize(
    ("target", "path", "value", "expected"),
    [
        ({}, ("a", "b"), 1, {"a": {"b": 1}}),
        ({"a": 1}, ("a", "b"), 1, {"a": {"b": 1}}),
        ({}, ("ids", "[=x]"), "x", {"ids": ["x"]}),
        ({"ids": ["y"]}, ("ids", "[=x]"), "x", {"ids": ["y", "x"]}),
        ({"rs": [{"name": "r", "v": 1}]}, ("rs", "[name=r]"), {"name": "r"}, {"rs": [{"name": "r"}]}),
    ],
)
def test_put_creates_missing_containers(target: Any, path: Path, value: Any, expected: Any) -> None:
    field_paths.put(target, path, value)
    assert target == expected
    assert field_paths.get(target, path) == value


@pytest.mark.parametrize(("containers", "expected"), [(0, {"a": {"b": {}}}), (1, {"a": {}}), (2, {}), (9, {})], ids=str)
def test_remove_deletes_at_most_so_many_emptied_containers(containers: int, expected: Any) -> None:
    target = {"a": {"b": {"c": 1}}}
    field_paths.remove(target, ("a", "b", "c"), containers)
    assert target == expected


def test_remove_leaves_containers_that_are_not_empty() -> None:
    target = {"a": {"b": 1, "c": 2}}
    field_paths.remove(target, ("a", "b"), 9)
    assert target == {"a": {"c": 2}}


def test_missing_value_is_absent() -> None:
    assert field_paths.get({"a": None}, ("a",)) is None
    assert field_paths.get({"a": None}, ("a", "b")) is ABSENT
    assert field_paths.get({"ids": ["x"]}, ("ids", "[=y]")) is ABSENT
