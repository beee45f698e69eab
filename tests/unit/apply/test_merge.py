# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three-way merge, with random content of our own and of somebody else's."""

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
    pending_fields,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.field_paths import Path

SHARED = {"/spec/ids": "", "/spec/receivers": "name"}
PLAIN = Storage("salt", lambda path, value: True)
SECRET = Storage("salt", lambda path, value: False)

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.one_of(st.integers(0, 3), st.sampled_from(["x", "y", True]))
IDS = st.lists(st.sampled_from(["i1", "i2", "i3", "i4"]), unique=True)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """An object with maps, values and a list that several people feed; empty containers do not occur in manifests."""
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
    merged = merge(live, field_paths.leaves(desired, SHARED), managed_fields, storage)
    after = copy.deepcopy(live)
    merged.apply(after)
    return after, merged.managed_fields


def leaves(manifest: dict[str, Any]) -> dict[Path, Any]:
    return dict(field_paths.leaves(manifest, SHARED))


@settings(max_examples=400)
@given(objects(), objects())
def test_the_wish_is_there_and_nothing_else_is_lost(live: dict[str, Any], desired: dict[str, Any]) -> None:
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
    again, owned_again = applied(after, desired, managed_fields)
    assert again == after
    assert owned_again == managed_fields


@settings(max_examples=400)
@given(objects(), st.lists(objects(), min_size=1, max_size=3))
def test_taking_back_restores_what_was_there(live: dict[str, Any], desired_objects: list[dict[str, Any]]) -> None:
    after, managed_fields = live, dict[str, ManagedField]()
    for desired in desired_objects:
        after, managed_fields = applied(after, desired, managed_fields)
    restored, left = applied(after, {}, managed_fields)
    assert leaves(restored) == leaves(live)
    assert restored == _in_the_order_of(live, restored)
    assert left == {}


def _in_the_order_of(live: dict[str, Any], restored: dict[str, Any]) -> dict[str, Any]:
    """The object, its list of IDs in the order found: an item that was there is never taken out and put back."""
    expected = copy.deepcopy(live)
    if "ids" in expected.get("spec", {}):
        assert sorted(expected["spec"]["ids"]) == sorted(restored["spec"]["ids"])
        expected["spec"]["ids"] = restored["spec"]["ids"]
    return expected


@settings(max_examples=400)
@given(objects(), objects(), objects(), objects())
def test_what_others_put_meanwhile_survives_all_we_do(
    live: dict[str, Any], first: dict[str, Any], theirs: dict[str, Any], second: dict[str, Any]
) -> None:
    after, managed_fields = applied(live, first, {})
    unmanaged = {path: value for path, value in leaves(theirs).items() if path not in leaves(first)}
    for path, value in unmanaged.items():
        field_paths.put(after, path, value)
    after, managed_fields = applied(after, second, managed_fields)
    untouched = [path for path in unmanaged if path not in leaves(second)]
    assert all(field_paths.get(after, path) == unmanaged[path] for path in untouched)
    after, _ = applied(after, {}, managed_fields)
    assert all(field_paths.get(after, path) == value for path, value in unmanaged.items())


@settings(max_examples=200)
@given(objects(), objects(), objects())
def test_a_kill_between_announcement_and_write_makes_nothing_of_ours_foreign(
    live: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    after, managed_fields = applied(live, first, {})
    merged = merge(after, field_paths.leaves(second, SHARED), managed_fields, PLAIN)
    pending = pending_fields(managed_fields, merged.managed_fields)
    # Killed before the object was written, the record being announced; then everything is taken back.
    restored, _ = applied(after, {}, pending)
    assert leaves(restored) == leaves(live)
    # Killed after the object was written, before the record was narrowed.
    written = copy.deepcopy(after)
    merged.apply(written)
    restored, _ = applied(written, {}, pending)
    assert leaves(restored) == leaves(live)


def test_a_value_that_may_be_secret_is_stored_as_a_digest_only() -> None:
    _, managed_fields = applied(
        {"data": {"k": "their secret"}}, {"data": {"k": "our secret", "new": "another"}}, {}, SECRET
    )
    assert "secret" not in repr(managed_fields)
    assert "another" not in repr(managed_fields)
    assert managed_fields["/data/k"].previous_redacted


def test_a_replaced_secret_stays_as_it_cannot_be_given_back_and_is_named() -> None:
    live, managed_fields = applied({"data": {"k": "theirs"}}, {"data": {"k": "ours", "new": "x"}}, {}, SECRET)
    merged = merge(live, [], managed_fields, SECRET)
    merged.apply(live)
    assert live == {"data": {"k": "ours"}}
    assert list(merged.not_removed) == ["/data/k"]


def test_a_value_changed_by_somebody_else_is_left_and_named() -> None:
    live, managed_fields = applied({}, {"spec": {"enabled": True}}, {})
    live["spec"]["enabled"] = False
    merged = merge(live, [], managed_fields, PLAIN)
    assert merged.changes == ()
    assert list(merged.not_removed) == ["/spec/enabled"]


def test_null_takes_away_and_is_given_back() -> None:
    live, managed_fields = applied({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {})
    assert live == {"a": {"c": 2}}
    restored, _ = applied(live, {}, managed_fields)
    assert restored == {"a": {"b": 1, "c": 2}}
