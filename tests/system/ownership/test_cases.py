# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two controllers at each request of a run, writes whose answer is lost, and inventories with a part of the hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.contributors import Contributors
from tests.support.testbed import Cluster, clusters
from tests.system.ownership.controllers import NOTHING, Controllers, Desired
from tests.system.ownership.faults import FAULTS
from tests.system.ownership.others import STATE, Person, State

WANTED = Desired((("k1", "v1"),), frozenset({"chat-1"}), "5m", True)
OTHER = Desired((("k1", "v2"), ("k2", "v1")), frozenset({"chat-1", "chat-2"}), "10m", False)
#: More requests than a run makes.
REQUESTS = range(14)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with clusters({"one": "3.4"}, tmp_path) as fleet:
        yield fleet["one"]


def assert_teardown_leaves(cluster: Cluster, left: State) -> None:
    controllers = Controllers(cluster)
    controllers.run(NOTHING)
    assert State.of(cluster) == left
    assert cluster.find(STATE) is None
    assert controllers.run(NOTHING)[1] == []


@pytest.mark.parametrize("number", REQUESTS)
@pytest.mark.parametrize("other", [WANTED, OTHER, NOTHING], ids=["same", "different", "nothing"])
def test_a_second_controller_at_any_request_loses_nothing(cluster: Cluster, other: Desired, number: int) -> None:
    left, controllers = State.of(cluster), Controllers(cluster)
    controllers.run(WANTED, {number: lambda: controllers.run(other) and None})
    controllers.run(WANTED)
    assert State.of(cluster) == WANTED.expected(left)
    assert controllers.run(WANTED)[1] == []
    assert_teardown_leaves(cluster, left)


@pytest.mark.parametrize("number", REQUESTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request_loses_nothing(cluster: Cluster, fault: str, number: int) -> None:
    left, controllers = State.of(cluster), Controllers(cluster)
    controllers.try_run(WANTED, {number: fault})
    controllers.run(OTHER)
    assert State.of(cluster) == OTHER.expected(left)
    assert controllers.run(OTHER)[1] == []
    assert_teardown_leaves(cluster, left)


@pytest.mark.parametrize("number", REQUESTS)
@pytest.mark.parametrize("edit", [("set_key", "k1", "P1"), ("add_chat", "p-chat-1"), ("set_interval", "1h")])
def test_an_edit_at_any_request_is_left(cluster: Cluster, edit: tuple[str, ...], number: int) -> None:
    person, controllers = Person(cluster), Controllers(cluster)
    controllers.run(OTHER)
    controllers.try_run(WANTED, {number: lambda: getattr(person, edit[0])(*edit[1:])})
    controllers.run(WANTED)
    assert State.of(cluster) == WANTED.expected(person.left)
    assert_teardown_leaves(cluster, person.left)


def of(host: str, *inventory: str) -> Contributors:
    return Contributors(host, in_inventory=frozenset({host, *inventory}).__contains__)


def test_what_a_host_outside_the_inventory_contributed_stays(cluster: Cluster) -> None:
    left, controllers = State.of(cluster), Controllers(cluster)
    controllers.run(Desired(chats=frozenset({"chat-1", "chat-2"})), contributors=of("east"))
    plans, _writes = controllers.run(Desired(chats=frozenset({"chat-2", "chat-3"})), contributors=of("west"))
    assert State.of(cluster).chats == {"chat-1", "chat-2", "chat-3"}
    assert plans[0].retained_for == {"east"}
    # The first host no longer wants either; the second one still wants one of them.
    controllers.run(Desired(chats=frozenset({"chat-4"})), contributors=of("east"))
    assert State.of(cluster).chats == {"chat-2", "chat-3", "chat-4"}
    plans, _writes = controllers.run(NOTHING, contributors=of("west"))
    assert State.of(cluster).chats == {"chat-4"}
    assert plans[0].retained_for == {"east"}
    assert controllers.run(NOTHING, contributors=of("west"))[1] == []
    controllers.run(NOTHING, contributors=of("west", "east"))
    assert State.of(cluster) == left
    assert cluster.find(STATE) is None


def test_of_two_inventories_the_last_one_decides_about_a_value(cluster: Cluster) -> None:
    left, controllers = State.of(cluster), Controllers(cluster)
    controllers.run(Desired(interval="5m"), contributors=of("east"))
    plans, _writes = controllers.run(Desired(interval="10m"), contributors=of("west"))
    assert State.of(cluster).interval == "10m"
    assert dict(plans[0].overruled) == {"/data/alertmanager.yaml#/route/repeat_interval": {"east"}}
    controllers.run(NOTHING, contributors=of("west"))
    assert State.of(cluster) == left


def test_a_renamed_host_keeps_what_it_wants(cluster: Cluster) -> None:
    left, controllers = State.of(cluster), Controllers(cluster)
    controllers.run(WANTED, contributors=of("east"))
    plans, _writes = controllers.run(WANTED, contributors=of("new-east"))
    assert not any(plan.retained_for or plan.overruled for plan in plans)
    assert controllers.run(WANTED, contributors=of("new-east"))[1] == []
    controllers.run(NOTHING, contributors=of("new-east", "east"))
    assert State.of(cluster) == left


def test_many_hosts_with_the_same_desired_state_are_recorded_once(cluster: Cluster) -> None:
    hosts = frozenset(f"member-{number}" for number in range(200))
    fields = {
        "Receiver.notification.kubesphere.io/global-dingtalk-receiver": {
            "/spec/dingtalk/conversation/chatids/[=chat-1]": hosts
        }
    }
    Controllers(cluster).run(WANTED, contributors=Contributors("host", fields))
    record = (cluster.find(STATE) or {})["data"]["applied"]
    assert record.count("member-199") == 1
    assert len(json.loads(record)["apply_sets"]["set"]) == 3


def test_a_teardown_leaves_no_pending_write_of_a_killed_run(cluster: Cluster) -> None:
    person, controllers = Person(cluster), Controllers(cluster)
    controllers.run(WANTED)
    person.add_chat("p-chat-1")
    controllers.run(NOTHING)
    killed_before_the_first_write = 8
    controllers.try_run(WANTED, {killed_before_the_first_write: "killed before"})
    assert_teardown_leaves(cluster, person.left)
