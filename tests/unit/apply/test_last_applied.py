# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record in a ConfigMap that people can edit: read as it was written, or refused with the way out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.last_applied import Record
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

VALUES = {"/spec/dingtalk/conversation/chatids/[=chat1]": {"ours": ["chat1"], "made": 2}}
ENTRY = {"api_version": "notification.kubesphere.io/v2beta2", "values": VALUES}


def record(**more: Any) -> dict[str, Any]:
    sets = {"notification": {"Receiver.notification.kubesphere.io/one": ENTRY}}
    return {"data": {"applied": json.dumps({"version": 1, "salt": "s", "sets": sets, **more})}}


@pytest.mark.parametrize("config_map", [None, {}, {"data": {}}, {"data": {"applied": ""}}, record(), record(sets=None)])
def test_what_was_written_or_taken_away_is_read(config_map: dict[str, Any] | None) -> None:
    assert list(Record.read(config_map).sets()) in ([], ["notification"])


@pytest.mark.parametrize(
    "more",
    [
        {"version": 2},
        {"salt": 5},
        {"sets": ["notification"]},
        {"sets": {"notification": {"one": 7}}},
        {"sets": {"notification": {"one": {"values": VALUES}}}},
        {"sets": {"notification": {"one": {**ENTRY, "values": ["a"]}}}},
        {"sets": {"notification": {"one": {**ENTRY, "values": {"/a": {"made": 1}}}}}},
        {"sets": {"notification": {"one": {**ENTRY, "values": {"/a": {"ours": 1}}}}}},
        {"sets": {"notification": {"one": {**ENTRY, "values": {"/a": {"ours": ["a"], "made": [1]}}}}}},
    ],
)
def test_what_is_none_of_ours_is_refused_as_a_whole(more: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match="key applied: not the record that this version"):
        Record.read(record(**more))
