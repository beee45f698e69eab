# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exactly one chat, with several controllers and after the loss of any state."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from threading import Barrier, Event

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Controller
from tests.support.plays.environment import Environment, new_controller
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster

CREATE = "/v1.0/im/group/create"
OPS = "KubeSphere 运维告警"
ONLY_OPS = {"dingtalk_chats": {"ops": {"name": OPS, "owner": {"userid": "user-1"}}}, "dingtalk_robots": {}}
#: The request timeout in seconds, which is also the time that a run waits for another one's creation.
TIMEOUT = 3


@pytest.fixture
def one(single: Environment) -> Environment:
    """One cluster, one chat, no robot, and a short timeout."""
    simplify(single.controller)
    return single


@pytest.fixture
def two(site: Environment) -> Environment:
    """The example's clusters with one chat, no robot, and a short timeout."""
    simplify(site.controller)
    site.controller.vars("lab", notification_chats=["ops"])
    return site


def simplify(controller: Controller) -> None:
    controller.vars("all", **ONLY_OPS, notification_robot="", dingtalk_request_timeout=TIMEOUT)


def another_controller(site: Environment) -> Controller:
    """Return a new controller with the same inventory and no state."""
    folder = site.controller.folder.with_name("another")
    controller = new_controller(folder, site.dingtalk, site.clusters)
    shutil.rmtree(controller.inventory)
    shutil.copytree(site.controller.inventory, controller.inventory)
    return controller


def wipe_registry(cluster: Cluster) -> None:
    cluster.patch(of.CONFIG_MAP, {"data": {"chats": None}})


def add_receiver(cluster: Cluster, *chats: str) -> None:
    """Add a Receiver with these chat IDs, as created in the console."""
    path = of.RECEIVER.format(version="v2beta2")
    spec = {"dingtalk": {"enabled": True, "conversation": {"chatids": list(chats)}}}
    metadata = {"name": "global-dingtalk-receiver", "labels": {"type": "global"}}
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    cluster.post(path.rpartition("/")[0], {**kind, "metadata": metadata, "spec": spec})


def test_a_second_controller_finds_the_chat(one: Environment) -> None:
    one.site()
    one.controller = another_controller(one)
    assert one.site().changed == {"shanghai": 0}
    assert one.dingtalk_writes() == []
    assert one.writes() == []


def test_a_lost_registry_is_restored_from_the_journal(one: Environment) -> None:
    one.run("chats").must()
    wipe_registry(one.clusters["shanghai"])
    one.run("chats").must()
    assert of.registry(one.clusters["shanghai"])["ops"]["chat_id"] == one.chat_id(OPS)


def test_a_lost_registry_is_restored_from_the_clusters(two: Environment) -> None:
    two.site()
    wipe_registry(two.clusters["shanghai"])
    two.controller = another_controller(two)
    run = two.site()
    assert of.registry(two.clusters["shanghai"])["ops"]["chat_id"] == two.chat_id(OPS)
    assert "found on a cluster, has this name and is adopted" in run.prose


def test_a_lost_registry_is_restored_from_receivers_of_any_name(two: Environment) -> None:
    variables = {"notification_chats": [], "notification_receivers": {"team": {"chats": ["ops"]}}}
    two.controller.vars("all", **variables)
    two.controller.vars("lab", notification_chats=[])
    two.site()
    wipe_registry(two.clusters["shanghai"])
    two.controller = another_controller(two)
    two.site()
    assert of.registry(two.clusters["shanghai"])["ops"]["chat_id"] == two.chat_id(OPS)


def test_a_manually_created_chat_is_adopted_by_its_name(two: Environment) -> None:
    other_name = two.dingtalk.add_chat("something else", "user-2", app=of.APP_KEY).chatid
    chat = two.dingtalk.add_chat(OPS, "user-1", app=of.APP_KEY).chatid
    other_app = two.dingtalk.add_chat(OPS + " ", "user-1", app="dinganother").chatid
    add_receiver(two.clusters["beijing"], other_app, other_name, chat)
    notice = f"NOTICE dingtalk_chats.ops: the chat {chat}, found on a cluster, has this name and is adopted"
    assert notice in two.run("chats", "--check").must().summary
    assert notice in two.site().summary
    assert of.registry(two.clusters["shanghai"])["ops"]["chat_id"] == chat
    assert of.chat_ids(two.clusters["shanghai"]) == [chat]
    assert of.chat_ids(two.clusters["beijing"]) == [other_app, other_name, chat]
    assert CREATE not in [call.api for call in two.calls]
    assert notice not in two.site().summary


def test_two_concurrent_controllers_create_one_chat(one: Environment) -> None:
    both_claim = Barrier(2, timeout=20)
    fault = Fault("POST", "kubesphere-system/configmaps", times=2, hook=both_claim.wait)
    of.simulator(one.clusters["shanghai"]).faults.add(fault)
    one.controller.vars("all", dingtalk_request_timeout=20)
    runs = [controller.start("chats") for controller in (one.controller, another_controller(one))]
    for run in runs:
        assert run.finish().must().one("fleet_chats")["chats"]["ops"]["chat_id"] == one.chat_id(OPS)
    assert [call.api for call in one.dingtalk.calls].count(CREATE) == 1


def test_a_controller_waits_for_the_creation_by_another_one(one: Environment) -> None:
    one.controller.vars("all", dingtalk_request_timeout=20)
    second = another_controller(one)
    pause, arrived = one.dingtalk.pause(CREATE), Event()
    runs = [one.controller.start("chats")]
    pause.wait()
    of.simulator(one.clusters["shanghai"]).faults.add(Fault("GET", of.CONFIG_MAP, hook=arrived.set))
    runs.append(second.start("chats"))
    assert arrived.wait(20)
    pause.release()
    for run in runs:
        assert run.finish().must().one("fleet_chats")["chats"]["ops"]["chat_id"] == one.chat_id(OPS)
    assert [call.api for call in one.dingtalk.calls].count(CREATE) == 1


def test_without_access_to_the_registry_known_chats_are_used(two: Environment) -> None:
    two.site()
    of.simulator(two.clusters["shanghai"]).stop()
    two.controller.vars("beijing", notification_cluster_name="Beijing")
    run = two.run("site").must(succeed=False)
    assert run.changed["beijing"] == 1
    assert set(run.errors) == {"shanghai"}
    assert two.dingtalk_writes() == []


def test_without_access_to_the_registry_no_chat_is_created(two: Environment) -> None:
    two.run("chats").must()
    of.simulator(two.clusters["shanghai"]).stop()
    more = {**ONLY_OPS["dingtalk_chats"], "more": {"name": "more", "owner": {"userid": "user-2"}}}
    two.controller.vars("all", dingtalk_chats=more)
    run = two.run("chats").must(succeed=False)
    [message] = run.errors.values()
    assert "dingtalk_chats.more: the chat was not created. The registry cannot be read: The cluster at" in message
    assert len(two.dingtalk.chats()) == 1


def test_without_a_registry_no_chat_is_created(one: Environment) -> None:
    one.controller.vars("all", dingtalk_registry_host="")
    run = one.run("chats").must(succeed=False)
    assert "dingtalk_registry_host" in run.errors["shanghai"]
    assert one.dingtalk.chats() == []
    assert one.writes() == []


def test_an_unknown_registry_host_is_an_input_error(one: Environment) -> None:
    one.controller.vars("all", dingtalk_registry_host="shangai")
    run = one.run("chats").must(succeed=False)
    assert "- dingtalk_registry_host: 'shangai' is not among the hosts of this run" in run.errors["shanghai"]
    assert one.calls == []


def test_an_unreachable_cluster_prevents_the_creation_of_the_first_chat(two: Environment) -> None:
    of.simulator(two.clusters["lab"]).stop()
    run = two.run("chats").must(succeed=False)
    [message] = run.errors.values()
    assert "one is started only if every cluster answers" in message
    assert "No answer from lab: The cluster at" in message
    assert two.dingtalk.chats() == []


def test_a_new_registry_can_be_started_explicitly(two: Environment) -> None:
    chats = {"ops": {**ONLY_OPS["dingtalk_chats"]["ops"]}}
    two.controller.vars("all", dingtalk_chats=chats, dingtalk_start_registry=True)
    two.run("chats").must()
    assert of.registry(two.clusters["shanghai"])["ops"]["chat_id"] == two.chat_id(OPS)


def test_a_registry_on_another_cluster_is_reported(two: Environment) -> None:
    two.run("chats").must()
    two.controller.vars("all", dingtalk_registry_host="beijing")
    (two.controller.journal() / "journal.jsonl").unlink()
    run = two.run("chats").must(succeed=False)
    [message] = run.errors.values()
    assert "A chat registry exists on shanghai, not on beijing" in message
    assert len(two.dingtalk.chats()) == 1


def test_an_id_in_the_inventory_is_recorded(one: Environment) -> None:
    chat = one.dingtalk.add_chat(OPS, "user-1", app=of.APP_KEY).chatid
    one.controller.vars("all", dingtalk_chats={"ops": {**ONLY_OPS["dingtalk_chats"]["ops"], "chat_id": chat}})
    one.run("chats").must()
    assert of.registry(one.clusters["shanghai"])["ops"]["chat_id"] == chat
    one.controller.vars("all", **ONLY_OPS)
    one.controller = another_controller(one)
    assert one.run("chats").must().changed == {"shanghai": 0}
    assert len(one.dingtalk.chats()) == 1


def test_an_inventory_that_disagrees_with_the_registry_is_an_error(one: Environment) -> None:
    one.run("chats").must()
    chat = one.dingtalk.add_chat("another", "user-1", app=of.APP_KEY).chatid
    one.controller.vars("all", dingtalk_chats={"ops": {**ONLY_OPS["dingtalk_chats"]["ops"], "chat_id": chat}})
    run = one.run("chats").must(succeed=False)
    expected = f"dingtalk_chats.ops.chat_id is {chat}, but the registry has {one.chat_id(OPS)}. Nothing was changed."
    assert expected in run.errors["shanghai"]
    assert one.writes() == []


def test_a_new_name_renames_the_chat(one: Environment) -> None:
    one.run("chats").must()
    one.controller.vars("all", dingtalk_chats={"ops": {"name": "new name", "owner": {"userid": "user-1"}}})
    one.run("chats").must()
    assert [chat.name for chat in one.dingtalk.chats()] == ["new name"]
    assert one.run("chats").must().changed == {"shanghai": 0}


def test_the_name_of_a_chat_renamed_in_the_client_is_restored_by_the_next_check(one: Environment) -> None:
    one.run("chats").must()
    one.dingtalk.rename(one.chat_id(OPS), "by hand")
    assert one.run("chats").must().changed == {"shanghai": 0}
    assert one.dingtalk.chats()[0].name == "by hand"
    one.controller.vars("all", dingtalk_cache_valid_time=0)
    check_run = one.run("chats", "--check", "--diff").must()
    assert "-name: by hand" in check_run.output
    assert f"+name: {OPS}" in check_run.output
    assert one.run("chats").must().changed == {"shanghai": 1}
    assert [chat.name for chat in one.dingtalk.chats()] == [OPS]
    assert one.run("chats").must().changed == {"shanghai": 0}


def test_a_dissolved_chat_is_an_error_with_a_hint(one: Environment) -> None:
    one.run("chats").must()
    one.dingtalk.disband(one.chat_id(OPS))
    one.controller.vars("all", dingtalk_cache_valid_time=0)
    run = one.run("chats").must(succeed=False)
    assert f"The chat {one.chat_id(OPS)} is dissolved, or its ID is wrong" in run.errors["shanghai"]
    assert CREATE not in [call.api for call in one.calls]


def test_a_killed_run_never_leads_to_a_second_chat(one: Environment) -> None:
    pause = one.dingtalk.pause(CREATE, "after")
    run = one.controller.start("chats")
    pause.wait()
    run.signal(signal.SIGKILL)
    run.finish()
    one.dingtalk.heal()
    for controller in (one.controller, another_controller(one)):
        message = controller.run("chats").must(succeed=False).errors["shanghai"]
        assert f"it is unknown whether the chat {OPS!r} (owner user-1) was created" in message
        assert "dingtalk_forget_intents=ops" in message
    assert len(one.dingtalk.chats()) == 1


def test_a_corrupted_registry_stops_the_play(one: Environment) -> None:
    one.run("chats").must()
    one.clusters["shanghai"].patch(of.CONFIG_MAP, {"data": {"chats": "{{ corrupted"}})
    run = one.run("chats").must(succeed=False)
    assert "key chats) is corrupted" in run.errors["shanghai"]
    assert len(one.dingtalk.chats()) == 1


def test_the_journals_path_is_set_in_the_inventory(one: Environment, tmp_path: Path) -> None:
    one.controller.vars("all", dingtalk_state_path=str(tmp_path / "elsewhere"))
    one.run("chats").must()
    assert (tmp_path / "elsewhere" / "journal.jsonl").exists()
    assert not one.controller.journal().exists()


def test_an_unwritable_journal_prevents_the_creation_of_a_chat(one: Environment, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    one.controller.vars("all", dingtalk_state_path=str(tmp_path / "file"))
    run = one.run("chats").must(succeed=False)
    assert "The journal " in run.errors["shanghai"]
    assert "dingtalk_state_path" in run.errors["shanghai"]
    assert one.dingtalk.chats() == []
