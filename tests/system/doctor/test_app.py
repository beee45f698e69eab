# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor names what one change to DingTalk broke, and nothing where all is as the inventory says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.simulators.dingtalk import DingTalk
from tests.system.doctor.app_setups import SETUPS, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "dingtalk").mkdir()
    with DingTalk(tmp_path / "dingtalk") as dingtalk:
        yield World(dingtalk, tmp_path)


def test_a_working_inventory_has_no_finding(world: World) -> None:
    before = world.dingtalk.chat(world.chat)
    world.dingtalk.reset_calls()
    result = world.examine()
    assert result["findings"] == []
    assert not result["skipped_stages"]
    assert result["chats"]["ops"]["chat_id"] == world.chat
    assert world.dingtalk.chat(world.chat) == before
    assert world.dingtalk.messages() == []
    assert abs(result["clock_offset"]) <= 2
    assert result["calls"]["by_endpoint"].get("GET /chat/get", 0) <= 2


@pytest.mark.parametrize("name", SETUPS)
def test_setup(name: str, world: World) -> None:
    setup = SETUPS[name]
    setup.change(world)
    result = world.examine(setup.ahead, **setup.variables)
    assert not result.get("failed"), result
    print(
        name,
        [(item["id"], item["subject"], item["cause"][:200]) for item in result["findings"]],
        result["skipped_stages"],
    )
    assert next((item["id"] for item in result["findings"]), "") == setup.finding, result["findings"]
    closing_lines.count("broken set-ups", name)
