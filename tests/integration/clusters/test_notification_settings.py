# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notification settings of clusters with different and changed desired states and with unmanaged fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment
from tests.support.testbed import Cluster

BOTH = {"notification_chats": ["ops", "lab"], "notification_robot": "ops_robot"}
ROBOT = {"notification_chats": [], "notification_robot": "ops_robot"}
CHATS = {"notification_chats": ["ops"], "notification_robot": ""}
NONE: dict[str, Any] = {"notification_chats": [], "notification_robot": ""}

#: Cluster -> release, desired state of the first run, desired state of the second run
DESIRED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
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
    """A run with the first desired state, one with the second after changes by others, and a steady one."""

    site: Environment
    first: dict[str, dict[str, Json]]
    second: dict[str, dict[str, Json]]
    steady: Run

    def spec(self, time: str, host: str, kind: str = "receivers") -> Json:
        """Return ``spec.dingtalk`` of a cluster's Receiver or Config."""
        found: Json = self.object(time, host, kind)["spec"]["dingtalk"]
        return found

    def object(self, time: str, host: str, kind: str) -> Json:
        """Return a cluster's Receiver, Config or credentials."""
        return getattr(self, time)[host][PLACES[kind]]  # type: ignore[no-any-return]

    def chats(self, *names: str) -> list[str]:
        """Return the chat IDs of chat keys."""
        return [of.registry(self.site.clusters["both"])[name]["chat_id"] for name in names]


GROUP = "/apis/notification.kubesphere.io/v2beta2"
PLACES = {
    "configs": f"{GROUP}/configs//default-dingtalk-config",
    "receivers": f"{GROUP}/receivers//global-dingtalk-receiver",
    "secrets": "/api/v1/secrets/kubesphere-monitoring-federated/global-dingtalk-config-secret",
}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    wanted = {host: release for host, (release, _, _) in DESIRED.items()}
    with environment(tmp_path_factory.mktemp("settings"), wanted) as site:
        set_desired_state(site, second=False)
        site.run("chats").must()  # the robot needs its chat
        site.add_robot()
        site.site()
        first = site.stored()
        for host in SHARED:
            edit_as_others(site.clusters[host])
        set_desired_state(site, second=True)
        site.site()
        second = site.stored()
        yield History(site, first, second, site.site())


def set_desired_state(site: Environment, second: bool) -> None:
    for host, (_, before, after) in DESIRED.items():
        site.controller.vars(host, **(after if second else before))


def edit_as_others(cluster: Cluster) -> None:
    """Add an unmanaged chat, keyword, label, annotation, mail receiver and key."""
    receiver = cluster.get(of.RECEIVER.format(version="v2beta2"))
    receiver["metadata"]["labels"]["team"] = "platform"
    receiver["metadata"]["annotations"] = {"reloadtimestamp": "1700000000"}
    receiver["spec"]["dingtalk"]["conversation"]["chatids"].insert(0, "chat-of-others")
    receiver["spec"]["dingtalk"]["chatbot"]["keywords"].append("other")
    receiver["spec"]["email"] = {"to": ["ops@example.com"]}
    cluster.put(of.RECEIVER.format(version="v2beta2"), receiver)
    cluster.patch(of.CREDENTIALS, {"metadata": {"labels": {"team": "platform"}}, "stringData": {"other": "value"}})


def test_several_chats_and_a_robot_share_one_receiver(history: History) -> None:
    receiver = history.spec("first", "both")
    assert receiver["conversation"] == {"chatids": history.chats("ops", "lab")}
    assert receiver["chatbot"]["keywords"] == ["alert", "告警"]


def test_a_robot_alone_needs_neither_conversation_nor_app(history: History) -> None:
    receiver = history.spec("first", "robot")
    assert set(receiver) == {"enabled", "chatbot"}
    assert set(history.object("first", "robot", "secrets")["data"]) == {"webhook", "chatbotsecret"}


def test_without_chats_a_3_4_cluster_has_no_config(history: History) -> None:
    assert PLACES["configs"] not in history.first["robot"]


def test_without_chats_a_3_3_cluster_has_an_empty_config(history: History) -> None:
    # Without a Config, its console assumes that there are no settings.
    cluster = history.site.clusters["robot33"]
    config = history.object("first", "robot33", "configs")
    assert config["metadata"]["labels"] == {"type": "default"}
    assert "appkey" not in str(config["spec"])
    assert of.exists(cluster, of.CONFIG.format(version="v2beta1"))


def test_chats_alone_need_no_robot(history: History) -> None:
    receiver = history.spec("first", "chats")
    assert set(receiver) == {"enabled", "conversation"}
    assert set(history.object("first", "chats", "secrets")["data"]) == {"appkey", "appsecret"}


def test_disabled_notifications_retain_their_settings(history: History) -> None:
    receiver = history.spec("first", "off")
    assert receiver["enabled"] is False
    assert receiver["conversation"] == {"chatids": history.chats("ops", "lab")}


def test_enabling_again_changes_nothing_else(history: History) -> None:
    assert history.spec("second", "off") == {**history.spec("first", "off"), "enabled": True}


def test_a_selector_is_written_and_removed(history: History) -> None:
    assert history.spec("first", "filtered")["alertSelector"] == {"matchLabels": {"severity": "critical"}}
    assert "alertSelector" not in history.spec("second", "filtered")


def test_a_chat_and_a_robot_are_removed(history: History) -> None:
    assert history.spec("second", "both") == {"enabled": True, "conversation": {"chatids": history.chats("lab")}}
    assert set(history.object("second", "both", "secrets")["data"]) == {"appkey", "appsecret"}


def test_from_chats_to_a_robot_the_config_of_a_3_4_cluster_is_removed(history: History) -> None:
    assert PLACES["configs"] not in history.second["chats"]
    assert set(history.spec("second", "chats")) == {"enabled", "chatbot"}
    assert set(history.object("second", "chats", "secrets")["data"]) == {"webhook", "chatbotsecret"}


def test_from_a_robot_to_chats_the_references_of_a_3_3_cluster_are_added(history: History) -> None:
    assert set(history.spec("second", "robot33", "configs")["conversation"]) == {"appkey", "appsecret"}
    assert set(history.spec("second", "robot33")) == {"enabled", "conversation"}


@pytest.mark.parametrize("host", ["gone", "gone33"])
def test_without_desired_state_all_managed_objects_are_removed(history: History, host: str) -> None:
    assert not set(PLACES.values()) & set(history.second[host])
    assert of.exists(history.site.clusters[host], of.MANAGER)


@pytest.mark.parametrize("host", SHARED)
def test_unmanaged_fields_of_the_receiver_are_preserved(history: History, host: str) -> None:
    receiver = history.object("second", host, "receivers")
    assert receiver["metadata"]["labels"] == {"type": "global", "team": "platform"}
    assert receiver["metadata"]["annotations"] == {"reloadtimestamp": "1700000000"}
    assert receiver["spec"]["email"] == {"to": ["ops@example.com"]}
    assert receiver["spec"]["dingtalk"]["conversation"]["chatids"] == ["chat-of-others", *history.chats("lab")]
    assert receiver["spec"]["dingtalk"]["chatbot"]["keywords"] == ["alert", "告警", "other"]


@pytest.mark.parametrize("host", SHARED)
def test_unmanaged_fields_of_the_secret_are_preserved(history: History, host: str) -> None:
    secret = history.object("second", host, "secrets")
    assert secret["metadata"]["labels"]["team"] == "platform"
    assert set(secret["data"]) >= {"appkey", "appsecret", "other"}


def test_unmanaged_objects_are_unchanged(history: History) -> None:
    for host in DESIRED:
        managed = {*PLACES.values(), f"{GROUP}/notificationmanagers//notification-manager"}
        changed = {
            path
            for path in {*history.first[host], *history.second[host]}
            if history.first[host].get(path) != history.second[host].get(path)
        }
        assert {path for path in changed - managed if "/kubesphere-dingtalk" not in path} == set()


def test_another_run_changes_nothing(history: History) -> None:
    assert history.steady.changed == dict.fromkeys(DESIRED, 0)
    assert history.site.writes() == []


def test_a_robot_with_an_unmanaged_keyword_is_removed(site: Environment) -> None:
    site.site()
    site.add_robot()
    site.site()
    beijing = site.clusters["beijing"]
    receiver = beijing.get(of.RECEIVER.format(version="v2beta2"))
    receiver["spec"]["dingtalk"]["chatbot"]["keywords"].append("other")
    beijing.put(of.RECEIVER.format(version="v2beta2"), receiver)
    site.controller.vars("beijing", notification_robot="")
    site.site("--limit", "beijing")
    assert "webhook" not in str(of.dingtalk_of(beijing, of.RECEIVER, "v2beta2"))
    assert not {"webhook", "chatbotsecret"} & set(of.secret_texts(beijing))
