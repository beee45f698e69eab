# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""teardown.yml restores all objects, and retains unmanaged fields, chats and the registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment
from tests.support.simulators.dingtalk import Chat
from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster

RECEIVER = of.RECEIVER.format(version="v2beta2")
OTHER_TEXT = """\
# maintained by the platform team
"global":
  "resolve_timeout": "5m"  # agreed
route:
  receiver: 'Default'
  group_by: ['namespace', alertname]
  repeat_interval: "12h"   # see the handbook
  routes:
  - receiver: mail
    matchers: [severity = critical]   # loud

receivers:
- name: Default
- {name: mail, email_configs: [{to: ops@example.com, from: alerts@example.com, smarthost: "example.com:25",
    auth_password: secret-of-mail}]}
"""


@dataclass
class History:
    """The clusters' objects before the first run and after teardown, and the runs after it."""

    site: Environment
    before: dict[str, dict[str, Json]]
    torn_down: Run
    calls: list[Call]
    after: dict[str, dict[str, Json]]
    again: Run
    again_verbs: set[str]
    #: On the cluster that others had set up, after the teardown.
    manager: Json
    alertmanager: str
    #: Before the site that follows.
    chats: list[Chat]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    wanted = {"shanghai": "3.4", "lab": "3.3", "shared": "3.4"}
    with environment(tmp_path_factory.mktemp("teardown"), wanted) as site:
        set_up_by_others(site.clusters["shared"])
        before = site.stored()
        site.site()
        site.add_robot()
        site.site()
        edit_managed_field(site.clusters["shared"])
        torn_down = site.run("teardown").must()
        calls, after = site.calls, site.stored()
        again = site.run("teardown").must()
        verbs = {request.verb for requests in site.requests.values() for request in requests}
        manager = site.clusters["shared"].get(of.MANAGER)
        alertmanager = of.secret_texts(site.clusters["shared"], of.ALERTMANAGER)["alertmanager.yaml"]
        chats = site.dingtalk.chats()
        site.site()
        yield History(site, before, torn_down, calls, after, again, verbs, manager, alertmanager, chats)


def set_up_by_others(cluster: Cluster) -> None:
    """Set up a cluster as others: a name, a chat, credentials of the same app, and a custom configuration."""
    cluster.patch(of.MANAGER, {"spec": {"receivers": {"options": {"global": {"cluster": "old name"}}}}})
    of.set_alertmanager(cluster, OTHER_TEXT)
    metadata: Json = {"name": "global-dingtalk-receiver", "labels": {"type": "global", "team": "platform"}}
    spec = {"dingtalk": {"enabled": False, "conversation": {"chatids": ["chat-of-others"]}}}
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    cluster.post(RECEIVER.rpartition("/")[0], {**kind, "metadata": metadata, "spec": spec})
    metadata = {"name": "global-dingtalk-config-secret", "labels": {"type": "global"}}
    texts = {"appkey": of.APP_KEY, "appsecret": of.APP_SECRET, "other": "value"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": texts}
    cluster.post(of.CREDENTIALS.rpartition("/")[0], secret)


def edit_managed_field(cluster: Cluster) -> None:
    """Change a managed field, which makes it unmanaged."""
    cluster.patch(of.MANAGER, {"spec": {"receivers": {"options": {"global": {"cluster": "new name"}}}}})


def test_the_state_of_the_installer_is_restored(history: History) -> None:
    assert history.after["lab"] == history.before["lab"]


def test_only_the_registry_is_retained(history: History) -> None:
    assert of.without_registry(history.after["shanghai"]) == history.before["shanghai"]
    [config_map] = [item for path, item in history.after["shanghai"].items() if path.endswith("/kubesphere-dingtalk")]
    assert set(config_map["data"]) == {"chats", "checks"}


def test_objects_of_others_are_restored(history: History) -> None:
    manager = "/apis/notification.kubesphere.io/v2beta2/notificationmanagers//notification-manager"
    before, after = dict(history.before["shared"]), dict(history.after["shared"])
    assert before.pop(manager) != after.pop(manager)
    assert after == before


def test_a_field_changed_by_others_is_not_removed(history: History) -> None:
    assert history.manager["spec"]["receivers"]["options"]["global"]["cluster"] == "new name"
    [warning] = history.torn_down.of("cluster_config")["shared"]["warnings"]
    assert "/spec/receivers/options/global/cluster" in warning
    assert "it was changed by someone else since it was last applied" in warning


def test_alertmanagers_configuration_is_restored_byte_for_byte(history: History) -> None:
    assert history.alertmanager == OTHER_TEXT


def test_the_chats_are_retained_and_listed(history: History) -> None:
    assert {chat.status for chat in history.chats} == {1}
    for key, name in {"ops": "KubeSphere 运维告警", "lab": "KubeSphere lab"}.items():
        chat = history.site.chat_id(name)
        line = f"Chat retained in DingTalk and in the registry on shanghai: {key} ({name}), {chat}"
        assert line in history.torn_down.summary


def test_teardown_does_not_call_dingtalk(history: History) -> None:
    assert history.calls == []


def test_a_second_teardown_changes_nothing(history: History) -> None:
    assert history.again.changed == {"shanghai": 0, "lab": 0, "shared": 0}
    assert history.again_verbs == {"get"}


def test_site_after_teardown_uses_the_same_chats(history: History) -> None:
    assert history.site.dingtalk.chats() == history.chats
    assert of.chat_ids(history.site.clusters["lab"]) == [history.site.chat_id("KubeSphere lab")]


def test_features_can_be_removed_one_by_one_by_teardown_and_by_site(single: Environment) -> None:
    before = single.stored()["shanghai"]
    single.site()
    single.run("teardown", extra={"kubesphere_features": ["alertmanager"]}).must()
    shanghai = single.clusters["shanghai"]
    assert of.alertmanager(shanghai)["route"]["repeat_interval"] == "12h"
    assert of.chat_ids(shanghai) == [single.chat_id("KubeSphere 运维告警")]
    single.controller.vars("shanghai", notification_state="absent", alertmanager_state="absent")
    single.site()
    assert of.without_registry(single.stored()["shanghai"]) == before


def test_teardown_removes_everything_after_an_interrupted_run(single: Environment) -> None:
    before = single.stored()["shanghai"]
    of.simulator(single.clusters["shanghai"]).faults.add(Fault("POST", "secrets", cut="after"))
    single.run("site").must(succeed=False)
    assert single.stored()["shanghai"] != before
    single.run("teardown").must()
    assert of.without_registry(single.stored()["shanghai"]) == before
