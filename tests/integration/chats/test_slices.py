# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several jobs at once, each with a slice of the inventory, as AWX starts them for a job template with slices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Controller, Run
from tests.support.plays.environment import Environment, environment, new_controller
from tests.support.testbed import Cluster, ClusterSpec

OPS, LAB = "KubeSphere 运维告警", "KubeSphere lab"
FLEET: dict[str, str | ClusterSpec] = {
    "shanghai": "3.4",
    "beijing": "3.4",
    "lab": "3.3",
    "guangzhou": ClusterSpec("3.4", "host"),
    "shenzhen": ClusterSpec("3.4", "member", "guangzhou"),
}
#: AWX deals the hosts out one by one, whichever cluster has the registry or is the host of another.
SLICES = (("shanghai", "guangzhou"), ("beijing", "shenzhen"), ("lab",))
NO_CHAT = "has no ID in the registry, and a slice of the inventory creates no chat"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Environment]:
    with environment(tmp_path, FLEET) as found:
        found.controller.vars("all", dingtalk_robots={}, notification_robot="", **registry(found))
        yield found


def registry(fleet: Environment) -> dict[str, Any]:
    kubeconfig = str(fleet.clusters["shanghai"].kubeconfig)
    return {"dingtalk_registry_host": "shanghai", "dingtalk_registry_kubeconfig": kubeconfig}


def job(fleet: Environment, hosts: tuple[str, ...], **variables: Any) -> Controller:
    """Return a controller without any state, as each job has its own container, with a slice of the inventory."""
    found: dict[str, Cluster] = {name: fleet.clusters[name] for name in hosts}
    jobs = fleet.controller.folder.with_name("jobs")
    folder = jobs / str(len(list(jobs.glob("*"))))
    controller = new_controller(folder, fleet.dingtalk, found)
    controller.vars("all", dingtalk_robots={}, notification_robot="", **{**registry(fleet), **variables})
    return controller


def play(fleet: Environment) -> list[Run]:
    """Run site for all slices at the same time."""
    for cluster in fleet.clusters.values():
        cluster.reset_requests()
    fleet.dingtalk.reset_calls()
    controllers = [job(fleet, hosts) for hosts in SLICES]
    running = [controller.start("site", "-e", "kubesphere_slice=true") for controller in controllers]
    return [run.finish().must() for run in running]


def test_slices_configure_their_clusters_at_once_with_the_chats_of_the_whole_inventory(fleet: Environment) -> None:
    fleet.run("chats").must()
    runs = play(fleet)
    assert fleet.dingtalk.calls == []
    assert {name for run in runs for name, changed in run.changed.items() if changed} == set(FLEET)
    for name in ("shanghai", "beijing", "guangzhou"):
        assert of.chat_ids(fleet.clusters[name]) == [fleet.chat_id(OPS)]
    assert of.chat_ids(fleet.clusters["lab"]) == [fleet.chat_id(LAB)]
    for run, hosts in zip(runs, SLICES, strict=True):
        assert run.summary[0].startswith(f"{len(hosts)} cluster")
        assert run.summary[1].startswith("A slice of the inventory: ")
    assert len(fleet.dingtalk.chats()) == 2

    runs = play(fleet)
    assert not any(changed for run in runs for changed in run.changed.values())
    assert [request for cluster in fleet.clusters.values() for request in cluster.requests() if request.writes] == []


def test_a_slice_takes_nothing_from_a_member_that_is_not_in_it(fleet: Environment) -> None:
    fleet.controller.vars("shenzhen", notification_chats=["ops", "lab"])
    fleet.site()
    both = [fleet.chat_id(OPS), fleet.chat_id(LAB)]
    assert of.chat_ids(fleet.clusters["guangzhou"]) == both
    host = job(fleet, ("guangzhou",)).run("site").must()
    assert of.chat_ids(fleet.clusters["guangzhou"]) == both
    assert "this inventory does not have the host" not in host.output
    member = job(fleet, ("shenzhen",)).run("site").must()
    assert "what shenzhen contributes there is only written by a run that has both" in " ".join(member.output.split())
    assert of.chat_ids(fleet.clusters["guangzhou"]) == both


def test_a_slice_never_starts_the_registry(fleet: Environment) -> None:
    for controller in (job(fleet, ("beijing",)), job(fleet, ("shanghai",))):
        run = controller.run("site", "-e", "kubesphere_slice=true").must(succeed=False)
        [message] = run.errors.values()
        assert f"dingtalk_chats.ops: the chat {NO_CHAT}" in message
        assert "Run playbook kubesphere.dingtalk.chats with the whole inventory first" in message
    assert fleet.dingtalk.calls == []
    assert of.exists(fleet.clusters["shanghai"], of.CONFIG_MAP) is False


def test_a_slice_creates_no_chat_beside_those_of_the_registry(fleet: Environment) -> None:
    fleet.run("chats").must()
    chats = {key: {"name": key, "owner": {"userid": "user-1"}} for key in ("ops", "lab", "more")}
    unused = job(fleet, ("beijing",), dingtalk_chats=chats)
    unused.run("site").must()
    used = job(fleet, ("beijing",), dingtalk_chats=chats, notification_chats=["more"])
    [message] = used.run("site").must(succeed=False).errors.values()
    assert f"dingtalk_chats.more: the chat {NO_CHAT}" in message
    assert len(fleet.dingtalk.chats()) == 2


def test_a_slice_without_access_to_the_registry_says_how_to_give_it(fleet: Environment) -> None:
    fleet.run("chats").must()
    run = job(fleet, ("beijing",), dingtalk_registry_kubeconfig=None).run("site").must(succeed=False)
    [message] = run.errors.values()
    assert "dingtalk_registry_host: 'shanghai' is not among the hosts of this run" in message
    assert "dingtalk_registry_kubeconfig" in message


def test_a_slice_runs_no_operator_action(fleet: Environment) -> None:
    fleet.run("chats").must()
    controller = job(fleet, ("beijing",))
    run = controller.run("chats", extra={"dingtalk_forget_intents": "ops", "dingtalk_start_registry": True})
    [message] = run.must(succeed=False).errors.values()
    assert "dingtalk_forget_intents: not for a slice of the inventory" in message
    assert "dingtalk_start_registry: not for a slice of the inventory" in message


def test_the_registry_is_reached_by_variables_of_its_own_in_a_whole_run(fleet: Environment) -> None:
    """Its host may be reached over ssh, or with an account that may not read the registry."""
    fleet.controller.vars("shanghai", kubesphere_kubeconfig=str(fleet.clusters["beijing"].kubeconfig))
    fleet.run("chats", "-e", "dingtalk_start_registry=true").must()
    assert set(of.registry(fleet.clusters["shanghai"])) == {"ops", "lab"}
    assert not of.exists(fleet.clusters["beijing"], of.CONFIG_MAP)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"dingtalk_registry_kubeconfig": "/no/such/file"}, "dingtalk_registry_kubeconfig: '/no/such/file' cannot be"),
        ({"dingtalk_registry_context": "other"}, "dingtalk_registry_context: 'other' is not in"),
        ({"dingtalk_registry_host": ""}, "dingtalk_registry_host: missing; set it to the inventory host of the"),
    ],
)
def test_wrong_access_to_the_registry_is_an_input_error(
    fleet: Environment, variables: dict[str, str], expected: str
) -> None:
    [message] = job(fleet, ("beijing",), **variables).run("site").must(succeed=False).errors.values()
    assert expected in message
    assert fleet.dingtalk.calls == []
