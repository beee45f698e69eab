# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that is reached through another machine: modules do there what happens in process here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Json, Surroundings, surroundings
from tests.support.plays.policies import NODE

PLANTED = "Planted/secret+value"
MANIFESTS: list[Json] = [
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "planted", "namespace": "kubesphere-system", "labels": {"team": "platform"}},
        "stringData": {"password": PLANTED},
    },
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "planted", "namespace": "kubesphere-system"},
        "data": {"key": "value {{ '{{ 1 + 1 }}' }}"},
    },
]
KUBECONFIG = {"kubeconfig": "{{ kubesphere_kubeconfig }}"}
#: One after the other, on both clusters: action, options, keys of the task.
TASKS: list[tuple[str, Json, Json]] = [
    ("cluster_info", {}, {}),
    ("cluster_config", {"manifests": MANIFESTS, "name": "planted"}, {}),
    ("cluster_config", {"manifests": MANIFESTS[1:], "name": "planted"}, {}),
    ("cluster_config", {"manifests": [{"kind": "Secret"}]}, {}),
    ("alertmanager_config", {"route": {"group_wait": "45s"}}, {"check_mode": True}),
    ("alertmanager_config", {"route": {"group_wait": "45s"}}, {}),
    ("alertmanager_config", {"route": {"group_wait": "soon"}}, {}),
    ("alertmanager_config", {"route": {"group_wait": "50s"}, "validate": "false %s"}, {}),
    ("alertmanager_config", {"state": "absent"}, {}),
    ("cluster_config", {"features": ["notification", "alertmanager"]}, {"check_mode": True}),
    ("cluster_config", {"features": ["notification", "alertmanager"]}, {}),
    ("cluster_config", {"features": ["notification", "alertmanager"]}, {}),
]
TEARDOWN: tuple[str, Json, Json] = (
    "cluster_config",
    {"features": ["notification", "alertmanager"], "state": "absent"},
    {},
)
FAILING = (3, 6, 7)


@dataclass
class Twins:
    """Two clusters alike, ``here`` reached from the controller and ``there`` through another machine."""

    site: Surroundings
    run: Run
    stored: dict[str, dict[str, Json]]
    before: dict[str, dict[str, Json]]
    after: dict[str, dict[str, Json]]
    results: dict[str, list[Json]] = field(default_factory=lambda: {"here": [], "there": []})


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with surroundings(tmp_path_factory.mktemp("remote"), {"here": "3.4", "there": "3.4"}) as site:
        prepare(site)
        before = site.stored()
        run = site.run(site.controller.playbook([play(TASKS)]), "-vvvv", "--diff").must()
        stored = site.stored()
        teardown = site.run(site.controller.playbook([play([TEARDOWN])])).must()
        twins = Twins(site, run, stored, before, site.stored())
        for item in [*run.results, *teardown.results]:
            twins.results[item.host].append({"outcome": item.outcome, **item.result})
        yield twins


def prepare(site: Surroundings) -> None:
    chat = site.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
    webhook = site.dingtalk.add_custom_robot(chat, "robot", secret="generate")
    robots = {"robot": {"webhook": webhook, "secret": site.dingtalk.secret_of(chat, "robot")}}
    site.controller.vars("all", dingtalk_chats={"ops": {"name": "ops", "chat_id": chat}}, dingtalk_robots=robots)
    site.controller.vars("all", notification_robot="robot", notification_cluster_name="twin")
    python = str(site.controller.venv / "bin" / "python")
    site.controller.vars("there", ansible_connection="elsewhere", ansible_python_interpreter=python)


def play(tasks: list[tuple[str, Json, Json]]) -> Json:
    named = [
        {
            f"kubesphere.dingtalk.{action}": options if "features" in options else {**KUBECONFIG, **options},
            "ignore_errors": True,
            **keys,
        }
        for action, options, keys in tasks
    ]
    return {"hosts": "all", "gather_facts": False, "tasks": named}


def essence(result: Json) -> Json:
    """A result without what differs by nature: how it was called, and the clusters' own addresses and objects."""
    left_out = ("invocation", "ansible_facts", "warnings")
    return {key: value for key, value in result.items() if key not in left_out and not key.startswith("_ansible")}


@pytest.mark.parametrize("number", range(len(TASKS) + 1), ids=[*(action for action, _, _ in TASKS), "teardown"])
def test_a_module_returns_what_the_action_returns(twins: Twins, number: int) -> None:
    here, there = (essence(twins.results[host][number]) for host in ("here", "there"))
    assert there == here
    assert here["outcome"] == ("failed" if number in FAILING else "ok")


def test_both_ways_store_the_same(twins: Twins) -> None:
    here, there = (comparable(twins.stored[host]) for host in ("here", "there"))
    assert there == here


def comparable(objects: dict[str, Json]) -> dict[str, Any]:
    """Objects, with the record's salt and what depends on it left out."""
    shown: dict[str, Any] = dict(objects)
    record = shown.pop("/api/v1/configmaps/kubesphere-system/kubesphere-dingtalk")["data"]["applied"]
    lines = [line for line in record.splitlines() if "salt" not in line and "digest" not in line]
    return {**shown, "record": lines}


def test_the_module_form_really_ran_elsewhere(twins: Twins) -> None:
    assert "AnsiballZ_apply.py" in twins.run.stdout
    assert {call.api for call in twins.site.calls} == set()


def test_both_ways_take_back_everything(twins: Twins) -> None:
    for host in ("here", "there"):
        after = {path: item for path, item in twins.after[host].items() if "/planted" not in path}
        left = {path.rpartition("/")[2] for path in after if path not in twins.before[host]}
        assert left == {"kubesphere-dingtalk"}  # keeps the manifests that are still there
        assert {path: after[path] for path in twins.before[host]} == twins.before[host]


@pytest.mark.parametrize("host", ["here", "there"])
def test_no_secret_is_shown_on_either_way(twins: Twins, host: str) -> None:
    texts = [of.APP_SECRET, PLANTED, *of_robot(twins)]
    results = str([item.result for item in twins.run.results if item.host == host])
    assert [text for text in texts if text in results] == []
    lines = [line for line in twins.run.output.splitlines() if host in line]
    assert [text for text in texts if any(text in line for line in lines)] == []


def test_no_secret_is_printed_or_left_on_the_other_machine(twins: Twins) -> None:
    texts = [of.APP_SECRET, PLANTED, *of_robot(twins)]
    assert [text for text in texts if text in twins.run.output] == []
    playbooks = set(twins.site.controller.folder.glob("play-*.yml"))
    inventory = twins.site.controller.inventory
    files = [path for path in twins.site.controller.files() if inventory not in path.parents and path not in playbooks]
    assert [path for path in files for text in texts if text in path.read_text(errors="replace")] == []


def of_robot(twins: Twins) -> list[str]:
    [chat] = twins.site.dingtalk.chats()
    robot = chat.robot("robot")
    return [robot.token, robot.secret]


def test_policies_of_kubesphere_4_are_refused_behind_another_machine_before_anything_is_written(
    tmp_path: Path,
) -> None:
    with surroundings(tmp_path, {"there": "4.1"}) as site:
        python = str(site.controller.venv / "bin" / "python")
        site.controller.vars("there", ansible_connection="elsewhere", ansible_python_interpreter=python)
        site.controller.vars("there", alerting_policies=[NODE], kubesphere_api_token="planted-token")
        tasks = [{"kubesphere.dingtalk.cluster_config": {"features": ["alertmanager", "alerting"]}}]
        before = site.stored(revisions=True)
        play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
        run = site.run(site.controller.playbook([play])).must(succeed=False)
        assert run.errors["there"] == (
            "alerting_policies: on KubeSphere 4, they are written from the controller: give this host "
            "ansible_connection: local and a kubeconfig, or leave them out. Nothing was changed."
        )
        assert site.stored(revisions=True) == before


def test_site_says_that_a_cluster_behind_another_machine_cannot_be_asked_for_its_chats(single: Surroundings) -> None:
    single.controller.vars("shanghai", ansible_connection="elsewhere")
    run = single.run("site").must(succeed=False)
    assert "it is reached through another host" in run.errors["shanghai"]
    assert single.dingtalk.chats() == []
