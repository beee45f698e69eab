# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles alone and together, tags, strategies, and options from other sources than the task."""

from __future__ import annotations

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json
from tests.support.simulators.kubernetes import Fault

APP_OPTIONS = ("app_key", "app_secret", "api_url", "legacy_api_url", "ca_path")
CLUSTER_GROUP = "group/kubesphere.dingtalk.cluster"
DINGTALK_GROUP = "group/kubesphere.dingtalk.dingtalk"


def play(*roles: str | Json, **keys: object) -> Json:
    named = [
        {**role, "role": f"kubesphere.dingtalk.{role['role']}"}
        if isinstance(role, dict)
        else f"kubesphere.dingtalk.{role}"
        for role in roles
    ]
    return {"hosts": "all", "gather_facts": False, "roles": named, **keys}


def tasks(*items: Json, **keys: object) -> Json:
    return {"hosts": "all", "gather_facts": False, "tasks": list(items), **keys}


def run(site: Environment, *plays: Json, arguments: tuple[str, ...] = ()) -> Run:
    return site.run(site.controller.playbook(list(plays)), *arguments)


@pytest.fixture
def known(single: Environment) -> str:
    """Set the chat's ID in the inventory and return it."""
    chat = single.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
    chats = {"ops": {"name": "ops", "chat_id": chat}}
    single.controller.vars("all", dingtalk_chats=chats, dingtalk_robots={}, notification_robot="")
    return chat


def test_role_notification_alone_uses_the_inventorys_chat_id_without_dingtalk_calls(
    single: Environment, known: str
) -> None:
    run(single, play("notification")).must()
    shanghai = single.clusters["shanghai"]
    assert of.chat_ids(shanghai) == [known]
    assert of.alertmanager(shanghai)["route"]["repeat_interval"] == "12h"
    assert single.calls == []
    assert run(single, play("notification")).must().changed == {"shanghai": 0}


def test_role_notification_alone_requires_the_chat_id(single: Environment) -> None:
    message = run(single, play("notification")).must(succeed=False).errors["shanghai"]
    assert "the chat ID of 'ops' is unknown, because role dingtalk did not create or find the chat before" in message
    assert single.writes() == []


def test_role_alertmanager_alone_does_not_need_dingtalk(single: Environment) -> None:
    (single.controller.inventory / "group_vars/all/dingtalk.yml").unlink()
    before = single.stored()["shanghai"]
    run(single, play("alertmanager")).must()
    after = single.stored()["shanghai"]
    changed = {path for path in after if after[path] != before.get(path)}
    assert {path.rpartition("/")[2] for path in changed} == {"alertmanager-main", "kubesphere-dingtalk"}
    assert single.calls == []


def test_role_variables_can_be_set_in_the_play(single: Environment) -> None:
    run(single, play({"role": "alertmanager", "vars": {"alertmanager_route": {"group_wait": "45s"}}})).must()
    route = of.alertmanager(single.clusters["shanghai"])["route"]
    assert (route["group_wait"], route["repeat_interval"]) == ("45s", "12h")


def test_role_dingtalk_alone_creates_the_chats(single: Environment) -> None:
    run(single, play("dingtalk")).must()
    assert len(single.dingtalk.chats()) == 2
    assert {request.path.rpartition("/")[2] for request in single.writes()} <= {"configmaps", "kubesphere-dingtalk"}


def test_a_role_with_state_absent_removes_its_settings(single: Environment, known: str) -> None:
    before = single.stored()["shanghai"]
    run(single, play("notification", "alertmanager")).must()
    single.controller.vars("all", notification_state="absent", alertmanager_state="absent")
    run(single, play("notification", "alertmanager")).must()
    assert single.stored()["shanghai"] == before


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_the_roles_together_are_equivalent_to_site(site: Environment, strategy: str) -> None:
    roles = [play("dingtalk"), play("notification", "alertmanager", strategy=strategy)]
    run(site, *roles).must()
    assert of.chat_ids(site.clusters["lab"]) == [site.chat_id("KubeSphere lab")]
    steady = site.site()
    assert set(steady.changed.values()) == {0}
    assert site.writes() == []


def test_tags_select_roles(single: Environment, known: str) -> None:
    roles = play("dingtalk", "notification", "alertmanager")
    run(single, roles, arguments=("--tags", "alertmanager")).must()
    assert of.alertmanager(single.clusters["shanghai"])["route"]["repeat_interval"] == "2h"
    assert not of.exists(single.clusters["shanghai"], of.CREDENTIALS)
    assert single.calls == []
    run(single, roles, arguments=("--skip-tags", "dingtalk,alertmanager")).must()
    assert of.chat_ids(single.clusters["shanghai"]) == [known]
    assert single.calls == []


def test_site_can_be_run_for_one_feature_and_one_group(site: Environment) -> None:
    before = site.stored()
    site.controller.hosts.write_text("all: {hosts: {shanghai: , beijing: , lab: }, children: {edge: {hosts: {lab: }}}}")
    site.controller.vars("all", dingtalk_registry_host="lab")
    site.site(extra={"kubesphere_features": ["alertmanager"], "kubesphere_group": "edge"})
    after = site.stored()
    assert (after["shanghai"], after["beijing"]) == (before["shanghai"], before["beijing"])
    changed = {path.rpartition("/")[2] for path in after["lab"] if after["lab"][path] != before["lab"].get(path)}
    assert changed == {"alertmanager-main", "kubesphere-dingtalk"}


def test_a_failed_canary_leaves_the_other_clusters_unchanged(site: Environment) -> None:
    site.site()
    of.simulator(site.clusters["beijing"]).faults.add(Fault("PUT", status=422, times=0))
    for name in site.clusters:
        site.controller.vars(name, alertmanager_route={"repeat_interval": "7h"})
    before = site.stored()["lab"]
    canary = {"kubesphere_serial": [2, "100%"], "kubesphere_max_fail_percentage": 0}
    site.run("site", extra=canary).must(succeed=False)
    assert of.alertmanager(site.clusters["shanghai"])["route"]["repeat_interval"] == "7h"
    assert site.stored()["lab"] == before


def test_module_defaults_of_the_groups_apply_to_all_modules(single: Environment, known: str) -> None:
    app = {name: "{{ dingtalk_" + name + " }}" for name in APP_OPTIONS}
    defaults = {CLUSTER_GROUP: {"kubeconfig": "{{ kubesphere_kubeconfig }}"}, DINGTALK_GROUP: app}
    items: list[Json] = [
        {"kubesphere.dingtalk.cluster_info": {}},
        {"kubesphere.dingtalk.alertmanager_config": {"route": {"group_wait": "45s"}}},
        {"kubesphere.dingtalk.chat_info": {"chat_ids": [known]}},
        {"kubesphere.dingtalk.user_info": {"people": [{"mobile": "13800000001"}]}},
    ]
    done = run(single, tasks(*items, module_defaults=defaults)).must()
    assert done.one("cluster_info")["kubesphere_cluster"]["version"] == "3.4.1"
    assert done.one("chat_info")["chats"][0]["name"] == "ops"
    assert done.one("user_info")["users"][0]["userid"] == "user-1"
    assert of.alertmanager(single.clusters["shanghai"])["route"]["group_wait"] == "45s"


def remove_access(site: Environment) -> None:
    (site.controller.inventory / "group_vars/all/clusters.yml").write_text("ansible_connection: local\n")


def test_the_environment_configures_the_access_to_a_cluster(single: Environment) -> None:
    remove_access(single)
    shanghai = single.clusters["shanghai"]
    info: Json = {"kubesphere.dingtalk.cluster_info": {}}
    single.controller.environment = {
        "K8S_AUTH_HOST": shanghai.server,
        "K8S_AUTH_API_KEY": shanghai.token,
        "K8S_AUTH_SSL_CA_CERT": str(shanghai.ca_file),
    }
    done = run(single, tasks(info), arguments=("-vvv",)).must()
    assert done.one("cluster_info")["kubesphere_cluster"]["version"] == "3.4.1"
    assert shanghai.token not in done.output


def test_the_environment_of_a_task_is_used(site: Environment) -> None:
    remove_access(site)
    kubeconfig = "{{ inventory_dir }}/kubeconfigs/{{ inventory_hostname }}"
    info: Json = {"kubesphere.dingtalk.cluster_info": {}, "environment": {"K8S_AUTH_KUBECONFIG": kubeconfig}}
    done = run(site, tasks(info)).must()
    versions = {host: result["kubesphere_cluster"]["version"] for host, result in done.of("cluster_info").items()}
    assert versions == {"shanghai": "3.4.1", "beijing": "3.4.1", "lab": "3.3.2"}


def test_a_role_uses_the_environment(single: Environment) -> None:
    remove_access(single)
    single.controller.environment = {"K8S_AUTH_KUBECONFIG": str(single.clusters["shanghai"].kubeconfig)}
    run(single, play("alertmanager")).must()
    assert of.alertmanager(single.clusters["shanghai"])["route"]["repeat_interval"] == "2h"


def test_dingtalk_is_accessed_through_the_proxy_of_the_task(single: Environment, known: str) -> None:
    app = {name: "{{ dingtalk_" + name + " }}" for name in ("app_key", "app_secret", "ca_path")}
    environment = {"HTTPS_PROXY": single.dingtalk.proxy_url, "REQUESTS_CA_BUNDLE": "/nowhere/bundle.pem"}
    info = {"kubesphere.dingtalk.chat_info": {**app, "chat_ids": [known]}, "environment": environment}
    assert run(single, tasks(info)).must().one("chat_info")["chats"][0]["name"] == "ops"
    assert "/chat/get" in [call.api for call in single.calls]


def test_a_task_in_check_mode_stores_nothing(single: Environment) -> None:
    before = single.stored(revisions=True)
    apply: Json = {
        "kubesphere.dingtalk.cluster_config": {"features": ["alertmanager"]},
        "check_mode": True,
        "diff": True,
    }
    done = run(single, tasks(apply)).must()
    assert done.changed == {"shanghai": 1}
    assert "repeat_interval: 2h" in str(done.one("cluster_config")["diff"])
    assert single.stored(revisions=True) == before


def test_an_encrypted_inventory_works(single: Environment, known: str) -> None:
    password = single.controller.folder / "password"
    password.write_text("a password")
    password.chmod(0o600)
    vault = single.controller.inventory / "group_vars/all/zzz.yml"
    vault.write_text(f"vault_dingtalk_app_secret: {of.APP_SECRET}\n")
    single.controller.vars("all", vault_dingtalk_app_secret="from the wrong file")
    bin_folder = single.controller.venv / "bin"
    encrypt = [str(bin_folder / "ansible-vault"), "encrypt", "--vault-password-file", str(password), str(vault)]
    single.controller.execute(encrypt).finish().must()
    assert "$ANSIBLE_VAULT" in vault.read_text()
    single.site("--vault-password-file", str(password))
    assert of.secret_texts(single.clusters["shanghai"])["appsecret"] == of.APP_SECRET


def test_an_unknown_feature_is_reported_with_the_supported_ones(site: Environment) -> None:
    ended = site.run("site", extra={"kubesphere_features": "alertmanager,alarms"}).must(succeed=False)
    expected = "kubesphere_features: unknown feature 'alarms'; supported features: notification, alertmanager, alerting"
    assert expected in ended.output
    assert site.writes() == []
