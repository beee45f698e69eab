# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster's notification settings become as wishes differ, change, and meet those of other people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Json, Surroundings, surroundings
from tests.support.testbed import Cluster

BOTH = {"notification_chats": ["ops", "lab"], "notification_robot": "ops_robot"}
ROBOT = {"notification_chats": [], "notification_robot": "ops_robot"}
CHATS = {"notification_chats": ["ops"], "notification_robot": ""}
NONE: dict[str, Any] = {"notification_chats": [], "notification_robot": ""}

#: cluster -> release, wishes of the first run, wishes of the second
WISHES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "both": ("3.4", BOTH, {**CHATS, "notification_chats": ["lab"]}),
    "robot": ("3.4", ROBOT, ROBOT),
    "robot33": ("3.3", ROBOT, CHATS),
    "chats": ("3.4", CHATS, ROBOT),
    "gone": ("3.4", CHATS, NONE),
    "gone33": ("3.3", CHATS, NONE),
    "off": ("3.4", {**BOTH, "notification_enabled": False}, {**BOTH, "notification_enabled": True}),
    "shared": ("3.4", BOTH, {**BOTH, "notification_chats": ["lab"]}),
    "shared33": ("3.3", BOTH, {**BOTH, "notification_chats": ["lab"]}),
    "filtered": (
        "3.4",
        {**CHATS, "notification_alert_selector": {"matchLabels": {"severity": "critical"}}},
        {**CHATS, "notification_alert_selector": {}},
    ),
}
SHARED = ("shared", "shared33")


@dataclass
class History:
    """A run with the first wishes, one with the second after others changed objects too, and a steady one."""

    site: Surroundings
    first: dict[str, dict[str, Json]]
    second: dict[str, dict[str, Json]]
    steady: Run

    def spec(self, time: str, host: str, kind: str = "receivers") -> Json:
        """``spec.dingtalk`` of a cluster's Receiver or Config."""
        found: Json = self.object(time, host, kind)["spec"]["dingtalk"]
        return found

    def object(self, time: str, host: str, kind: str) -> Json:
        """A cluster's Receiver, Config or credentials."""
        return getattr(self, time)[host][PLACES[kind]]  # type: ignore[no-any-return]

    def chats(self, *names: str) -> list[str]:
        """Chat keys -> chat IDs."""
        return [of.registry(self.site.clusters["both"])[name]["chat_id"] for name in names]


GROUP = "/apis/notification.kubesphere.io/v2beta2"
PLACES = {
    "configs": f"{GROUP}/configs//default-dingtalk-config",
    "receivers": f"{GROUP}/receivers//global-dingtalk-receiver",
    "secrets": "/api/v1/secrets/kubesphere-monitoring-federated/global-dingtalk-config-secret",
}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    wanted = {host: release for host, (release, _, _) in WISHES.items()}
    with surroundings(tmp_path_factory.mktemp("settings"), wanted) as site:
        set_wishes(site, second=False)
        site.run("chats").must()  # the robot needs its chat
        site.add_robot()
        site.site()
        first = site.stored()
        for host in SHARED:
            feed_as_somebody_else(site.clusters[host])
        set_wishes(site, second=True)
        site.site()
        second = site.stored()
        yield History(site, first, second, site.site())


def set_wishes(site: Surroundings, second: bool) -> None:
    for host, (_, before, after) in WISHES.items():
        site.controller.vars(host, **(after if second else before))


def feed_as_somebody_else(cluster: Cluster) -> None:
    """Add a chat, a keyword, a label, an annotation, a mail receiver and a key, as other people would."""
    receiver = cluster.get(of.RECEIVER.format(version="v2beta2"))
    receiver["metadata"]["labels"]["team"] = "platform"
    receiver["metadata"]["annotations"] = {"reloadtimestamp": "1700000000"}
    receiver["spec"]["dingtalk"]["conversation"]["chatids"].insert(0, "chat-of-others")
    receiver["spec"]["dingtalk"]["chatbot"]["keywords"].append("theirs")
    receiver["spec"]["email"] = {"to": ["ops@example.com"]}
    cluster.put(of.RECEIVER.format(version="v2beta2"), receiver)
    cluster.patch(of.CREDENTIALS, {"metadata": {"labels": {"team": "platform"}}, "stringData": {"theirs": "value"}})


def test_several_chats_and_a_robot_stand_in_one_receiver(history: History) -> None:
    receiver = history.spec("first", "both")
    assert receiver["conversation"] == {"chatids": history.chats("ops", "lab")}
    assert receiver["chatbot"]["keywords"] == ["alert", "告警"]


def test_a_robot_alone_needs_neither_conversation_nor_app(history: History) -> None:
    receiver = history.spec("first", "robot")
    assert set(receiver) == {"enabled", "chatbot"}
    assert set(history.object("first", "robot", "secrets")["data"]) == {"webhook", "chatbotsecret"}


def test_without_chats_a_3_4_cluster_gets_no_config(history: History) -> None:
    assert PLACES["configs"] not in history.first["robot"]


def test_without_chats_a_3_3_cluster_gets_an_empty_config(history: History) -> None:
    # its console takes the absence of a Config for a first set-up
    cluster = history.site.clusters["robot33"]
    config = history.object("first", "robot33", "configs")
    assert config["metadata"]["labels"] == {"type": "default"}
    assert "appkey" not in str(config["spec"])
    assert of.exists(cluster, of.CONFIG.format(version="v2beta1"))


def test_chats_alone_need_no_robot(history: History) -> None:
    receiver = history.spec("first", "chats")
    assert set(receiver) == {"enabled", "conversation"}
    assert set(history.object("first", "chats", "secrets")["data"]) == {"appkey", "appsecret"}


def test_what_is_switched_off_keeps_its_settings(history: History) -> None:
    receiver = history.spec("first", "off")
    assert receiver["enabled"] is False
    assert receiver["conversation"] == {"chatids": history.chats("ops", "lab")}


def test_switched_on_again_nothing_else_changes(history: History) -> None:
    assert history.spec("second", "off") == {**history.spec("first", "off"), "enabled": True}


def test_a_filter_is_written_and_taken_back(history: History) -> None:
    assert history.spec("first", "filtered")["alertSelector"] == {"matchLabels": {"severity": "critical"}}
    assert "alertSelector" not in history.spec("second", "filtered")


def test_a_chat_no_longer_wished_goes_and_so_does_the_robot(history: History) -> None:
    assert history.spec("second", "both") == {"enabled": True, "conversation": {"chatids": history.chats("lab")}}
    assert set(history.object("second", "both", "secrets")["data"]) == {"appkey", "appsecret"}


def test_from_chats_to_a_robot_a_3_4_cluster_loses_its_config(history: History) -> None:
    assert PLACES["configs"] not in history.second["chats"]
    assert set(history.spec("second", "chats")) == {"enabled", "chatbot"}
    assert set(history.object("second", "chats", "secrets")["data"]) == {"webhook", "chatbotsecret"}


def test_from_a_robot_to_chats_a_3_3_cluster_gets_its_references(history: History) -> None:
    assert set(history.spec("second", "robot33", "configs")["conversation"]) == {"appkey", "appsecret"}
    assert set(history.spec("second", "robot33")) == {"enabled", "conversation"}


@pytest.mark.parametrize("host", ["gone", "gone33"])
def test_without_any_wish_our_objects_go(history: History, host: str) -> None:
    assert not set(PLACES.values()) & set(history.second[host])
    assert of.exists(history.site.clusters[host], of.MANAGER)


@pytest.mark.parametrize("host", SHARED)
def test_what_others_put_into_the_receiver_survives(history: History, host: str) -> None:
    receiver = history.object("second", host, "receivers")
    assert receiver["metadata"]["labels"] == {"type": "global", "team": "platform"}
    assert receiver["metadata"]["annotations"] == {"reloadtimestamp": "1700000000"}
    assert receiver["spec"]["email"] == {"to": ["ops@example.com"]}
    assert receiver["spec"]["dingtalk"]["conversation"]["chatids"] == ["chat-of-others", *history.chats("lab")]
    assert receiver["spec"]["dingtalk"]["chatbot"]["keywords"] == ["alert", "告警", "theirs"]


@pytest.mark.parametrize("host", SHARED)
def test_what_others_put_into_the_secret_survives(history: History, host: str) -> None:
    secret = history.object("second", host, "secrets")
    assert secret["metadata"]["labels"]["team"] == "platform"
    assert set(secret["data"]) >= {"appkey", "appsecret", "theirs"}


def test_nobody_elses_objects_changed(history: History) -> None:
    for host in WISHES:
        ours = {*PLACES.values(), f"{GROUP}/notificationmanagers//notification-manager"}
        changed = {
            path
            for path in {*history.first[host], *history.second[host]}
            if history.first[host].get(path) != history.second[host].get(path)
        }
        assert {path for path in changed - ours if "/kubesphere-dingtalk" not in path} == set()


def test_the_same_wishes_again_change_nothing(history: History) -> None:
    assert history.steady.changed == dict.fromkeys(WISHES, 0)
    assert history.site.writes() == []


def test_a_robot_goes_although_others_put_a_keyword_beside_ours(site: Surroundings) -> None:
    site.site()
    site.add_robot()
    site.site()
    beijing = site.clusters["beijing"]
    receiver = beijing.get(of.RECEIVER.format(version="v2beta2"))
    receiver["spec"]["dingtalk"]["chatbot"]["keywords"].append("theirs")
    beijing.put(of.RECEIVER.format(version="v2beta2"), receiver)
    site.controller.vars("beijing", notification_robot="")
    site.site("--limit", "beijing")
    assert "webhook" not in str(of.dingtalk_of(beijing, of.RECEIVER, "v2beta2"))
    assert not {"webhook", "chatbotsecret"} & set(of.secret_texts(beijing))
