# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml with the example, from the first to a steady run: written objects, and no further writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment
from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.kubernetes import RecordedRequest

SECRET = "global-dingtalk-config-secret"
RUN_ONCE = (
    "kubesphere.dingtalk.fleet_chats",
    "kubesphere.dingtalk.check_batch",
    "ansible.builtin.meta",
    "kubesphere.dingtalk.wait_for_alerting",
    "ansible.builtin.add_host",
    "kubesphere.dingtalk.run_summary",
    "kubesphere.dingtalk.verify",
)


@dataclass
class History:
    """A fleet's first run, the run after the robot was added manually, and two steady runs, one with --limit."""

    site: Environment
    first: Run
    first_stored: dict[str, dict[str, Json]]
    with_robot: Run
    robot: tuple[str, str]
    steady: Run
    steady_requests: dict[str, list[RecordedRequest]]
    steady_calls: list[Call]
    limited: Run
    limited_requests: dict[str, list[RecordedRequest]]
    limited_calls: list[Call]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with environment(tmp_path_factory.mktemp("site")) as site:
        first = site.site()
        first_stored = site.stored()
        robot = site.add_robot()
        with_robot = site.site()
        steady = site.site()
        requests, calls = site.requests, site.calls
        limited = site.site("--limit", "lab")
        yield History(
            site, first, first_stored, with_robot, robot, steady, requests, calls, limited, site.requests, site.calls
        )


def test_the_first_run_creates_each_chat_once_with_its_people(history: History) -> None:
    chats = {chat.name: chat for chat in history.site.dingtalk.chats()}
    assert len(history.site.dingtalk.chats()) == 2
    ops, lab = chats["KubeSphere 运维告警"], chats["KubeSphere lab"]
    assert (ops.owner, sorted(ops.members), ops.app) == ("user-1", ["user-1", "user-2", "user-3"], of.APP_KEY)
    assert (lab.owner, lab.members) == ("user-2", ["user-2"])


def test_the_first_run_ends_with_the_manual_steps(history: History) -> None:
    last = "\n".join(history.first.summary)
    assert "MANUAL STEPS for robot ops_robot (chat KubeSphere 运维告警)" in last
    assert "Add robot > Custom (添加机器人 > 自定义)" in last
    assert "alert, 告警" in last


def test_the_summary_is_printed_as_plain_lines_that_fit_a_terminal(history: History) -> None:
    shown = (
        history.first.stdout.partition("TASK [Print a summary of the run]")[2].partition("\nok:")[0].splitlines()[1:]
    )
    assert " ".join(" ".join(shown).split()) == " ".join(" ".join(history.first.summary).split())
    assert max(map(len, shown)) <= 120


def test_with_the_robot_there_are_no_manual_steps(history: History) -> None:
    assert "MANUAL STEPS" not in history.with_robot.stdout


def test_the_config_of_a_3_4_cluster_is_that_of_its_console(history: History) -> None:
    config = of.without_server_fields(history.site.clusters["beijing"].get(of.CONFIG.format(version="v2beta2")))
    assert config == {
        "apiVersion": "notification.kubesphere.io/v2beta2",
        "kind": "Config",
        "metadata": {"name": "default-dingtalk-config", "labels": {"type": "default"}},
        "spec": {"dingtalk": {"conversation": {"appkey": reference("appkey"), "appsecret": reference("appsecret")}}},
    }


def test_the_receiver_of_a_3_4_cluster_is_that_of_its_console(history: History) -> None:
    receiver = of.without_server_fields(history.site.clusters["beijing"].get(of.RECEIVER.format(version="v2beta2")))
    assert receiver == {
        "apiVersion": "notification.kubesphere.io/v2beta2",
        "kind": "Receiver",
        "metadata": {"name": "global-dingtalk-receiver", "labels": {"type": "global"}},
        "spec": {
            "dingtalk": {
                "enabled": True,
                "chatbot": {
                    "webhook": reference("webhook"),
                    "secret": reference("chatbotsecret"),
                    "keywords": ["alert", "告警"],
                },
                "conversation": {"chatids": [history.site.chat_id("KubeSphere 运维告警")]},
            }
        },
    }


def test_the_secret_of_a_3_4_cluster_is_that_of_its_console(history: History) -> None:
    cluster = history.site.clusters["beijing"]
    secret = of.without_server_fields(cluster.get(of.CREDENTIALS))
    labels = {"type": "global", "notification.kubesphere.io/managed": "true"}
    assert secret["metadata"] == {"name": SECRET, "namespace": "kubesphere-monitoring-federated", "labels": labels}
    assert secret["type"] == "Opaque"
    webhook, robot_secret = history.robot
    assert of.secret_texts(cluster) == {
        "appkey": of.APP_KEY,
        "appsecret": of.APP_SECRET,
        "webhook": webhook,
        "chatbotsecret": robot_secret,
    }


def test_a_3_3_cluster_has_v2beta1_objects_with_plain_references(history: History) -> None:
    lab = history.site.clusters["lab"]
    config = of.without_server_fields(lab.get(of.CONFIG.format(version="v2beta1")))
    receiver = of.without_server_fields(lab.get(of.RECEIVER.format(version="v2beta1")))
    references = {key: {"name": SECRET, "key": key} for key in ("appkey", "appsecret")}
    assert config["metadata"] == {"name": "default-dingtalk-config", "labels": {"type": "default"}}
    assert config["spec"] == {"dingtalk": {"conversation": references}}
    assert receiver["metadata"] == {"name": "global-dingtalk-receiver", "labels": {"type": "global"}}
    chat = history.site.chat_id("KubeSphere lab")
    assert receiver["spec"] == {"dingtalk": {"enabled": True, "conversation": {"chatids": [chat]}}}
    assert of.secret_texts(lab) == {"appkey": of.APP_KEY, "appsecret": of.APP_SECRET}


def test_the_3_3_objects_are_complete_in_the_newer_version(history: History) -> None:
    config = of.dingtalk_of(history.site.clusters["lab"], of.CONFIG, "v2beta2")
    assert config == {"conversation": {"appkey": reference("appkey"), "appsecret": reference("appsecret")}}


def test_each_cluster_has_its_name_for_messages(history: History) -> None:
    names = {}
    for host, cluster in history.site.clusters.items():
        options = cluster.get(of.MANAGER)["spec"]["receivers"]["options"]
        names[host] = options["global"]["cluster"]
    assert names == {"shanghai": "shanghai", "beijing": "beijing", "lab": "lab (3.3)"}


def test_other_fields_of_the_notification_manager_are_preserved(history: History) -> None:
    spec = history.site.clusters["lab"].get(of.MANAGER)["spec"]
    assert spec["receivers"]["options"]["global"]["templateFile"] == ["/etc/notification-manager/template"]
    assert spec["sidecars"]["tenant"]["type"] == "kubesphere"


def test_host_variables_override_group_variables(history: History) -> None:
    routes = {name: of.alertmanager(cluster)["route"] for name, cluster in history.site.clusters.items()}
    assert {name: route["repeat_interval"] for name, route in routes.items()} == {
        "shanghai": "2h",
        "beijing": "2h",
        "lab": "1d",
    }
    assert {name: route["group_wait"] for name, route in routes.items()} == {
        "shanghai": "30s",
        "beijing": "30s",
        "lab": "1m",
    }


def test_the_second_run_changes_nothing(history: History) -> None:
    assert history.steady.changed == {"shanghai": 0, "beijing": 0, "lab": 0}


def test_the_second_run_only_reads(history: History) -> None:
    verbs = {request.verb for requests in history.steady_requests.values() for request in requests}
    assert verbs == {"get", "list"}
    assert of.changing(history.steady_calls) == []


def test_a_new_webhook_gets_one_test_message(history: History) -> None:
    [message] = history.site.dingtalk.messages()
    assert message.text == "kubesphere.dingtalk: this robot can send messages to this chat.\nalert"


def test_the_second_run_reads_each_managed_object_once(history: History) -> None:
    for host, requests in history.steady_requests.items():
        version = "v2beta1" if host == "lab" else "v2beta2"
        managed = (of.CONFIG.format(version=version), of.RECEIVER.format(version=version), of.MANAGER)
        read = Counter(request.path for request in requests)
        assert {path: read[path] for path in (*managed, of.CREDENTIALS, of.ALERTMANAGER)} == dict.fromkeys(
            (*managed, of.CREDENTIALS, of.ALERTMANAGER), 1
        )


def test_a_steady_run_is_one_task_on_each_cluster(history: History) -> None:
    tasks = Counter(item.host for item in history.steady.results if item.action not in RUN_ONCE)
    assert tasks == {"shanghai": 1, "beijing": 1, "lab": 1}


def test_each_run_reports_the_counted_dingtalk_calls(history: History) -> None:
    assert "DingTalk calls: 1 counted against the monthly quota, 1 free" in history.with_robot.summary
    assert "DingTalk calls: 0 counted against the monthly quota, 0 free" in history.steady.summary


def test_a_steady_run_does_not_call_dingtalk(history: History) -> None:
    assert history.steady_calls == []


def test_a_limited_run_changes_nothing(history: History) -> None:
    assert history.limited.changed == {"lab": 0}
    accessed = {host for host, requests in history.limited_requests.items() if requests}
    assert accessed == {"lab", "shanghai"}  # shanghai has the registry
    assert {request.verb for requests in history.limited_requests.values() for request in requests} == {"get", "list"}
    assert of.changing(history.limited_calls) == []


def test_a_limited_run_only_reads_the_registry_on_its_cluster_and_only_once(history: History) -> None:
    assert [request.path for request in history.limited_requests["shanghai"]] == [of.CONFIG_MAP]


def test_the_last_applied_state_has_the_managed_fields_without_secrets(history: History) -> None:
    text = history.site.clusters["beijing"].get(of.CONFIG_MAP)["data"]["applied"]
    assert history.site.chat_id("KubeSphere 运维告警") in text
    assert "/data/alertmanager.yaml#/route/repeat_interval" in text
    for secret in (of.APP_SECRET, *history.robot):
        assert secret not in text


def test_only_the_registry_cluster_has_the_chats(history: History) -> None:
    keys = {name: set(cluster.get(of.CONFIG_MAP)["data"]) for name, cluster in history.site.clusters.items()}
    assert keys == {"shanghai": {"applied", "chats", "checks"}, "beijing": {"applied"}, "lab": {"applied"}}
    assert {key: entry["chat_id"] for key, entry in of.registry(history.site.clusters["shanghai"]).items()} == {
        "ops": history.site.chat_id("KubeSphere 运维告警"),
        "lab": history.site.chat_id("KubeSphere lab"),
    }


def reference(key: str) -> Json:
    """Return a credential in v2beta2."""
    return {"valueFrom": {"secretKeyRef": {"name": SECRET, "key": key}}}
