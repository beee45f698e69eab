# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call budget stops a run before it is exceeded, without losing results."""

from __future__ import annotations

import pytest
import yaml

from tests.support.plays.environment import CONFIG_MAP
from tests.system.quota import month as of
from tests.system.quota.month import Month


@pytest.mark.parametrize("budget", [0, 1, 3, 4, 7])
def test_a_budget_is_not_exceeded_and_pending_work_is_reported(organisation: Month, budget: int) -> None:
    organisation.declare_robots()
    result = organisation.attempt(call_budget=budget)
    assert result["failed"]
    assert f"the budget of {budget} counted calls is used up" in result["msg"]
    assert result["calls"]["counted"] == len(organisation.dingtalk.counted_calls()) == budget
    left = result["left_to_do"]
    assert f"Not done yet: chats {', '.join(left['chats'])}; robots " in result["msg"]
    assert len(left["robots"]) == of.CHATS
    assert of.CHATS - len(left["chats"]) <= len(organisation.dingtalk.chats())


def test_repeated_runs_complete_the_work_and_create_each_chat_once(organisation: Month) -> None:
    organisation.declare_robots()
    left = []
    for _run in range(20):
        result = organisation.attempt(call_budget=4)
        assert result["calls"]["counted"] <= 4
        content = yaml.safe_load(organisation.registry.get(CONFIG_MAP)["data"]["chats"])
        [apps] = content["chats"].values()
        assert not any("intent" in entry for entry in apps[of.APP_KEY].values())
        if not result.get("failed"):
            break
        left.append(sum(len(keys) for keys in result["left_to_do"].values()))
    assert not result.get("failed"), result["msg"]
    assert left == sorted(left, reverse=True)
    assert sorted(chat.name for chat in organisation.dingtalk.chats()) == [f"Chat {n}" for n in range(of.CHATS)]


def test_an_unchanged_run_needs_no_budget(organisation: Month) -> None:
    organisation.run()
    assert organisation.attempt(call_budget=0)["changed"] is False
