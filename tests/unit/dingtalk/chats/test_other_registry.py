# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two inventories with the same app, key and controller, and each with a registry of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.fixtures.chat_controller import Controller, lose_the_answer
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster, clusters

CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
NAMESPACE = "/api/v1/namespaces/kubesphere-system"
OPS: dict[str, Any] = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}}}
SECOND: dict[str, Any] = {"ops": {"name": "Second ops", "owner": {"userid": "user-2"}}}
New = Callable[[str], Controller]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Cluster]:
    """The registry cluster of the second inventory."""
    with clusters({"elsewhere": "3.4"}, tmp_path / "elsewhere") as fleet:
        yield fleet["elsewhere"]


@pytest.fixture
def second(elsewhere: Cluster, dingtalk: DingTalk, tmp_path: Path) -> Controller:
    """The second inventory, on the controller "a"."""
    return Controller(elsewhere, dingtalk, tmp_path / "a")


def replace_namespace_uid(controller: Controller, uid: str) -> None:
    """Change the UID in the journal, as if the cluster had been another one at that time."""
    lines = [json.loads(line) for line in controller.journal.read_text().splitlines()]
    text = "".join(json.dumps({**line, "registry": {**line["registry"], "uid": uid}}) + "\n" for line in lines)
    controller.journal.write_text(text)


def test_the_chat_of_another_registry_is_neither_taken_nor_renamed(
    controller: New, second: Controller, dingtalk: DingTalk, elsewhere: Cluster, cluster: Cluster
) -> None:
    first = controller("a").play(OPS)["chats"]["ops"]["chat_id"]
    for check_mode in (True, False):
        result = second.play(SECOND, check_mode=check_mode)
        assert result["failed"]
        assert f"this controller created the chat {first} ('Ops') for this key and app" in result["msg"]
        assert f"its registry is on {cluster.server}, which is not the registry of this run" in result["msg"]
        assert f"""-e '{{"dingtalk_adopt_chats": {{"ops": "{first}"}}}}'""" in result["msg"]
    [chat] = dingtalk.chats()
    assert (chat.name, chat.owner) == ("Ops", "user-1")
    assert first not in str(elsewhere.list("/api/v1/namespaces/kubesphere-system/configmaps"))


def test_both_inventories_may_have_the_same_chat_by_adoption(
    controller: New, second: Controller, dingtalk: DingTalk
) -> None:
    first = controller("a").play(OPS)["chats"]["ops"]["chat_id"]
    assert second.play(OPS, adopt={"ops": first})["chats"]["ops"]["chat_id"] == first
    assert second.play(OPS)["chats"]["ops"]["chat_id"] == first
    assert len(dingtalk.chats()) == 1


def test_both_inventories_may_have_a_chat_each(
    controller: New, second: Controller, dingtalk: DingTalk, elsewhere: Cluster, tmp_path: Path
) -> None:
    own = Controller(elsewhere, dingtalk, tmp_path / "own").play(SECOND)["chats"]["ops"]["chat_id"]
    first = controller("a").play(OPS)
    assert first["chats"]["ops"]["chat_id"] != own
    # neither is an orphan of the other registry
    for result in (second.play(SECOND), controller("a").play(OPS)):
        assert not result.get("failed"), result
        assert "warnings" not in result
    [apps] = yaml.safe_load(elsewhere.get(CONFIG_MAP)["data"]["chats"])["chats"].values()
    assert "other_chats" not in apps["dingapp"]["ops"]
    assert sorted(chat.name for chat in dingtalk.chats()) == ["Ops", "Second ops"]


def test_a_list_has_only_the_chats_of_its_registry(controller: New, second: Controller) -> None:
    controller("a").play(OPS)
    [item] = second.play(SECOND, list_chats=True)["chat_list"]
    assert (item["chat_id"], item["source"]) == ("", "")


def test_a_lost_registry_is_recovered_from_the_journal(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    first = controller("a").play(OPS)["chats"]["ops"]["chat_id"]
    cluster.delete(CONFIG_MAP)
    assert controller("a").play(OPS)["chats"]["ops"]["chat_id"] == first
    assert len(dingtalk.chats()) == 1


def test_a_registry_is_recognised_by_its_url_if_the_account_may_not_read_the_namespace(
    controller: New, second: Controller, cluster: Cluster, elsewhere: Cluster
) -> None:
    for each in (cluster, elsewhere):
        assert each.simulator is not None
        each.simulator.faults.add(Fault("GET", f"{NAMESPACE}$", times=0, status=403))
    lose_the_answer(controller("a"), cluster, OPS)
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("GET", f"{NAMESPACE}$", times=0, status=403))
    assert "uid" not in json.loads(controller("a").journal.read_text().splitlines()[-1])["registry"]
    assert second.play(SECOND)["failed"]
    assert not controller("a").play(OPS).get("failed")


def test_another_cluster_behind_the_same_url_is_another_registry(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    controller("a").play(OPS)
    replace_namespace_uid(controller("a"), "6d3f0e5a-0000-4000-8000-000000000000")
    cluster.delete(CONFIG_MAP)
    assert "which is not the registry of this run" in controller("a").play(SECOND)["msg"]
    assert [chat.name for chat in dingtalk.chats()] == ["Ops"]


def test_without_its_registry_the_chat_of_the_journal_is_not_taken(controller: New, dingtalk: DingTalk) -> None:
    controller("a").run()
    result = controller("a").run(registry=None, name="Second ops")
    assert "which is not the registry of this run" in result["msg"]
    assert [chat.name for chat in dingtalk.chats()] == ["Ops"]


def test_an_unreachable_registry_is_recognised_by_its_url(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    controller("a").run()
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("GET", ".*", times=0, cut="before"))
    result = controller("a").run(name="Renamed")
    assert not result.get("failed"), result
    assert "is used without being recorded" in "".join(result["warnings"])
    assert [chat.name for chat in dingtalk.chats()] == ["Renamed"]
