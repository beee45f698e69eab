# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operator actions by the playbook chats, as described in messages and docs/exactly-one-chat.md."""

from __future__ import annotations

import pytest

from tests.support.plays import environment as of
from tests.support.plays.environment import Environment

OWNER = {"userid": "user-1"}
CHATS = {"dingtalk_chats": {"ops": {"name": "Ops", "owner": OWNER}}, "dingtalk_robots": {}, "notification_robot": ""}


def test_an_operator_adopts_dissolves_lists_and_recreates_chats(single: Environment) -> None:
    single.dingtalk.add_scene_template("template-1", of.APP_KEY)
    chats = {
        "ops": {"name": "Ops", "owner": OWNER},
        "team": {"name": "Team", "owner": OWNER, "template_id": "template-1"},
    }
    single.controller.vars("all", dingtalk_chats=chats, dingtalk_robots={}, notification_robot="")
    found = single.dingtalk.add_chat("Ops", "user-1", app=of.APP_KEY).chatid
    single.run("chats", "-e", f'{{"dingtalk_adopt_chats": {{"ops": "{found}"}}}}').must()
    team = single.chat_id("Team")
    dissolved = single.run("chats", "-e", "dingtalk_dissolve_chats=team").must()
    assert f"the scene group {team} is dissolved" in dissolved.prose
    listed = single.run("chats", "-e", "dingtalk_list_chats=true").must()
    assert listed.summary[:2] == [
        f"Chat ops (Ops): {found}, in use as 'Ops' with 1 members, from the registry",
        f"Chat team (Team): {team}, dissolved, or a wrong ID, from the registry",
    ]
    assert single.writes() == []
    single.run("chats", "-e", "dingtalk_recreate_chats=team").must()
    entry = of.registry(single.clusters["shanghai"])["team"]
    assert (entry["generation"], entry["other_chats"][0]["chat_id"]) == (2, team)
    assert entry["chat_id"] == single.dingtalk.chats()[-1].chatid


def test_an_action_on_a_chat_outside_the_inventory_is_an_input_error(single: Environment) -> None:
    single.controller.vars("all", **CHATS)
    run = single.run("chats", "-e", "dingtalk_forget_intents=opps").must(succeed=False)
    assert "dingtalk_forget_intents: 'opps' is not a key of dingtalk_chats; it has ops" in run.errors["shanghai"]
    assert single.calls == []


@pytest.mark.parametrize(("interval", "sends"), [("5m", 8640), ("9m", 4320)])
def test_a_play_reports_the_calls_of_a_firing_alert_and_a_suitable_interval(
    single: Environment, interval: str, sends: int
) -> None:
    single.controller.vars("all", **CHATS, alertmanager_route={"repeat_interval": interval})
    run = single.run("chats", "--check").must()
    line = f"One firing alert in each cluster would cost per month: {sends} calls of 5000, 0 webhook messages of 3000"
    assert line in run.summary
    warned = "A repeat_interval of 9m on all clusters would fit" in run.prose
    assert warned is (sends > 5000)
