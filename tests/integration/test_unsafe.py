# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates in data of clusters and DingTalk are never evaluated, never changed, and cause no errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Controller
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import Environment, Json, environment, new_controller
from tests.support.testbed import Cluster

ALERT = "{{ .Labels.alertname }} on {{ .Labels.cluster }}{% raw"


class Trap:
    """A template whose evaluation creates a file."""

    def __init__(self, folder: Path) -> None:
        self.marker = folder / "evaluated"
        self.text = "{{ lookup('pipe', 'touch " + str(self.marker) + "') }}"


@pytest.fixture(params=[NEWEST, OLDEST])
def trapped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Environment, Trap]]:
    """Two clusters with templates in their data."""
    venv, trap = venv_with(request.param), Trap(tmp_path)
    with environment(tmp_path, {"shanghai": "3.4", "lab": "3.3"}) as site:
        site.controller = new_controller(tmp_path / "machine", site.dingtalk, site.clusters, venv=venv)
        for cluster in site.clusters.values():
            set_traps(cluster, trap)
        yield site, trap


def set_traps(cluster: Cluster, trap: Trap) -> None:
    cluster.patch(of.MANAGER, {"metadata": {"annotations": {"note": trap.text, "alert": ALERT}}})
    configuration = (
        "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
    )
    version = {"status": {"core": {"version": f"v{cluster.version}.2{trap.text}"}}}
    cluster.patch(configuration, version)
    document = of.alertmanager(cluster)
    mail = {"to": "ops@example.com", "from": "alerts@example.com", "smarthost": "example.com:25", "html": ALERT}
    document["receivers"].append({"name": trap.text, "email_configs": [mail]})
    document["templates"] = [f"/etc/{trap.text}/*.tmpl"]
    of.set_alertmanager(cluster, f"# {ALERT} {trap.text}\n{yaml.safe_dump(document)}")
    path = of.RECEIVER.format(version="v2beta2")
    metadata = {"name": path.rpartition("/")[2], "labels": {"type": "global"}}
    spec = {"dingtalk": {"enabled": True, "conversation": {"chatids": [trap.text]}, "template": ALERT}}
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    cluster.post(path.rpartition("/")[0], {**kind, "metadata": metadata, "spec": spec})
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kubesphere-dingtalk"}}
    path = of.CONFIG_MAP
    cluster.post(path.rpartition("/")[0], {**config_map, "data": {"other": trap.text, "alert": ALERT}})


def test_the_trap_works(tmp_path: Path) -> None:
    trap, controller = Trap(tmp_path), Controller(tmp_path / "controller")
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": trap.text}}]}
    controller.inventory.mkdir()
    controller.hosts.write_text("{}")
    controller.run(controller.playbook([play])).must()
    assert trap.marker.exists()


def test_templates_on_clusters_are_not_evaluated_and_preserved(trapped: tuple[Environment, Trap]) -> None:
    site, trap = trapped
    before = {name: of.alertmanager(cluster) for name, cluster in site.clusters.items()}
    for arguments in (("--check", "--diff"), ("-vvv", "--diff")):
        site.site(*arguments)
    assert not trap.marker.exists()
    for name, cluster in site.clusters.items():
        assert cluster.get(of.MANAGER)["metadata"]["annotations"] == {"note": trap.text, "alert": ALERT}
        receiver = of.dingtalk_of(cluster, of.RECEIVER, "v2beta2")
        assert receiver["conversation"]["chatids"][0] == trap.text
        assert len(receiver["conversation"]["chatids"]) == 2
        assert of.alertmanager(cluster) == {**before[name], "route": of.alertmanager(cluster)["route"]}
        text = of.secret_texts(cluster, of.ALERTMANAGER)["alertmanager.yaml"]
        assert text.startswith(f"# {ALERT} {trap.text}\n")
        assert cluster.get(of.CONFIG_MAP)["data"]["other"] == trap.text
    site.run("teardown", "--diff").must()
    assert not trap.marker.exists()
    assert {name: of.alertmanager(cluster) for name, cluster in site.clusters.items()} == before


@pytest.mark.parametrize("ending", ["", "\n  annotations: {injected: yes}"], ids=["template", "yaml"])
def test_data_of_a_cluster_cannot_inject_into_a_manifest(trapped: tuple[Environment, Trap], ending: str) -> None:
    site, trap = trapped
    namespace = f"kubesphere-system{ending}" if ending else trap.text
    site.clusters["shanghai"].patch(of.MANAGER, {"spec": {"defaultSecretNamespace": namespace}})
    site.run("site", "--limit", "shanghai").must(succeed=False)  # there is no such namespace
    assert not trap.marker.exists()
    assert "injected" not in str(of.listed(site.clusters["shanghai"], "/api/v1/secrets"))


def test_names_in_dingtalk_are_not_evaluated(trapped: tuple[Environment, Trap]) -> None:
    site, trap = trapped
    site.site()
    ops = site.chat_id("KubeSphere 运维告警")
    site.dingtalk.add_user("13800000004", userid="user-4", name=trap.text)
    site.dingtalk.rename(ops, trap.text)
    run = site.run(site.controller.playbook([names_play(ops)]), "--diff").must()
    assert not trap.marker.exists()
    message = [item.result["msg"] for item in run.results if item.action.endswith("debug")]
    assert message == [trap.text, trap.text]
    site.site("--diff", extra={"dingtalk_cache_valid_time": 0})  # restores the chat's name, and shows the old one
    assert not trap.marker.exists()
    assert site.dingtalk.chat(ops).name == "KubeSphere 运维告警"


def test_data_of_a_cluster_can_be_used_in_templates(trapped: tuple[Environment, Trap]) -> None:
    site, trap = trapped
    tasks: list[Json] = [
        {"kubesphere.dingtalk.cluster_info": {"kubeconfig": "{{ kubesphere_kubeconfig }}"}, "register": "info"},
        {"ansible.builtin.debug": {"msg": "{{ info.kubesphere_cluster.version }}"}},
        {"ansible.builtin.debug": {"msg": "is {{ info.kubesphere_cluster.version }}"}},
    ]
    play = {"hosts": "shanghai", "gather_facts": False, "tasks": tasks}
    run = site.run(site.controller.playbook([play])).must()
    assert not trap.marker.exists()
    message = [item.result["msg"] for item in run.results if item.action.endswith("debug")]
    assert message == [f"3.4.2{trap.text}", f"is 3.4.2{trap.text}"]


def names_play(chat: str) -> Json:
    """Return a play that reads a user and a chat, and prints their names."""
    names = ("app_key", "app_secret", "api_url", "legacy_api_url", "ca_path")
    app = {name: "{{ dingtalk_" + name + " }}" for name in names}
    people = [{"userid": "user-4"}]
    tasks: list[Json] = [
        {"kubesphere.dingtalk.user_info": {**app, "people": people}, "register": "people"},
        {"ansible.builtin.debug": {"msg": "{{ people.users[0].name }}"}},
        {"kubesphere.dingtalk.chat_info": {**app, "chat_ids": [chat]}, "register": "chats"},
        {"ansible.builtin.debug": {"msg": "{{ chats.chats[0].name }}"}},
    ]
    return {"hosts": "shanghai", "gather_facts": False, "tasks": tasks}
