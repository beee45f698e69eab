# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check cache on the controller and on the registry cluster: damaged entries only cost calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.state.check_cache import well_formed
from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk
from tests.support.testbed import Cluster

CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
DAMAGED: list[Any] = [None, "", [], {}]
CHAT = {"time": 1, "open_conversation_id": "cid1", "desired_digest": "5f0e"}


def test_well_formed_entries_are_used() -> None:
    entries = {"chats": {"ops": CHAT}, "permissions": {"scope": {"time": 1, "granted": True}}}
    assert well_formed(entries) == entries


@pytest.mark.parametrize(
    ("section", "entry"),
    [
        *(("chats", {**CHAT, name: value}) for name in CHAT for value in DAMAGED),
        ("conversations", {"time": 1}),
        ("users", {"time": 1, "userid": 7}),
        ("users", "user-1"),
    ],
)
def test_a_malformed_entry_is_not_used(section: str, entry: Any) -> None:
    assert well_formed({section: {"name": entry}}) == {section: {}}


@pytest.mark.parametrize("damage", [None, "", [], "text"])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_damaged_shared_cache_is_reported_and_not_overwritten(
    controller: Callable[[str], Controller], dingtalk: DingTalk, cluster: Cluster, damage: Any, level: int
) -> None:
    assert not controller("a").run().get("failed")
    checks = [damage, {dingtalk.api_url: damage}, {dingtalk.api_url: {"dingapp": damage}}][level]
    text = json.dumps({"version": 2, "checks": checks})
    cluster.patch(CONFIG_MAP, {"data": {"checks": text}})
    result = controller("b").run(name="Renamed")
    assert not result.get("failed"), result
    assert "key checks, is corrupted" in "".join(result["warnings"])
    assert cluster.get(CONFIG_MAP)["data"]["checks"] == text
