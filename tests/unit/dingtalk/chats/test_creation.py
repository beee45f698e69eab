# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chat is created once, despite failures of the request, the journal and the registry."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any, Literal

import pytest
import yaml

from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster

CREATE = "/v1.0/im/group/create"
CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
New = Callable[[str], Controller]


def creations(dingtalk: DingTalk) -> int:
    return sum(call.api == CREATE for call in dingtalk.calls)


def registered(cluster: Cluster, dingtalk: DingTalk) -> dict[str, Any]:
    content = yaml.safe_load(cluster.get(CONFIG_MAP)["data"]["chats"])
    entries: dict[str, Any] = content["chats"][dingtalk.api_url]["dingapp"]
    return entries


def test_the_second_run_finds_the_chat_and_changes_nothing(controller: New, dingtalk: DingTalk) -> None:
    first, second = controller("a").run(), controller("a").run()
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["chat"]["chat_id"] == second["chat"]["chat_id"] == dingtalk.chats()[0].chatid
    assert creations(dingtalk) == 1


def test_a_checked_chat_costs_no_call_until_the_cache_expires_or_the_desired_state_changes(
    controller: New, dingtalk: DingTalk
) -> None:
    def cost(machine_name: str, later: float = 0, **desired: Any) -> int:
        machine = controller(machine_name)
        machine.clock.now += later
        return int(machine.run(cache_valid_time=3600, **desired)["calls"]["counted"])

    assert cost("a") > 0
    assert (cost("a"), cost("a", later=3599), cost("b")) == (0, 0, 0)
    dingtalk.rename(dingtalk.chats()[0].chatid, "by hand")
    assert cost("b", later=3599) == 0
    assert (cost("b", later=3600), dingtalk.chats()[0].name) == (2, "Ops")
    assert (cost("b", name="New"), dingtalk.chats()[0].name) == (2, "New")


def test_another_controller_finds_the_chat(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    first, second = controller("a").run(), controller("b").run()
    assert second["chat"]["chat_id"] == first["chat"]["chat_id"]
    assert not second["changed"]
    assert registered(cluster, dingtalk)["ops"] == {
        "generation": 1,
        "name": "Ops",
        "chat_id": first["chat"]["chat_id"],
        "open_conversation_id": first["chat"]["open_conversation_id"],
    }


def test_check_mode_creates_nothing_and_writes_nothing(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    cluster.reset_requests()
    result = controller("a").run(check_mode=True)
    assert result["changed"]
    assert result["chat"]["chat_id"] == "<ID of chat ops, once it is created>"
    assert dingtalk.chats() == []
    assert {request.verb for request in cluster.requests()} == {"get"}
    assert not controller("a").journal.exists()


@pytest.mark.parametrize("kind", ["cut_after", "status"])
def test_a_request_of_unknown_outcome_is_never_repeated(
    controller: New, dingtalk: DingTalk, kind: Literal["cut_after", "status"]
) -> None:
    dingtalk.fail(CREATE, kind=kind, when="after", status=500)
    first = controller("a").run()
    assert first["failed"]
    assert "it is unknown whether the chat 'Ops' (owner user-1) was created" in first["msg"]
    for name in ("a", "b"):
        again = controller(name).run()
        assert again["failed"]
        assert "it is unknown whether" in again["msg"]
        # all that an operator needs to find it, and both options
        assert f"{socket.gethostname()} sent the request at 2023-11-14 22:13:20 UTC and no answer" in again["msg"]
        assert """kubesphere.dingtalk.chats with -e '{"dingtalk_adopt_chats": {"ops": "chat.."}}'""" in again["msg"]
        assert "kubesphere.dingtalk.chats with -e dingtalk_forget_intents=ops" in again["msg"]
        reported = {name: again["unknown_chat"][name] for name in ("chat", "name", "owner", "time")}
        assert reported == {"chat": "ops", "name": "Ops", "owner": "user-1", "time": "2023-11-14 22:13:20 UTC"}
    assert creations(dingtalk) == 1
    assert len(dingtalk.chats()) == 1


def test_the_operator_adopts_the_chat_of_an_unknown_outcome(controller: New, dingtalk: DingTalk) -> None:
    dingtalk.fail(CREATE, kind="cut_after")
    controller("a").run()
    chat_id = dingtalk.chats()[0].chatid
    adopted = controller("b").run(chat_id=chat_id)
    assert adopted["chat"]["chat_id"] == chat_id
    assert controller("a").run()["chat"]["chat_id"] == chat_id
    assert creations(dingtalk) == 1


def test_a_definite_refusal_clears_the_intent(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    dingtalk.fail(CREATE, kind="errcode", errcode="permession.checkFailed", message="owner not visible")
    refused = controller("a").run()
    assert refused["failed"]
    assert "permession.checkFailed" in refused["msg"]
    assert "intent" not in registered(cluster, dingtalk)["ops"]
    assert not controller("b").run().get("failed")
    assert len(dingtalk.chats()) == 1


def test_an_answer_that_only_the_journal_has_is_recovered(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    first = controller("a").run()
    entry = registered(cluster, dingtalk)["ops"]
    attempt = json.loads(controller("a").journal.read_text().splitlines()[0])["attempt"]
    intent = {"attempt": attempt, "controller": "a", "time": 1.0, "name": "Ops", "owner": "user-1"}
    content = {"version": 2, "chats": {dingtalk.api_url: {"dingapp": {"ops": {"generation": 1, "intent": intent}}}}}
    cluster.patch(CONFIG_MAP, {"data": {"chats": yaml.safe_dump(content)}})
    assert controller("b").run()["failed"]
    recovered = controller("a").run()
    assert recovered["chat"]["chat_id"] == first["chat"]["chat_id"]
    assert registered(cluster, dingtalk)["ops"] == entry
    assert creations(dingtalk) == 1


def test_two_controllers_at_the_same_moment_create_one_chat(controller: New, dingtalk: DingTalk) -> None:
    pause = dingtalk.pause(CREATE, "before")
    results: dict[str, dict[str, Any]] = {}
    winner = threading.Thread(target=lambda: results.update(a=controller("a").run()))
    winner.start()
    pause.wait()
    loser = controller("b")
    results["b"] = loser.run()
    pause.release()
    winner.join()
    assert not results["a"].get("failed")
    assert results["b"]["failed"]
    assert loser.clock.slept >= 30
    assert controller("b").run()["chat"]["chat_id"] == results["a"]["chat"]["chat_id"]
    assert creations(dingtalk) == 1


def test_a_lost_answer_of_the_registry_does_not_prevent_the_creation(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("POST", ".*/configmaps.*", cut="after"))
    assert not controller("a").run().get("failed")
    assert creations(dingtalk) == 1


def test_an_unwritable_registry_creates_nothing(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("POST", ".*/configmaps.*", times=20, status=500))
    assert controller("a").run()["failed"]
    assert creations(dingtalk) == 0


def test_the_journal_has_the_id_if_the_registry_cannot_be_updated(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("PUT", ".*/configmaps.*", times=20, status=500))
    result = controller("a").run()
    chat_id = dingtalk.chats()[0].chatid
    assert result["failed"]
    assert result["chat_id"] == chat_id
    cluster.simulator.faults.clear()
    assert controller("a").run()["chat"]["chat_id"] == chat_id
    assert creations(dingtalk) == 1


def break_journal(controller: Controller) -> None:
    controller.journal.unlink()
    controller.journal.mkdir()


def test_no_id_is_lost_if_the_journal_fails_after_the_answer(
    controller: New, dingtalk: DingTalk, cluster: Cluster
) -> None:
    dingtalk.after(CREATE, lambda *_: break_journal(controller("a")))
    result = controller("a").run()
    assert not result.get("failed")
    assert registered(cluster, dingtalk)["ops"]["chat_id"] == dingtalk.chats()[0].chatid


def test_an_id_that_could_not_be_recorded_is_reported(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    assert cluster.simulator is not None
    dingtalk.after(CREATE, lambda *_: break_journal(controller("a")))
    cluster.simulator.faults.add(Fault("PUT", ".*/configmaps.*", times=20, status=500))
    result = controller("a").run()
    chat_id = dingtalk.chats()[0].chatid
    assert result["failed"]
    assert f"Set dingtalk_chats.ops.chat_id: {chat_id}, because it is stored nowhere else" in result["msg"]
    cluster.simulator.faults.clear()
    assert controller("b").run(chat_id=chat_id)["chat"]["chat_id"] == chat_id
    assert creations(dingtalk) == 1


def test_without_a_registry_nothing_is_created(controller: New, dingtalk: DingTalk) -> None:
    result = controller("a").run(registry=None)
    assert result["failed"]
    assert "Chats are created only with a registry" in result["msg"]
    assert creations(dingtalk) == 0


def test_a_registry_that_may_have_been_wiped_is_not_started_automatically(controller: New, dingtalk: DingTalk) -> None:
    result = controller("a").run(start_registry=False)
    assert result["failed"]
    assert "start_registry" in result["msg"]
    assert creations(dingtalk) == 0


def test_a_disagreement_of_inventory_and_registry_is_an_error(controller: New, dingtalk: DingTalk) -> None:
    controller("a").run()
    other = dingtalk.add_chat("Other", "user-1", ["user-1"], app="dingapp").chatid
    result = controller("a").run(chat_id=other)
    assert result["failed"]
    assert "but the registry has" in result["msg"]


def test_a_corrupted_registry_is_an_error_that_names_it(controller: New, dingtalk: DingTalk, cluster: Cluster) -> None:
    controller("a").run()
    cluster.patch(CONFIG_MAP, {"data": {"chats": "}{"}})
    result = controller("a").run()
    assert result["failed"]
    assert "The chat registry" in result["msg"]
    assert "corrupted" in result["msg"]
    assert creations(dingtalk) == 1


def test_a_torn_line_of_the_journal_is_reported_and_left_out(controller: New) -> None:
    controller("a").run()
    journal = controller("a").journal
    journal.write_text(journal.read_text() + '{"event": "ans')
    result = controller("a").run()
    assert not result.get("failed")
    [warning] = result["warnings"]
    assert warning.startswith(f"The journal {journal}, line 3: skipped an incomplete record")
    controller("a").run(key="second", name="Second")
    lines = journal.read_text().splitlines()
    assert json.loads(lines[-1])["event"] == "answer"


def test_the_journal_has_no_secret_and_is_private(controller: New) -> None:
    controller("a").run()
    journal = controller("a").journal
    assert journal.stat().st_mode & 0o777 == 0o600
    assert "the-app-secret" not in journal.read_text()
    assert [json.loads(line)["event"] for line in journal.read_text().splitlines()] == ["intent", "answer"]


def test_members_owner_name_and_settings_are_reconciled(controller: New, dingtalk: DingTalk) -> None:
    chat_id = controller("a").run()["chat"]["chat_id"]
    result = controller("a").run(
        name="Renamed", owner={"userid": "user-2"}, members=[{"userid": "user-1"}], settings={"searchable": 1}
    )
    assert result["changed"]
    chat = dingtalk.chat(chat_id)
    assert (chat.name, chat.owner, sorted(chat.members), chat.options["searchable"]) == (
        "Renamed",
        "user-2",
        ["user-1", "user-2"],
        1,
    )
    purged = controller("a").run(name="Renamed", owner={"userid": "user-2"}, purge_members=True)
    assert purged["chat"]["members"] == ["user-2"]
    assert creations(dingtalk) == 1
