# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify.yml on clusters of several releases: what arrives, and what it says of what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, environment, simulator
from tests.support.simulators.kubernetes import Fault
from tests.support.simulators.notification_manager import NotificationManager
from tests.support.testbed import ClusterSpec
from tests.support.testbed.stand_ins.alertmanager import AlertmanagerApi
from tests.support.testbed.stand_ins.notification_history import NotificationHistory, install, switch
from tests.support.testbed.stand_ins.notifying import notifying

Json = dict[str, Any]
#: Inventory host -> its cluster. The first three share a chat and a robot, the last has a chat of its own.
CLUSTERS: dict[str, str | ClusterSpec] = {
    "shanghai": "3.4",
    "suzhou": "3.2",
    "hangzhou": ClusterSpec("4.1", "host"),
    "canton": "3.1",
}
SHARING = ("shanghai", "suzhou", "hangzhou")
OPS, CANTON = "KubeSphere 运维告警", "KubeSphere canton"
TEST = "/notification-manager-svc:19093/proxy"
WRONG_SECRET = "SEC" + "0" * 64


@dataclass
class Verified:
    """Clusters with the settings of site.yml, and the programs that use them."""

    site: Environment
    alertmanagers: dict[str, AlertmanagerApi]
    managers: dict[str, NotificationManager]
    webhook: str = field(repr=False)
    secret: str = field(repr=False)
    #: The number of messages before a test.
    seen: int = 0

    def verify(self, *arguments: str, **variables: Any) -> Run:
        extra = ["--extra-vars", json.dumps(variables)] if variables else []
        return self.site.run("verify", *arguments, *extra)

    def texts(self, chat: str) -> list[str]:
        chat_id = self.site.chat_id(chat)
        return [message.text for message in self.site.dingtalk.messages()[self.seen :] if message.chatid == chat_id]

    def posts(self, host: str) -> list[str]:
        """Return the tests that notification-manager was asked for in the last run."""
        return [item.path for item in self.site.requests[host] if item.method == "POST" and TEST in item.path]


def result_of(run: Run) -> Json:
    """Return the result of the task ``verify``."""
    return run.one("verify")


def targets(run: Run, host: str) -> dict[str, str]:
    """Return key -> result of the chats and robots of a cluster."""
    return {item["key"]: item["result"] for item in result_of(run)["clusters"][host]["targets"]}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verified]:
    with environment(tmp_path_factory.mktemp("verify"), CLUSTERS) as site, ExitStack() as stack:
        person = {"mobile": "13800000001"}
        chats = {"ops": {"name": OPS, "owner": person}, "canton": {"name": CANTON, "owner": person}}
        site.controller.vars("all", dingtalk_chats=chats, kubesphere_features=["notification"])
        site.controller.vars("canton", notification_chats=["canton"], notification_robot="")
        site.site()
        webhook, secret = site.add_robot()
        site.site()
        programs = stack.enter_context(notifying(site.clusters, site.dingtalk, {"canton": 1.0}))
        alertmanagers = {name: item.alertmanager for name, item in programs.items()}
        managers = {name: item.manager for name, item in programs.items()}
        found = Verified(site, alertmanagers, managers, webhook, secret)
        # On 3.1, the test alert is the message, which is sent after this time.
        config = of.alertmanager(site.clusters["canton"])
        config["route"]["group_wait"] = "1s"
        of.set_alertmanager(site.clusters["canton"], yaml.safe_dump(config))
        yield found


@pytest.fixture
def clean(fleet: Verified) -> Iterator[Verified]:
    """The fleet without messages and faults."""
    for name, cluster in fleet.site.clusters.items():
        simulator(cluster).faults.clear()
        fleet.alertmanagers[name].posted.clear()
        fleet.alertmanagers[name].silences.clear()
        fleet.managers[name].deliveries.clear()
    fleet.seen = len(fleet.site.dingtalk.messages())
    yield fleet
    for cluster in fleet.site.clusters.values():
        simulator(cluster).faults.clear()
    fleet.site.controller.vars("all", vault_ops_robot_secret=fleet.secret)


def test_check_mode_sends_nothing(clean: Verified) -> None:
    run = clean.verify("--check").must()
    assert len(clean.site.dingtalk.messages()) == clean.seen
    assert not [item for requests in clean.site.requests.values() for item in requests if item.method == "POST"]
    assert targets(run, "shanghai") == {"ops": "not tried", "ops_robot": "not tried"}
    assert "check mode; a test message would be sent" in run.prose


def test_each_chat_and_robot_gets_one_message(clean: Verified) -> None:
    run = clean.verify().must()
    assert targets(run, "shanghai") == {"ops": "delivered", "ops_robot": "delivered"}
    for other in ("suzhou", "hangzhou"):
        assert targets(run, other) == {"ops": "not tried", "ops_robot": "not tried"}
        assert clean.posts(other) == []
    assert targets(run, "canton") == {"canton": "unknown"}
    assert "one message per run is enough; shanghai sends it" in run.prose
    texts = clean.texts(OPS)
    assert len(texts) == 2  # to the chat, and through its robot
    assert all("TEST: cluster shanghai, 20" in text for text in texts)
    [text] = clean.texts(CANTON)
    assert "TEST: cluster canton, 20" in text


def test_the_alert_is_seen_on_every_cluster_and_sent_on_the_oldest_only(clean: Verified) -> None:
    run = clean.verify().must()
    for host in CLUSTERS:
        alert = result_of(run)["clusters"][host]["alert"]
        assert (alert["result"], alert["receivers"], alert["second_message"]) == ("delivered", ["prometheus"], "")
        first, *later = clean.alertmanagers[host].posted
        assert "endsAt" not in first
        assert later
        assert all(item["labels"] == first["labels"] and item["endsAt"] for item in later)
    assert [len(clean.alertmanagers[host].silences) > 0 for host in CLUSTERS] == [False, False, False, True]


def test_messages_are_charged_to_the_budget(clean: Verified) -> None:
    run = clean.verify(dingtalk_call_budget=0, verify_each_cluster=True).must()
    assert targets(run, "shanghai") == {"ops": "not tried", "ops_robot": "delivered"}
    assert "the budget of 0 counted calls is used up" in run.prose
    assert clean.texts(CANTON) == []


def test_each_cluster_sends_on_request(clean: Verified) -> None:
    run = clean.verify(verify_each_cluster=True).must()
    assert all(targets(run, host) == {"ops": "delivered", "ops_robot": "delivered"} for host in SHARING)
    assert len(clean.texts(OPS)) == 2 * len(SHARING)


@pytest.mark.parametrize("host", SHARING)
def test_a_wrong_signing_secret_is_refused_with_the_reason_of_dingtalk(clean: Verified, host: str) -> None:
    clean.site.controller.vars("all", vault_ops_robot_secret=WRONG_SECRET)
    clean.site.site("--limit", host, "--extra-vars", "dingtalk_verify_robots=never")
    run = clean.verify("--limit", host)
    assert run.returncode
    assert targets(run, host) == {"ops": "delivered", "ops_robot": "refused"}
    assert "DingTalk returned 310000: sign not match" in run.prose
    assert "The secret of the robot is wrong" in run.prose
    assert "KD701" in run.prose
    remembered = [path.read_text() for path in clean.site.controller.journal().glob("verified-*.json")]
    assert any("DingTalk returned 310000: sign not match" in text for text in remembered)
    for hidden in (WRONG_SECRET, clean.webhook, clean.webhook.partition("access_token=")[2]):
        assert [text for text in (run.output, *remembered) if hidden in text] == []
    clean.site.controller.vars("all", vault_ops_robot_secret=clean.secret)
    clean.site.site("--limit", host)


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_message_that_was_cut_is_unknown_and_not_sent_again(clean: Verified, cut: str) -> None:
    simulator(clean.site.clusters["shanghai"]).faults.add(Fault("POST", TEST, times=0, cut=cut))
    run = clean.verify().must()
    assert targets(run, "shanghai") == {"ops": "unknown", "ops_robot": "unknown"}
    assert len(clean.posts("shanghai")) == 2
    assert all(clean.posts(host) == [] for host in ("suzhou", "hangzhou"))


def test_the_next_cluster_proves_what_the_first_certainly_did_not_send(clean: Verified) -> None:
    simulator(clean.site.clusters["shanghai"]).faults.add(Fault("POST", TEST, times=0, status=403))
    run = clean.verify().must()
    assert targets(run, "shanghai") == {"ops": "not tried", "ops_robot": "not tried"}
    assert "the account may not create services/proxy notification-manager-svc:19093" in run.prose
    assert targets(run, "suzhou") == {"ops": "delivered", "ops_robot": "delivered"}


def test_a_chat_of_a_disabled_receiver_gets_no_message(clean: Verified) -> None:
    cluster, path = clean.site.clusters["shanghai"], of.RECEIVER.format(version="v2beta2")
    cluster.patch(path, {"spec": {"dingtalk": {"enabled": False}}})
    try:
        run = clean.verify("--limit", "shanghai").must()
    finally:
        cluster.patch(path, {"spec": {"dingtalk": {"enabled": True}}})
    assert targets(run, "shanghai") == {"ops": "not tried", "ops_robot": "not tried"}
    assert "Receiver global-dingtalk-receiver: is disabled" in run.output
    assert clean.texts(OPS) == []


def test_an_alert_that_others_would_get_is_not_posted(clean: Verified) -> None:
    path = "/apis/notification.kubesphere.io/v2beta2/receivers"
    mail: Json = {"email": {"enabled": True, "to": ["oncall@example.com"]}}
    manifest = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver", "spec": mail}
    cluster = clean.site.clusters["suzhou"]
    cluster.post(path, {**manifest, "metadata": {"name": "mail", "labels": {"type": "global"}}})
    try:
        run = clean.verify("--limit", "suzhou").must()
        proof = result_of(run)["clusters"]["suzhou"]["alert"]
        assert (proof["result"], proof["finding"]) == ("not tried", "KD704")
        assert "the test alert would also reach Receiver mail of notification-manager (email)" in run.prose
        assert targets(run, "suzhou") == {"ops": "delivered", "ops_robot": "delivered"}
        assert clean.alertmanagers["suzhou"].posted == []
        run = clean.verify("--limit", "suzhou", verify_allow_others=True).must()
        assert result_of(run)["clusters"]["suzhou"]["alert"]["result"] == "delivered"
    finally:
        cluster.delete(f"{path}/mail")


def test_the_alert_is_read_back_from_the_notification_history(clean: Verified) -> None:
    """Alertmanager of this host sends after a second, by its own clock."""
    host, history = clean.site.clusters["hangzhou"], NotificationHistory()
    install(host, history)
    path, value = "/apis/kubesphere.io/v1alpha1/installplans/whizard-notification", "alertmanager: {config: {route: {"
    before = host.get(path)["spec"]["config"]
    host.patch(path, {"spec": {"config": f"{value}group_wait: 1s}}}}}}\n"}})
    clean.managers["hangzhou"].history = history.write
    usual, clean.alertmanagers["hangzhou"].group_wait = clean.alertmanagers["hangzhou"].group_wait, 1.0
    try:
        run = clean.verify("--limit", "hangzhou", verify_history=True).must()
    finally:
        clean.alertmanagers["hangzhou"].group_wait = usual
        switch(host, is_on=False)
        host.patch(path, {"spec": {"config": before}})
    found = result_of(run)["clusters"]["hangzhou"]
    assert (found["alert"]["result"], found["history"]["result"]) == ("delivered", "delivered")
    assert "the notification history lists the test alert as sent" in run.prose
    assert len(clean.texts(OPS)) == 4  # the test message and the alert, to the chat and through its robot


def test_an_alert_that_takes_another_way_is_refused(clean: Verified) -> None:
    clean.alertmanagers["hangzhou"].receivers = ["Default"]
    try:
        run = clean.verify("--limit", "hangzhou")
    finally:
        clean.alertmanagers["hangzhou"].receivers = ["prometheus"]
    assert run.returncode
    assert "Alertmanager sends the test alert to receiver Default" in run.prose
    assert "KD502" in run.prose


def test_site_verifies_as_its_last_step_on_request(clean: Verified) -> None:
    run = clean.site.site("--extra-vars", "kubesphere_verify=true")
    assert "Test messages of shanghai: delivered to chat ops, robot ops_robot" in run.prose
    assert len(clean.texts(OPS)) == 2


def test_the_role_verifies_the_clusters_of_its_play(clean: Verified, tmp_path: Path) -> None:
    role = {"hosts": "suzhou", "connection": "local", "gather_facts": False, "roles": ["kubesphere.dingtalk.verify"]}
    playbook = tmp_path / "verify.yml"
    playbook.write_text(yaml.safe_dump([role]))
    run = clean.site.run(playbook).must()
    assert list(result_of(run)["clusters"]) == ["suzhou"]
    assert targets(run, "suzhou") == {"ops": "delivered", "ops_robot": "delivered"}


def test_a_file_of_another_version_loses_no_verdict(clean: Verified) -> None:
    clean.verify("--limit", "suzhou").must()
    files = list(clean.site.controller.journal().glob("verified-*.json"))
    before = {path: path.read_text() for path in files}
    for path in files:
        path.write_text(json.dumps({**json.loads(path.read_text()), "version": 0}))
    try:
        run = clean.verify("--limit", "suzhou").must()
        assert targets(run, "suzhou") == {"ops": "delivered", "ops_robot": "delivered"}
        assert "Set state_path (dingtalk_state_path)" in run.prose
    finally:
        for path, text in before.items():
            path.write_text(text)
