# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before a chat is created, the clusters that use it are searched; an existing chat with its name is adopted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.fixtures.chat_controller import Controller
from tests.support.inprocess import make_fleet
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster, clusters

CREATE = "/v1.0/im/group/create"
CONFIG_MAPS = "/api/v1/namespaces/kubesphere-system/configmaps"
RECEIVERS = "/apis/notification.kubesphere.io/v2beta2/receivers"
OTHER = {"other": {"name": "Other", "owner": {"userid": "user-1"}}}
OPS = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}}}
Json = dict[str, Any]
New = Callable[[str], Controller]


@pytest.fixture
def member(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that uses the chat."""
    with clusters({"member": "3.4"}, tmp_path_factory.mktemp("member")) as fleet:
        yield fleet["member"]


def store_in_receiver(cluster: Cluster, *chats: str) -> None:
    spec = {"dingtalk": {"enabled": True, "conversation": {"chatids": list(chats)}}}
    metadata = {"name": "global-dingtalk-receiver", "labels": {"type": "global"}}
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    cluster.post(RECEIVERS, {**kind, "metadata": metadata, "spec": spec})


def store_in_config_map(cluster: Cluster, key: str, content: Any) -> None:
    metadata = {"name": "kubesphere-dingtalk", "namespace": "kubesphere-system"}
    data = {key: yaml.safe_dump(content)}
    cluster.post(CONFIG_MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def store_in_last_applied_state(cluster: Cluster, *chats: str) -> None:
    values = {
        f"/spec/dingtalk/conversation/chatids/[={chat}]": {"created_parents": 4, "applied": [chat]} for chat in chats
    }
    receiver = {
        "Receiver.notification.kubesphere.io/global-dingtalk-receiver": {
            "api_version": "notification.kubesphere.io/v2beta2",
            "values": values,
        }
    }
    store_in_config_map(cluster, "applied", {"version": 2, "salt": "s", "apply_sets": {"notification": receiver}})


def store_in_registry(cluster: Cluster, *chats: str) -> None:
    entries = {f"key-{chat}": {"chat_id": chat} for chat in chats}
    store_in_config_map(cluster, "chats", {"version": 2, "chats": {"https://api": {"dingapp": entries}}})


@pytest.mark.parametrize("store", [store_in_receiver, store_in_last_applied_state, store_in_registry])
def test_an_existing_chat_with_the_name_is_adopted_with_a_notice(
    controller: New, dingtalk: DingTalk, member: Cluster, store: Callable[..., None]
) -> None:
    dingtalk.add_app("other", "other-secret")
    gone, other = (dingtalk.add_chat(name, "user-1", app="dingapp").chatid for name in ("Ops", "Other"))
    dingtalk.disband(gone)
    other_apps = dingtalk.add_chat("Ops", "user-1", app="other").chatid
    chat = dingtalk.add_chat("Ops", "user-1", app="dingapp").chatid
    store(member, gone, other, other_apps, chat)
    result = controller("a").play(OPS, clusters={"member": member}, users={"ops": ("member",)})
    assert result["chats"]["ops"]["chat_id"] == chat
    [notice] = result["notices"]
    assert f"{notice} (KD252)" in result["warnings"]
    assert chat in notice
    assert CREATE not in [call.api for call in dingtalk.calls]


def test_two_chats_with_the_name_are_an_error_with_both_ids(
    controller: New, dingtalk: DingTalk, member: Cluster
) -> None:
    both = [dingtalk.add_chat("Ops", "user-1", app="dingapp").chatid for _ in range(2)]
    store_in_receiver(member, *both)
    result = controller("a").play(OPS, clusters={"member": member})
    assert f"clusters have 2 chats named 'Ops': {both[0]} (on member), {both[1]} (on member)" in result["msg"]
    assert "Set dingtalk_chats.ops.chat_id to the one to use" in result["msg"]
    assert len(dingtalk.chats()) == 2


@pytest.mark.parametrize(
    ("users", "created"), [({"ops": ("registry",)}, True), ({"ops": ("member",)}, False), ({}, False)]
)
def test_only_clusters_that_use_the_chat_must_be_reachable(
    controller: New, dingtalk: DingTalk, member: Cluster, users: dict[str, tuple[str, ...]], created: bool
) -> None:
    controller("a").play({"first": {"name": "First", "owner": {"userid": "user-1"}}})
    assert member.simulator is not None
    member.simulator.stop()
    result = controller("a").play(OPS, clusters={"member": member}, users=users, start_registry=False)
    assert (len(dingtalk.chats()) == 2) is created
    assert created or "No answer from member: " in result["msg"]


@pytest.mark.parametrize(
    ("edge", "joined"),
    [
        ({"notification_chats": ["ops"]}, {"notification_receivers": {"databases": {"chats": ["ops"]}}}),
        ({"notification_chats": ["ops"], "kubesphere_host_cluster": "joined"}, {}),
    ],
    ids=["by a receiver of its own", "as the host of a member"],
)
def test_a_cluster_uses_a_chat_by_any_reference_to_it(
    dingtalk: DingTalk, cluster: Cluster, member: Cluster, tmp_path: Path, edge: Json, joined: Json
) -> None:
    options: Json = {
        "api_url": dingtalk.api_url,
        "legacy_api_url": dingtalk.legacy_api_url,
        "ca_path": dingtalk.ca_file,
    }
    options |= {"app_key": "dingapp", "app_secret": "the-app-secret", "registry_host": "edge", "chats": {**OTHER}}
    options |= {"cache_path": str(tmp_path / "cache"), "state_path": str(tmp_path / "state")}
    own = {f"dingtalk_{name}": value for name, value in options.items()}
    hosts: dict[str, Json] = {
        "edge": {**own, "inventory_hostname": "edge", "kubesphere_kubeconfig": str(cluster.kubeconfig)},
        "joined": {**own, "inventory_hostname": "joined", "kubesphere_kubeconfig": str(member.kubeconfig)},
    }
    assert not make_fleet(hosts).get("failed")
    chat = dingtalk.add_chat("Ops", "user-1", app="dingapp").chatid
    store_in_receiver(member, chat)
    desired = {"edge": edge, "joined": joined}
    hosts = {
        name: {**variables, **desired[name], "dingtalk_chats": {**OTHER, **OPS}} for name, variables in hosts.items()
    }
    assert make_fleet(hosts)["chats"]["ops"]["chat_id"] == chat


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_renamed_key_creates_no_second_chat(controller: New, dingtalk: DingTalk, check_mode: bool) -> None:
    chat = controller("a").play(OPS)["chats"]["ops"]["chat_id"]
    renamed = {"operations": OPS["ops"]}
    refused = controller("a").play(renamed, check_mode=check_mode)["msg"]
    assert "dingtalk_chats.operations: " in refused
    assert f"{chat}, under the key 'ops', which is not in dingtalk_chats." in refused
    assert len(dingtalk.chats()) == 1
    assert controller("a").play(OPS)["chats"]["ops"]["chat_id"] == chat
    controller("a").play(renamed, adopt={"operations": chat})
    assert controller("b").play(renamed)["chats"]["operations"]["chat_id"] == chat
    assert len(dingtalk.chats()) == 1


def test_the_name_of_a_dissolved_chat_is_free_for_other_keys(controller: New, dingtalk: DingTalk) -> None:
    controller("a").play({**OPS, "too": {"name": "Ops", "owner": {"userid": "user-1"}}})
    assert len(dingtalk.chats()) == 2
    for chat in dingtalk.chats():
        dingtalk.disband(chat.chatid)
    assert not controller("a").play({"operations": OPS["ops"]}).get("failed")


def test_while_the_registry_is_down_existing_chats_are_used_but_not_recorded(
    controller: New, dingtalk: DingTalk, member: Cluster, cluster: Cluster
) -> None:
    chat = dingtalk.add_chat("Ops", "user-1", app="dingapp").chatid
    store_in_receiver(member, chat)
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault(path="kubesphere-dingtalk", times=0, cut="before"))
    result = controller("a").play(OPS, clusters={"member": member}, users={"ops": ("member",)})
    assert result["chats"]["ops"]["chat_id"] == chat
    assert "is used without being recorded. The registry cannot be read" in "".join(result["warnings"])


@pytest.mark.parametrize(
    "chats", [None, "", {"https://api": None}, {"https://api": {"dingapp": {"ops": None}}}, {"https://api": {"a": []}}]
)
def test_a_damaged_registry_on_a_cluster_is_never_taken_for_none(
    controller: New, dingtalk: DingTalk, member: Cluster, chats: Any
) -> None:
    store_in_config_map(member, "chats", {"version": 2, "chats": chats})
    result = controller("a").play(OPS, clusters={"member": member}, users={"ops": ("member",)}, start_registry=False)
    assert "is corrupted" in result["msg"]
    assert dingtalk.chats() == []


@pytest.mark.parametrize("spec", [{}, {"dingtalk": {}}, {"dingtalk": {"conversation": {"chatids": ["chat 1", ""]}}}])
def test_a_receiver_without_usable_ids_has_no_chat(
    controller: New, dingtalk: DingTalk, member: Cluster, spec: Json
) -> None:
    metadata = {"name": "global-dingtalk-receiver", "labels": {"type": "global"}}
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    member.post(RECEIVERS, {**kind, "metadata": metadata, "spec": spec})
    result = controller("a").play(OPS, clusters={"member": member}, users={"ops": ("member",)})
    assert not result.get("failed"), result
    assert len(dingtalk.chats()) == 1
