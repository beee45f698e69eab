# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last-applied state in a ConfigMap that may be edited by hand: read as written, or rejected with a hint."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.last_applied import LastApplied
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

VALUES = {"/spec/dingtalk/conversation/chatids/[=chat1]": {"applied": ["chat1"], "created_parents": 2}}
ENTRY = {"api_version": "notification.kubesphere.io/v2beta2", "values": VALUES}


def last_applied(**more: Any) -> dict[str, Any]:
    apply_sets = {"notification": {"Receiver.notification.kubesphere.io/one": ENTRY}}
    return {"data": {"applied": json.dumps({"version": 2, "salt": "s", "apply_sets": apply_sets, **more})}}


@pytest.mark.parametrize("config_map", [None, {}, {"data": {}}, last_applied(), last_applied(apply_sets=None)])
def test_a_written_or_removed_state_is_read(config_map: dict[str, Any] | None) -> None:
    assert list(LastApplied.read(config_map).apply_sets()) in ([], ["notification"])


@pytest.mark.parametrize(
    "more",
    [
        {"version": 1},
        {"version": "2"},
        {"version": None},
        {"salt": 5},
        {"apply_sets": ["notification"]},
        {"apply_sets": {"notification": {"one": 7}}},
        {"apply_sets": {"notification": {"one": {"values": VALUES}}}},
        {"apply_sets": {"notification": {"one": {**ENTRY, "values": ["a"]}}}},
        {"apply_sets": {"notification": {"one": {**ENTRY, "values": {"/a": {"created_parents": 1}}}}}},
        {"apply_sets": {"notification": {"one": {**ENTRY, "values": {"/a": {"applied": 1}}}}}},
        {
            "apply_sets": {
                "notification": {"one": {**ENTRY, "values": {"/a": {"applied": ["a"], "created_parents": [1]}}}}
            }
        },
    ],
)
def test_another_version_or_shape_is_rejected(more: dict[str, Any]) -> None:
    with pytest.raises(
        OperationError, match=r"key applied: corrupted, or not version 2 .* Restore the key from a backup"
    ):
        LastApplied.read(last_applied(**more))


@pytest.mark.parametrize("text", ["", "{}", "salt: s", "][", json.dumps({"salt": "s", "sets": {"notification": {}}})])
def test_a_document_without_a_version_is_not_treated_as_empty(text: str) -> None:
    with pytest.raises(OperationError, match="key applied: corrupted, or not version 2"):
        LastApplied.read({"data": {"applied": text}})
