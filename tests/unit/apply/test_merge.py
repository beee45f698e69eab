# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three-way merge, with random managed and unmanaged content."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.item_kinds import field_paths
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.merge import (
    ManagedField,
    ManagedFields,
    Storage,
    merge,
    resolved,
    with_pending,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.field_paths import Path

MERGE_KEYS = {"/spec/ids": "", "/spec/receivers": "name"}
PLAIN = Storage("salt", lambda path, value: True)
SECRET = Storage("salt", lambda path, value: False)

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.one_of(st.integers(0, 3), st.sampled_from(["x", "y", True]))
IDS = st.lists(st.sampled_from(["i1", "i2", "i3", "i4"]), unique=True)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an object with maps, values and lists with merge keys; empty containers do not occur in manifests."""
    spec: dict[str, Any] = dict(draw(st.dictionaries(KEYS, VALUES, max_size=3)))
    if nested := draw(st.dictionaries(KEYS, VALUES, max_size=2)):
        spec["map"] = nested
    if ids := draw(IDS):
        spec["ids"] = ids
    if draw(st.booleans()):
        spec["receivers"] = [{"name": "r", "value": draw(VALUES)}]
    return {"spec": spec} if spec else {}


def applied(
    live: dict[str, Any], desired: dict[str, Any], managed_fields: ManagedFields, storage: Storage = PLAIN
) -> tuple[dict[str, Any], dict[str, ManagedField]]:
    merged = merge(live, field_paths.leaves(desired, MERGE_KEYS), managed_fields, storage)
    after = copy.deepcopy(live)
    merged.apply(after)
    return after, merged.managed_fields


def leaves(manifest: dict[str, Any]) -> dict[Path, Any]:
    return dict(field_paths.leaves(manifest, MERGE_KEYS))


@settings(max_examples=400)
@given(objects(), objects())
def test_the_desired_state_is_applied_and_no_other_value_is_lost(live: dict[str, Any], desired: dict[str, Any]) -> None:
    after, _ = applied(live, desired, {})
    assert set(leaves(after)) == {*leaves(live), *leaves(desired)}
    for path, value in leaves(desired).items():
        assert repr(field_paths.get(after, path)) == repr(value)
    unmanaged = [path for path in leaves(live) if path not in leaves(desired)]
    assert all(repr(field_paths.get(after, path)) == repr(field_paths.get(live, path)) for path in unmanaged)


@settings(max_examples=400)
@given(objects(), objects())
def test_a_second_run_changes_nothing(live: dict[str, Any], desired: dict[str, Any]) -> None:
    after, managed_fields = applied(live, desired, {})
    second, managed_after_second = applied(after, desired, managed_fields)
    assert second == after
    assert managed_after_second == managed_fields


@settings(max_examples=400)
@given(objects(), st.lists(objects(), min_size=1, max_size=3))
def test_removal_restores_the_initial_object(live: dict[str, Any], desired_objects: list[dict[str, Any]]) -> None:
    after, managed_fields = live, dict[str, ManagedField]()
    for desired in desired_objects:
        after, managed_fields = applied(after, desired, managed_fields)
    restored, remaining = applied(after, {}, managed_fields)
    assert leaves(restored) == leaves(live)
    assert restored == _with_ids_of(live, restored)
    assert remaining == {}


def _with_ids_of(live: dict[str, Any], restored: dict[str, Any]) -> dict[str, Any]:
    """Return ``live`` with the IDs in the order of ``restored``, after a check that both have the same IDs."""
    expected = copy.deepcopy(live)
    if "ids" in expected.get("spec", {}):
        assert sorted(expected["spec"]["ids"]) == sorted(restored["spec"]["ids"])
        expected["spec"]["ids"] = restored["spec"]["ids"]
    return expected


@settings(max_examples=400)
@given(objects(), objects(), objects(), objects())
def test_concurrent_unmanaged_changes_are_preserved(
    live: dict[str, Any], first: dict[str, Any], other: dict[str, Any], second: dict[str, Any]
) -> None:
    after, managed_fields = applied(live, first, {})
    unmanaged = {path: value for path, value in leaves(other).items() if path not in leaves(first)}
    for path, value in unmanaged.items():
        field_paths.put(after, path, value)
    after, managed_fields = applied(after, second, managed_fields)
    untouched = [path for path in unmanaged if path not in leaves(second)]
    assert all(field_paths.get(after, path) == unmanaged[path] for path in untouched)
    after, _ = applied(after, {}, managed_fields)
    assert all(field_paths.get(after, path) == value for path, value in unmanaged.items())


@settings(max_examples=200)
@given(objects(), objects(), objects())
def test_an_interrupted_write_leaves_no_managed_field_unmanaged(
    live: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    after, managed_fields = applied(live, first, {})
    merged = merge(after, field_paths.leaves(second, MERGE_KEYS), managed_fields, PLAIN)
    pending = with_pending(managed_fields, [merged.managed_fields])
    # Interrupted after the fields were recorded as pending, before the object was written; then all are removed.
    restored, _ = applied(after, {}, resolved(after, pending, PLAIN))
    assert leaves(restored) == leaves(live)
    # Interrupted after the object was written, before the fields were recorded as applied.
    written = copy.deepcopy(after)
    merged.apply(written)
    restored, _ = applied(written, {}, resolved(written, pending, PLAIN))
    assert leaves(restored) == leaves(live)


def test_a_value_that_may_be_secret_is_stored_as_a_digest_only() -> None:
    _, managed_fields = applied(
        {"data": {"k": "previous secret"}}, {"data": {"k": "new secret", "new": "another"}}, {}, SECRET
    )
    assert "secret" not in repr(managed_fields)
    assert "another" not in repr(managed_fields)
    assert managed_fields["/data/k"].previous_redacted


def test_a_secret_with_an_unknown_previous_value_is_not_removed_and_reported() -> None:
    live, managed_fields = applied({"data": {"k": "old"}}, {"data": {"k": "new", "added": "x"}}, {}, SECRET)
    merged = merge(live, [], managed_fields, SECRET)
    merged.apply(live)
    assert live == {"data": {"k": "new"}}
    assert list(merged.not_removed) == ["/data/k"]


def test_a_value_changed_by_others_is_not_removed_and_reported() -> None:
    live, managed_fields = applied({}, {"spec": {"enabled": True}}, {})
    live["spec"]["enabled"] = False
    merged = merge(live, [], managed_fields, PLAIN)
    assert merged.changes == ()
    assert list(merged.not_removed) == ["/spec/enabled"]


def test_null_removes_a_value_that_is_restored_later() -> None:
    live, managed_fields = applied({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {})
    assert live == {"a": {"c": 2}}
    restored, _ = applied(live, {}, managed_fields)
    assert restored == {"a": {"b": 1, "c": 2}}
