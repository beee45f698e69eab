# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that registers the results of tasks under names of its own, instead of those of the playbooks."""

from __future__ import annotations

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json

CHATS = {"kubesphere.dingtalk.fleet_chats": {}, "run_once": True, "register": "my_chats"}
SETTINGS = {
    "kubesphere.dingtalk.cluster_config": {"features": ["notification", "alertmanager"], "fleet_from": "my_chats"},
    "register": "my_settings",
}


def once(action: str, **options: object) -> Json:
    return {f"kubesphere.dingtalk.{action}": options, "run_once": True}


def run(site: Environment, *tasks: Json) -> Run:
    return site.run(site.controller.playbook([{"hosts": "all", "gather_facts": False, "tasks": list(tasks)}]))


def test_every_task_reads_results_with_other_names(single: Environment) -> None:
    done = run(
        single,
        CHATS,
        SETTINGS,
        {**once("check_batch", results_from="my_settings", max_fail_percentage=0), "register": "my_batch"},
        once("wait_for_alerting", results_from=["my_settings"]),
        {**once("verify", fleet_from="my_chats", results_from="my_settings"), "register": "my_proof"},
        {"kubesphere.dingtalk.doctor": {"fleet_from": "my_chats", "features": ["notification"]}},
        once("run_summary", results_from="my_settings", fleet_from="my_chats", verified_from="my_proof"),
    ).must()
    assert len(of.chat_ids(single.clusters["shanghai"])) == 1
    lines = done.one("run_summary")["lines"]
    assert lines[0].startswith("1 cluster: 1 changed")
    assert any(line.startswith("Chat ops ") for line in lines)
    assert any(line.startswith("Test messages of shanghai: ") for line in lines)


def test_a_role_reads_the_chats_from_a_variable(single: Environment) -> None:
    role = {"role": "kubesphere.dingtalk.notification", "vars": {"dingtalk_fleet": "{{ my_chats }}"}}
    plays = [{"hosts": "all", "gather_facts": False, "pre_tasks": [CHATS], "roles": [role]}]
    single.run(single.controller.playbook(plays)).must()
    assert len(of.chat_ids(single.clusters["shanghai"])) == 1


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (
            {"kubesphere.dingtalk.cluster_config": {"features": ["notification"]}},
            "If a task of fleet_chats registered its result under another name than dingtalk_fleet, set fleet_from to ",
        ),
        (
            {"kubesphere.dingtalk.cluster_config": {"features": ["notification"], "fleet_from": "my_chat"}},
            "fleet_from: no task registered a result as 'my_chat'; register that of fleet_chats or doctor_app under "
            "this name, in a task before this one",
        ),
        (
            {"kubesphere.dingtalk.doctor": {"fleet_from": "my_chat"}},
            "fleet_from: no task registered a result as 'my_chat'",
        ),
        (once("verify", fleet_from="my_chat"), "fleet_from: no task registered a result as 'my_chat'"),
        (
            once("check_batch"),
            "results_from: no task registered a result as dingtalk_applied or dingtalk_applied_later on these hosts; "
            "set it to the name under which the task of cluster_config registers its result",
        ),
        (once("wait_for_alerting"), "results_from: no task registered a result as dingtalk_applied or "),
        (
            once("run_summary", results_from="my_setting"),
            "results_from: no task registered a result as my_setting on these hosts",
        ),
        (once("run_summary", results_from=[None]), "results_from: expected a list of names of variables"),
        (once("wait_for_alerting", results_from={"a": 1}), "results_from: expected a list of names of variables"),
        (
            once("cluster_config", features="notification", fleet_from={"a": 1}),
            "fleet_from: expected a string, not a map",
        ),
    ],
)
def test_a_missing_result_names_the_option(single: Environment, task: Json, message: str) -> None:
    errors = run(single, CHATS, task).must(succeed=False).errors
    assert message in errors["shanghai"]
    # But the chat registry, which the first task writes.
    assert {request.path.rpartition("/")[2] for request in single.writes()} == {"configmaps", "kubesphere-dingtalk"}


def test_a_summary_of_nothing_warns(single: Environment) -> None:
    [warning] = run(single, CHATS, once("run_summary")).must().one("run_summary")["warnings"]
    assert warning.startswith("There is nothing to summarize: no task registered a result as dingtalk_applied or ")
    assert "set results_from to that of cluster_config, and fleet_from to that of fleet_chats" in warning
