# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays of users with a strategy in which each host runs on its own."""

from __future__ import annotations

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json

ONCE = ("fleet_chats", "run_summary", "verify", "wait_for_alerting", "doctor_app", "doctor_report", "check_batch")
EXPECTED = "{action} works once for all hosts, but strategy {strategy} would run it for each; set strategy: linear"


def play(site: Environment, strategy: str, *tasks: Json) -> Run:
    plays = [{"hosts": "all", "gather_facts": False, "strategy": strategy, "tasks": list(tasks)}]
    return site.run(site.controller.playbook(plays))


@pytest.mark.parametrize("action", ONCE)
@pytest.mark.parametrize("strategy", ["free", "ansible.builtin.host_pinned"])
def test_what_works_once_is_refused_where_each_host_is_on_its_own(
    site: Environment, action: str, strategy: str
) -> None:
    task = {f"kubesphere.dingtalk.{action}": {}, "run_once": True}
    done = play(site, strategy, task).must(succeed=False)
    assert set(done.errors) == set(site.clusters)
    for message in done.errors.values():
        assert EXPECTED.format(action=action, strategy=strategy) in message
    assert site.calls == []
    assert site.writes() == []


def test_roles_of_clusters_work_where_each_host_is_on_its_own(site: Environment) -> None:
    site.run("chats").must()
    chats = {key: site.chat_id(name) for key, name in (("ops", "KubeSphere 运维告警"), ("lab", "KubeSphere lab"))}
    given = {key: {"name": key, "chat_id": chat} for key, chat in chats.items()}
    site.controller.vars("all", dingtalk_chats=given, dingtalk_robots={}, notification_robot="")
    features = {"features": ["notification", "alertmanager"]}
    done = play(site, "free", {"kubesphere.dingtalk.cluster_config": features}).must()
    assert set(done.of("cluster_config")) == set(site.clusters)
    assert of.chat_ids(site.clusters["lab"]) == [chats["lab"]]


def test_one_host_needs_no_other_strategy(single: Environment) -> None:
    play(single, "free", {"kubesphere.dingtalk.fleet_chats": {}, "run_once": True}).must()
