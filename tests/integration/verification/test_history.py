# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test alert is sent as a message, and read back from the notification history of KubeSphere 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import Expectations, ExpectedReceiver
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import cluster_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import verify as verification
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.verify import VerifiedFleet, run_verify
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.history import TIMEOUT
from tests.support.fixtures.dingtalk import FakeClock
from tests.support.inprocess import apply_features, run
from tests.support.plays.environment import APP_KEY, APP_SECRET, simulator
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import Fault
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.testbed import Cluster, ClusterSpec, clusters
from tests.support.testbed.stand_ins.alertmanager import AlertmanagerApi
from tests.support.testbed.stand_ins.notification_history import (
    NAMESPACE,
    NotificationHistory,
    install,
    switch,
    uninstall,
)
from tests.support.testbed.stand_ins.notifying import notifying

Json = dict[str, Any]
USER, PASSWORD = "operator", "planted-password-of-kubesphere"
RECEIVERS = "/apis/notification.kubesphere.io/v2beta2/receivers"
MAIL: Json = {
    **{"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"},
    "metadata": {"name": "mail", "labels": {"type": "global"}},
    "spec": {"email": {"enabled": True, "to": ["oncall@example.com"]}},
}


@dataclass
class Place:
    """Hosts with working settings: ``four`` with the history of KubeSphere 4, ``three`` of 3.4."""

    dingtalk: DingTalk
    fleet: dict[str, Cluster]
    api: KubeSphereApi
    chat_id: str
    history: NotificationHistory
    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    alertmanager: AlertmanagerApi = field(init=False)
    seen: int = 0

    def run(self, host: str = "four", check_mode: bool = False, api: bool = False, **options: Any) -> Json:
        """Run ``verify`` with the history for one host; ``api``: whether it has an account for KubeSphere's API."""
        defaults = {name: option.get("default") for name, option in cluster_spec().options.items()}
        user = {"api_username": USER, "api_password": PASSWORD} if api else {}
        access = {**defaults, "kubeconfig": str(self.fleet[host].kubeconfig), **user}
        receiver = ExpectedReceiver(
            "global-dingtalk-receiver", {self.chat_id: "ops"}, "oncall", config="default-dingtalk-config"
        )
        fleet = VerifiedFleet({host: access}, lambda _host, _facts: Expectations((receiver,)), {self.chat_id})
        task_options = {
            **{"cache": False, "state_path": str(self.folder / "state"), "app_key": APP_KEY},
            **{"app_secret": APP_SECRET, "history": True, **options},
        }
        flow = Operation(verification.OPERATION.spec, lambda task: run_verify(task, fleet))
        return run(flow, task_options, check_mode, self.clock)

    @property
    def alerts(self) -> list[str]:
        """The texts of the test alert in the chat: those of test messages have the host as label ``cluster``."""
        texts = [message.text for message in self.dingtalk.messages(self.chat_id)[self.seen :]]
        return [text for text in texts if "cluster: in-alerts" in text]


def proof(result: Json, host: str = "four") -> Json:
    found: Json = result["clusters"][host]["history"]
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("history")
    (folder / "dingtalk").mkdir()
    specs: dict[str, str | ClusterSpec] = {"four": ClusterSpec("4.1", "host"), "three": "3.4"}
    with DingTalk(folder / "dingtalk") as dingtalk, clusters(specs, folder / "fleet") as fleet:
        dingtalk.add_user("13800000001", userid="user-1")
        dingtalk.add_app(APP_KEY, APP_SECRET)
        chat_id = dingtalk.add_chat("Ops", "user-1", app=APP_KEY).chatid
        webhook = dingtalk.add_custom_robot(chat_id, "kubesphere", keywords=["alert"])
        variables: Json = {
            "dingtalk_app_key": APP_KEY,
            "dingtalk_app_secret": APP_SECRET,
            "dingtalk_legacy_api_url": dingtalk.legacy_api_url,
            "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": chat_id}},
            "dingtalk_robots": {"oncall": {"chat": "ops", "webhook": webhook, "keywords": ["alert"]}},
            "notification_chats": ["ops"],
            "notification_robot": "oncall",
            # Unlike test messages, alerts have this name.
            "notification_cluster_name": "in-alerts",
        }
        for name, cluster in fleet.items():
            options = {"kubeconfig": str(cluster.kubeconfig), "features": ["notification"]}
            result = apply_features(options, {"inventory_hostname": name, **variables})
            assert not result.get("failed"), result["msg"]
        history = NotificationHistory()
        install(fleet["four"], history)
        with KubeSphereApi(fleet["four"], USER, PASSWORD, "", ["four"]) as api:
            yield Place(dingtalk, fleet, api, chat_id, history, folder)


@pytest.fixture
def place(installed: Place) -> Iterator[Place]:
    """The hosts without messages and faults; the clock of the runs is also that of Alertmanager's groups."""
    states = {name: simulator(cluster).store.snapshot() for name, cluster in installed.fleet.items()}
    installed.history.reset()
    installed.dingtalk.clock.advance(120)  # DingTalk limits the messages of a minute
    installed.clock = FakeClock()
    installed.seen = len(installed.dingtalk.messages(installed.chat_id))
    with notifying(installed.fleet, installed.dingtalk) as programs:
        installed.alertmanager = programs["four"].alertmanager
        programs["four"].manager.history = installed.history.write
        installed.clock.passing = installed.alertmanager.advance
        yield installed
    installed.api.history = None
    installed.dingtalk.heal()
    for name, cluster in installed.fleet.items():
        simulator(cluster).faults.clear()
        simulator(cluster).store.restore(states[name])


def test_an_alert_that_was_sent_is_delivered_and_no_second_message_follows(place: Place) -> None:
    result = place.run()
    assert not result.get("failed"), result["msg"]
    found = proof(result)
    assert (found["result"], found["cause"], found["finding"]) == ("delivered", "", "")
    assert found["time"].endswith(" UTC")
    alert = result["clusters"]["four"]["alert"]
    assert (alert["result"], alert["second_message"]) == ("delivered", "")
    assert len(place.alerts) == 2  # to the chat, and through its robot
    place.alertmanager.advance(3600)
    assert len(place.alerts) == 2
    [query] = place.history.queries[-1:]
    assert query["alertname"][0].startswith("KubeSphereDingTalkTest-four-")


def test_without_the_silence_a_second_message_would_follow(place: Place) -> None:
    place.run()
    place.alertmanager.silences.clear()
    place.alertmanager.advance(3600)
    assert len(place.alerts) == 4


def test_each_chat_is_charged_for_one_more_message(place: Place) -> None:
    assert place.run(history=False)["calls"]["by_endpoint"]["POST /chat/send"] == 1
    assert place.run()["calls"]["by_endpoint"]["POST /chat/send"] == 2


def test_an_alert_is_awaited_until_it_is_listed(place: Place) -> None:
    place.history.slow = 4
    assert proof(place.run())["result"] == "delivered"
    assert len(place.history.queries) == 6  # one before it was sent


def test_an_alert_that_is_not_listed_in_time_is_unknown(place: Place) -> None:
    place.history.slow = 1000
    result = place.run()
    found = proof(result)
    assert not result.get("failed")
    assert (found["result"], found["finding"], found["time"]) == ("unknown", "KD705", "")
    assert f"does not list the test alert after {TIMEOUT} s" in found["cause"]
    assert "vector" in found["cure"]
    assert len(place.alerts) == 2
    assert TIMEOUT <= sum(place.clock.slept) < TIMEOUT + 60


def test_a_history_that_fails_meanwhile_is_named(place: Place) -> None:
    def fail(seconds: float) -> None:
        place.alertmanager.advance(seconds)
        place.history.status = 500 if place.history.alerts else 200

    place.clock.passing = fail
    found = proof(place.run())
    assert (found["result"], found["finding"]) == ("unknown", "KD705")
    assert found["cause"].endswith("its last answer: HTTP status 500")


def test_an_alert_that_dingtalk_refuses_is_not_delivered(place: Place) -> None:
    for api in ("/robot/send", "/chat/send"):
        place.dingtalk.fail(api, kind="errcode", times=None, errcode=310000, message="sign not match")
    result = place.run()
    assert result["failed"]  # the test messages
    found = proof(result)
    assert (found["result"], found["finding"]) == ("unknown", "KD705")
    assert place.history.alerts == []


def assert_not_tried(place: Place, found: Json, cause: str, finding: str = "") -> None:
    assert (found["result"], found["finding"]) == ("not tried", finding)
    assert cause in found["cause"]
    place.alertmanager.advance(3600)
    assert place.alerts == []
    assert place.alertmanager.silences == []
    assert place.history.alerts == []


def test_without_the_option_nothing_is_searched(place: Place) -> None:
    assert_not_tried(place, proof(place.run(history=False)), "verify_history is false")
    assert place.history.queries == []


def test_in_check_mode_nothing_is_searched(place: Place) -> None:
    assert_not_tried(place, proof(place.run(check_mode=True)), "check mode")
    assert place.history.queries == []


@pytest.mark.parametrize("is_disabled", [False, True])
def test_a_history_that_is_off_is_not_searched(place: Place, is_disabled: bool) -> None:
    cluster = place.fleet["four"]
    switch(cluster, is_on=is_disabled, enabled=False)
    found = proof(place.run())
    assert_not_tried(place, found, "the notification history is off")
    assert "notification-history.enabled: true" in found["cure"]
    assert place.history.queries == []


def test_before_kubesphere_4_there_is_no_history(place: Place) -> None:
    assert_not_tried(place, proof(place.run("three"), "three"), "KubeSphere 3.4 has no notification history")


def test_without_the_extension_nothing_is_sent(place: Place) -> None:
    uninstall(place.fleet["four"])
    found = proof(place.run())
    assert_not_tried(place, found, "whizard-telemetry is not installed")


def test_a_missing_permission_is_named_and_nothing_is_sent(place: Place) -> None:
    simulator(place.fleet["four"]).faults.add(Fault("GET", NAMESPACE, times=0, status=403))
    found = proof(place.run())
    assert_not_tried(place, found, "may not get services/proxy whizard-telemetry-apiserver:80", "KD303")


@pytest.mark.parametrize("is_installed", [True, False])
def test_kubesphere_api_is_asked_where_the_service_proxy_is_refused_or_missing(
    place: Place, is_installed: bool
) -> None:
    place.api.history = place.history.answer
    if is_installed:
        simulator(place.fleet["four"]).faults.add(Fault("GET", NAMESPACE, times=0, status=403))
    else:
        uninstall(place.fleet["four"])
    assert proof(place.run(api=True))["result"] == "delivered"
    assert len(place.alerts) == 2


def test_a_user_whom_kubesphere_api_refuses_is_named(place: Place) -> None:
    simulator(place.fleet["four"]).faults.add(Fault("GET", NAMESPACE, times=0, status=403))
    simulator(place.fleet["four"]).faults.add(Fault("GET", "ks-apiserver", times=0, status=403, message="no role"))
    found = proof(place.run(api=True))
    assert (found["result"], place.alerts) == ("not tried", [])
    assert PASSWORD not in str(found)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>no</html>"), (200, b"[1]"), (200, b'{"message": "no"}'), (500, b"no opensearch"), (302, b"")],
)
def test_a_history_with_another_answer_is_not_used(place: Place, status: int, body: bytes) -> None:
    place.history.status, place.history.body = status, body
    assert_not_tried(place, proof(place.run()), "the notification history cannot be searched", "KD705")


def test_a_budget_that_is_used_up_keeps_the_alert_back(place: Place) -> None:
    result = place.run(call_budget=1)  # the test message
    assert_not_tried(place, proof(result), "the budget of 1 counted calls is used up", "")
    assert result["clusters"]["four"]["alert"]["result"] == "delivered"


def test_an_alert_that_others_would_get_is_not_sent(place: Place) -> None:
    place.fleet["four"].post(RECEIVERS, MAIL)
    result = place.run()
    assert_not_tried(place, proof(result), "no test alert is posted")
    assert result["clusters"]["four"]["alert"]["finding"] == "KD704"
    assert place.alertmanager.posted == []
    assert proof(place.run(allow_others=True))["result"] == "delivered"


def test_an_alert_that_alertmanager_suppresses_is_not_looked_for(place: Place) -> None:
    place.alertmanager.state = "suppressed"
    result = place.run()
    assert result["failed"]
    assert proof(result)["result"] == "not tried"
    assert len(place.history.queries) == 1
