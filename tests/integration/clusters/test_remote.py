# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster behind a remote host: modules on that host have the results of action plugins on the controller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import CLUSTER_CONFIGURATION
from tests.support import last_applied
from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment
from tests.support.plays.policies import NODE
from tests.support.testbed import Cluster
from tests.system.realapi.documented import MANIFESTS as DOCUMENTED

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
#: Tasks for both clusters: action, options, keys of the task.
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
    """Two equal clusters: ``here`` accessed from the controller and ``there`` through a remote host."""

    site: Environment
    run: Run
    stored: dict[str, dict[str, Json]]
    before: dict[str, dict[str, Json]]
    after: dict[str, dict[str, Json]]
    results: dict[str, list[Json]] = field(default_factory=lambda: {"here": [], "there": []})


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with environment(tmp_path_factory.mktemp("remote"), {"here": "3.4", "there": "3.4"}) as site:
        prepare(site)
        before = site.stored()
        run = site.run(site.controller.playbook([play(TASKS)]), "-vvvv", "--diff").must()
        stored = site.stored()
        teardown = site.run(site.controller.playbook([play([TEARDOWN])])).must()
        twins = Twins(site, run, stored, before, site.stored())
        for item in [*run.results, *teardown.results]:
            twins.results[item.host].append({"outcome": item.outcome, **item.result})
        yield twins


def prepare(site: Environment) -> None:
    chat = site.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
    webhook = site.dingtalk.add_custom_robot(chat, "robot", secret="generate")
    robots = {"robot": {"webhook": webhook, "secret": site.dingtalk.secret_of(chat, "robot")}}
    site.controller.vars("all", dingtalk_chats={"ops": {"name": "ops", "chat_id": chat}}, dingtalk_robots=robots)
    site.controller.vars("all", notification_robot="robot", notification_cluster_name="twin")
    python = str(site.controller.venv / "bin" / "python")
    site.controller.vars("there", ansible_connection="elsewhere", ansible_python_interpreter=python)
    for cluster in site.clusters.values():
        set_up_by_others(cluster)


def set_up_by_others(cluster: Cluster) -> None:
    """Create a Receiver with a filter, and another default Config."""
    selector = {"matchLabels": {"team": "platform"}}
    for kind, name, label, dingtalk in (
        ("Receiver", "global-dingtalk-receiver", "global", {"alertSelector": selector}),
        ("Config", "other", "default", {}),
    ):
        api = f"notification.kubesphere.io/{'v2beta1' if cluster.version == '3.1' else 'v2beta2'}"
        head = {"apiVersion": api, "kind": kind}
        metadata = {"name": name, "labels": {"type": label}}
        body = {**head, "metadata": metadata, "spec": {"dingtalk": dingtalk}}
        cluster.post(f"/apis/{api}/{kind.lower()}s", body)


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


def comparable_result(result: Json) -> Json:
    """Return a result without keys that depend on the invocation or cluster, and what only the action finds out."""
    ignored = ("invocation", "ansible_facts", "warnings", "delivery")
    if "kubesphere_cluster" in result:
        result = {**result, "kubesphere_cluster": {**result["kubesphere_cluster"], "cluster_uid": "its own"}}
    if "diff" in result:
        without_host = [
            {key: text.replace("there: ", "here: ") for key, text in item.items()} for item in result["diff"]
        ]
        result = {**result, "diff": without_host}
    return {key: value for key, value in result.items() if key not in ignored and not key.startswith("_ansible")}


@pytest.mark.parametrize("number", range(len(TASKS) + 1), ids=[*(action for action, _, _ in TASKS), "teardown"])
def test_a_module_returns_the_result_of_the_action(twins: Twins, number: int) -> None:
    here, there = (comparable_result(twins.results[host][number]) for host in ("here", "there"))
    assert there == here
    assert here["outcome"] == ("failed" if number in FAILING else "ok")


@pytest.mark.parametrize("host", ["here", "there"])
def test_module_and_action_return_the_uid_of_the_cluster(twins: Twins, host: str) -> None:
    uid = twins.site.clusters[host].get(CLUSTER_CONFIGURATION)["metadata"]["uid"]
    found = [result["kubesphere_cluster"] for result in twins.results[host] if "kubesphere_cluster" in result]
    assert {cluster["cluster_uid"] for cluster in found} == {uid}


def test_module_and_action_store_the_same_objects(twins: Twins) -> None:
    here, there = (comparable(twins.stored[host]) for host in ("here", "there"))
    assert there == here


@pytest.mark.parametrize("host", ["here", "there"])
def test_what_others_set_is_read_where_the_objects_are_written(twins: Twins, host: str) -> None:
    results = [twins.results[host][number] for number, (_, options, _) in enumerate(TASKS) if "features" in options]
    for result in results:
        assert any("except those with label team = platform." in warning for warning in result["warnings"])
    receiver = twins.stored[host]["/apis/notification.kubesphere.io/v2beta2/receivers//global-dingtalk-receiver"]
    selector = {"matchLabels": {"kubesphere.dingtalk/config": "default-dingtalk-config"}}
    assert receiver["spec"]["dingtalk"]["dingtalkConfigSelector"] == selector


def comparable(objects: dict[str, Json]) -> dict[str, Any]:
    """Return objects, and the last-applied state without what depends on the cluster."""
    shown: dict[str, Any] = {path: item for path, item in objects.items() if path != last_applied.PATH}
    return {**shown, "last-applied": last_applied.comparable(objects)}


def test_the_module_was_executed_on_the_remote_host(twins: Twins) -> None:
    assert "AnsiballZ_cluster_config.py" in twins.run.stdout
    assert {call.api for call in twins.site.calls} == set()


def test_module_and_action_remove_everything(twins: Twins) -> None:
    for host in ("here", "there"):
        after = {path: item for path, item in twins.after[host].items() if "/planted" not in path}
        left = {path.rpartition("/")[2] for path in after if path not in twins.before[host]}
        assert left == {"kubesphere-dingtalk"}  # has the last-applied state of the remaining manifests
        assert {path: after[path] for path in twins.before[host]} == twins.before[host]


@pytest.mark.parametrize("host", ["here", "there"])
def test_no_secret_is_in_a_result(twins: Twins, host: str) -> None:
    texts = [of.APP_SECRET, PLANTED, *of_robot(twins)]
    results = str([item.result for item in twins.run.results if item.host == host])
    assert [text for text in texts if text in results] == []
    lines = [line for line in twins.run.output.splitlines() if host in line]
    assert [text for text in texts if any(text in line for line in lines)] == []


def test_no_secret_is_printed_or_left_on_the_remote_host(twins: Twins) -> None:
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


def test_policies_of_kubesphere_4_are_refused_behind_a_remote_host_before_any_write(
    tmp_path: Path,
) -> None:
    with environment(tmp_path, {"there": "4.1"}) as site:
        python = str(site.controller.venv / "bin" / "python")
        site.controller.vars("there", ansible_connection="elsewhere", ansible_python_interpreter=python)
        site.controller.vars("there", alerting_policies=[NODE], kubesphere_api_token="planted-token")
        tasks = [{"kubesphere.dingtalk.cluster_config": {"features": ["alertmanager", "alerting"]}}]
        before = site.stored(revisions=True)
        play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
        run = site.run(site.controller.playbook([play])).must(succeed=False)
        assert run.errors["there"] == (
            "alerting_policies: written from the controller on KubeSphere 4; set ansible_connection: local and a "
            "kubeconfig for this host, or remove them. Nothing was changed. (KD109)"
        )
        assert site.stored(revisions=True) == before


def test_alerts_of_kubesphere_4_behind_a_remote_host_are_reported_as_unknown(tmp_path: Path) -> None:
    with environment(tmp_path, {"there": "4.1"}) as site:
        python = str(site.controller.venv / "bin" / "python")
        site.controller.vars("there", ansible_connection="elsewhere", ansible_python_interpreter=python)
        chats = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": "chat-ops"}}
        site.controller.vars("there", dingtalk_chats=chats, notification_chats=["ops"])
        tasks = [{"kubesphere.dingtalk.cluster_config": {"features": ["notification", "alerting"]}}]
        play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
        result = site.run(site.controller.playbook([play])).must().of("cluster_config")["there"]
        assert result["changed"]
        [warning] = [text for text in result["warnings"] if "whizard-alerting" in text]
        assert "only checked from the controller; set ansible_connection: local" in warning


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("roles", ["none", "facts"])
def test_a_remote_host_and_the_controller_list_the_same_missing_permissions(
    single: Environment, roles: str, state: str
) -> None:
    account = single.clusters["shanghai"].granted(DOCUMENTED["facts"] if roles == "facts" else [])
    of.set_hosts(single.controller, {"shanghai": account})
    single.controller.vars("shanghai", notification_chats=[], alertmanager_route={"repeat_interval": "2h"})
    task = {"kubesphere.dingtalk.cluster_config": {"features": ["notification", "alertmanager"], "state": state}}
    play = single.controller.playbook([{"hosts": "all", "gather_facts": False, "tasks": [task]}])
    here = single.run(play).must(succeed=False)
    python = str(single.controller.venv / "bin" / "python")
    single.controller.vars("shanghai", ansible_connection="elsewhere", ansible_python_interpreter=python)
    there = single.run(play).must(succeed=False)
    for run in (here, there):
        assert "The account lacks " in run.errors["shanghai"]
        assert "kind: ClusterRole" in run.errors["shanghai"]
    assert there.errors["shanghai"].partition("What the")[2] == here.errors["shanghai"].partition("What the")[2]


def test_site_reports_that_chats_of_a_cluster_behind_a_remote_host_cannot_be_searched(single: Environment) -> None:
    single.controller.vars("shanghai", ansible_connection="elsewhere")
    run = single.run("site").must(succeed=False)
    assert "it is accessed from another host over SSH" in run.errors["shanghai"]
    assert single.dingtalk.chats() == []
