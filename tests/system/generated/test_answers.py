# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever DingTalk or an API server answers, a task ends with a message, and no write is repeated blindly."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api import endpoints
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import Endpoint, Style
from tests.support.plays.environment import CONFIG_MAP
from tests.support.simulators.kubesphere.installer import CONFIGURATION, Installer
from tests.system.generated import values
from tests.system.generated.actions import run_action
from tests.system.generated.inputs import FEWER, check, for_each
from tests.system.generated.tampering import Answer, Passage, Rule
from tests.system.generated.test_variables import FEATURES
from tests.system.generated.world import ROBOT, Options, World, path_pattern

ENDPOINTS = {name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}
_names = itertools.count()

#: Makes one run of a task; the first argument is a number that no other run has.
Task = Callable[[World, int], dict[str, Any]]


@dataclass(frozen=True)
class Garbage:
    """A generated answer; ``seed`` replaces a part of the genuine one instead."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_passed: bool
    seed: int | None

    def replace(self, genuine: Answer) -> Answer:
        if self.seed is None:
            return Answer(self.status, self.headers, self.body)
        try:
            content = json.loads(genuine.body)
        except ValueError:  # the text of a log
            return Answer(genuine.status, genuine.headers, self.body)
        body = json.dumps(values.mutated(content, self.seed)).encode()
        return Answer(genuine.status, genuine.headers, body)


GARBAGE = st.builds(
    Garbage,
    values.STATUSES,
    values.HEADERS,
    values.ANSWERS,
    st.booleans(),
    st.none() | st.integers(0, 2**32),
)


def tampered(world: World, passage: Passage, rule: Rule, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run a task while the answers to some of its requests are replaced."""
    passage.rule = rule
    try:
        return check(world, run, is_unchanged=False)
    finally:
        passage.rule = None


def _chat(world: World, number: int, **options: Any) -> dict[str, Any]:
    base = {**world.base("chat"), "key": f"key-{number}", "name": f"Chat {number}"}
    return run_action("chat", {**base, **options})


def _existing(world: World, number: int, **options: Any) -> dict[str, Any]:
    return _chat(world, number, **{"key": "existing", **options})


def _scene(world: World, number: int, **options: Any) -> dict[str, Any]:
    return _existing(world, number, **{"key": "scene", "template_id": "template-1", **options})


def _unknown(world: World, number: int) -> dict[str, Any]:
    """Search for a chat whose creation was not answered."""
    world.dingtalk.fail("/v1.0/im/group/create", when="after", status=500)
    try:
        return _chat(world, number)
    finally:
        world.dingtalk.heal()


def _dissolve(world: World, number: int) -> dict[str, Any]:
    chat = {"name": f"Scene {number}", "owner": {"userid": "user-1"}, "template_id": "template-1"}
    nothing: Options = {"dingtalk_robots": {}, "notification_robot": "", "notification_chats": []}
    nothing |= {"notification_receivers": {}, "notification_routers": {}, "dingtalk_fleet": {}}
    variables = {**world.variables(), **nothing, "dingtalk_chats": {f"key-{number}": chat}}
    saved, world.new_api.rule = world.new_api.rule, None
    run_action("fleet_chats", {}, variables)
    world.new_api.rule = saved
    return run_action("fleet_chats", {}, {**variables, "dingtalk_dissolve_chats": [f"key-{number}"]})


def _robot(world: World, number: int) -> dict[str, Any]:
    chat = world.dingtalk.add_chat("Robots", "user-1", app="dingapp")
    options = {"chat_id": chat.chatid, "type": "enterprise", "robot_code": ROBOT}
    return run_action("robot", {**world.app(), **options})


def _module(name: str, **options: Any) -> Task:
    return lambda world, _number: run_action(name, {**world.base(name), **options})


def _message(world: World, _number: int) -> dict[str, Any]:
    target = {"open_conversation_id": world.chat.open_conversation_id, "robot_code": ROBOT, "content": "alert"}
    return run_action("message", {**world.app(), **target})


#: Endpoint -> a task that calls it.
TASKS: dict[str, Task] = {
    "ACCESS_TOKEN": _module("user_info", cache=False),
    "USER_BY_MOBILE": _module("user_info"),
    "USER": _module("user_info", people=[{"userid": "user-1"}]),
    "CHAT": _module("chat_info"),
    "OPEN_CONVERSATION_ID": _module("chat_info"),
    "CREATE_CHAT": _chat,
    "UPDATE_CHAT": _existing,
    "SEARCH_CHATS": _unknown,
    "CREATE_SCENE_GROUP": lambda world, number: _chat(world, number, template_id="template-1"),
    "UPDATE_SCENE_GROUP": _scene,
    "ADD_SCENE_MEMBERS": lambda world, number: _scene(
        world, number, members=[{"userid": f"user-{2 + number % 2}"}], purge_members=True
    ),
    "REMOVE_SCENE_MEMBERS": lambda world, number: _scene(
        world, number, members=[{"userid": f"user-{2 + number % 2}"}], purge_members=True
    ),
    "DISSOLVE_SCENE_GROUP": _dissolve,
    "SCENE_GROUP": _scene,
    "SCENE_MEMBERS": _scene,
    "SCENE_SETTINGS": lambda world, number: _scene(world, number, settings={"searchable": number % 2}),
    "CHAT_ROBOTS": _module("robot"),
    "ADD_ROBOT": _robot,
    "SEND_TO_CHAT": _message,
    "SEND_TO_ROBOT": _module("message"),
}


def test_every_endpoint_has_a_row() -> None:
    assert set(TASKS) == set(ENDPOINTS)


@pytest.fixture(scope="package")
def chats(world: World) -> World:
    """A plain chat and a scene group."""
    world.dingtalk.add_scene_template("template-1", "dingapp")
    for create in (_existing, _scene):
        assert not create(world, -1).get("failed")
    return world


@pytest.mark.parametrize("name", TASKS)
def test_answer_of_dingtalk(name: str, chats: World) -> None:
    world, endpoint, task = chats, ENDPOINTS[name], TASKS[name]
    passage = world.new_api if endpoint.style is Style.NEW else world.legacy_api
    hits = []

    def run(garbage: Garbage) -> None:
        number = next(_names)
        rule = Rule(
            endpoint.method, path_pattern(endpoint), garbage.replace, garbage.is_passed or garbage.seed is not None
        )
        result = tampered(world, passage, rule, lambda: task(world, number))
        hits.append(rule.hits)
        later = (*world.new_api.writes, *world.legacy_api.writes)
        if garbage.seed is None and result.get("failed"):
            assert not later, (later, result)
        check(world, lambda: task(world, number), is_unchanged=False)
        assert [chat.name for chat in world.dingtalk.chats()].count(f"Chat {number}") <= 1

    for_each(f"answer {name}", GARBAGE, run, FEWER)
    assert any(hits), name


@dataclass(frozen=True)
class Exchange:
    """Requests to a cluster of a release, and the task that sends them."""

    version: str
    method: str
    path: str
    module: str = "cluster_config"


_CONFIG_MAPS = "/namespaces/kubesphere-system/configmaps"
EXCHANGES = {
    "API groups": Exchange("3.4", "GET", "/apis$"),
    "ClusterConfiguration": Exchange("3.4", "GET", "/clusterconfigurations/ks-installer"),
    "NotificationManager": Exchange("3.4", "GET", "/notificationmanagers/"),
    "our ConfigMap": Exchange("3.4", "GET", f"{_CONFIG_MAPS}/kubesphere-dingtalk"),
    "registry": Exchange("3.4", "GET", f"{_CONFIG_MAPS}/kubesphere-dingtalk", "fleet_chats"),
    "write to the registry": Exchange("3.4", "PUT", f"{_CONFIG_MAPS}/kubesphere-dingtalk", "fleet_chats"),
    "Secret of Alertmanager": Exchange("3.4", "GET", "/secrets/alertmanager-main"),
    "Secret": Exchange("3.4", "GET", "/secrets/global-dingtalk-config-secret"),
    "Config": Exchange("3.4", "GET", "/configs/"),
    "Configs": Exchange("3.4", "GET", "/configs$"),
    "lists of notification settings": Exchange("3.4", "GET", "/(configs|silences)$"),
    "Receiver": Exchange("3.4", "GET", "/receivers/global"),
    "Prometheus or rule group": Exchange("3.4", "GET", "/(prometheuses|clusterrulegroups)/"),
    "update": Exchange("3.4", "PUT", "/(secrets|receivers|configs|notificationmanagers)/"),
    "update of our ConfigMap": Exchange("3.4", "PUT", f"{_CONFIG_MAPS}/kubesphere-dingtalk"),
    "creation": Exchange("3.4", "POST", "/(receivers|configs|secrets|clusterrulegroups)", "absent"),
    "deletion": Exchange("3.4", "DELETE", "/", "absent"),
    "permission": Exchange("3.4", "POST", "/selfsubjectaccessreviews", "cluster_info"),
    "Deployment": Exchange("4.1", "GET", "/deployments/"),
    "InstallPlan": Exchange("4.1", "GET", "/installplans/"),
    "update of an InstallPlan": Exchange("4.1", "PUT", "/installplans/"),
    "Namespace": Exchange("4.1", "GET", "/namespaces/kubesphere-system$"),
    "Extension": Exchange("4.1", "GET", "/extensions/", "extension"),
    "KubeSphere's API behind the proxy": Exchange("4.1", "GET", "ks-apiserver:80/proxy/"),
    "KubeSphere's API at its URL": Exchange("4.1", "GET", "/clusterrulegroups/", "direct"),
    "write to KubeSphere's API": Exchange("4.1", "PUT", "/clusterrulegroups/", "direct"),
    "status of Alertmanager": Exchange("4.1", "GET", "/api/v2/status", "rollout"),
    "pods of the installer": Exchange("3.4", "GET", r"/pods\?", "wait"),
    "log of the installer": Exchange("3.4", "GET", "/pods/.*/log", "wait"),
    "discovery": Exchange("3.4", "GET", "/apis/rbac.authorization.k8s.io/v1$", "discovery"),
}


SHOP = "/apis/notification.kubesphere.io/v2beta2/receivers/shop"
PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
INSTALLING = {"installing": ["alerting"], "changed": True}


def _policy(number: int) -> Options:
    return {"name": "down", "expr": f"up == {number}", "severity": "critical"}


def apply(world: World, exchange: Exchange, number: int) -> dict[str, Any]:
    """Run the task of an exchange with something to change."""
    variables: Options = {
        **world.variables(exchange.version),
        "alertmanager_route": {"repeat_interval": f"{2 + number % 9}h"},
        "notification_cluster_name": f"cluster-{number}",
        "notification_enabled": number % 2 == 0,
    }
    apply_options = {"features": FEATURES, "wait_timeout": 0}
    if exchange.module == "fleet_chats":
        chat = {"name": f"Fleet {number}", "owner": {"userid": "user-1"}}
        chats = {**variables["dingtalk_chats"], f"fleet-{number}": chat}
        return run_action("fleet_chats", {}, {**variables, "dingtalk_chats": chats})
    if exchange.module == "cluster_info":
        return run_action("cluster_info", {**world.access(exchange.version), "check_permissions": True})
    if exchange.module == "direct":
        variables |= {"kubesphere_api_url": world.kubesphere_api.url, "alerting_policies": [_policy(number)]}
    if exchange.module == "extension":
        world.newer.delete(f"{PLANS}/whizard-alerting")
    if exchange.module == "rollout":
        world.clock.passing = world.controller.poll
        apply_options["wait_timeout"] = 10
    if exchange.module == "wait":
        world.older.patch(CONFIGURATION, {"status": {"alerting": None}})
        waiting = run_action("wait_for_alerting", {"timeout": 10}, {**variables, "dingtalk_applied": INSTALLING})
        world.older.patch(CONFIGURATION, {"status": {"alerting": {"status": "enabled"}}})
        return waiting
    if exchange.module == "discovery":
        metadata = {"name": "one", "namespace": "default", "annotations": {"number": str(number)}}
        manifest = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata}
        return run_action("cluster_config", {**world.access(), "manifests": [manifest], "name": "discovered"})
    if exchange.module == "absent":
        if SHOP.rpartition("/")[2] in str(world.older.list(SHOP.rpartition("/")[0])):
            world.older.delete(SHOP)
        created = run_action("cluster_config", apply_options, variables)
        removal = {**apply_options, "state": "absent"}
        return created if created.get("failed") else run_action("cluster_config", removal, variables)
    return run_action("cluster_config", apply_options, variables)


@pytest.fixture(scope="package")
def failed_installation(world: World) -> World:
    """Let an installation of the alerting component fail, so that the installer has a log."""
    world.older.patch(CONFIGURATION, {"status": {"alerting": None}})
    with Installer(world.older, failure="the chart is broken: \x1b[31m") as installer:
        assert installer.done.wait(10)
    world.older.patch(CONFIGURATION, {"status": {"alerting": {"status": "enabled"}}})
    return world


def install_extension(world: World) -> None:
    apply(world, Exchange("4.1", "GET", ""), 0)
    world.controller.poll()
    assert "Installed" in str(world.newer.get(f"{PLANS}/whizard-alerting")["status"])


@pytest.mark.usefixtures("chats")
@pytest.mark.parametrize("name", EXCHANGES)
def test_answer_of_a_cluster(name: str, failed_installation: World) -> None:
    world, exchange = failed_installation, EXCHANGES[name]
    if exchange.version == "4.1":
        install_extension(world)
    passage = world.older_api if exchange.version == "3.4" else world.newer_api
    passage = world.kubesphere_api if exchange.module == "direct" else passage
    cluster = world.older if exchange.version == "3.4" else world.newer
    before = (cluster.find(CONFIG_MAP) or {}).get("data") or {}
    hits = []

    def run(garbage: Garbage) -> None:
        number = next(_names)
        is_passed = garbage.is_passed or garbage.seed is not None
        rule = Rule(exchange.method, exchange.path, garbage.replace, is_passed)
        result = tampered(world, passage, rule, lambda: apply(world, exchange, number))
        hits.append(rule.hits)
        others = [path for _method, path in passage.writes if "/configmaps" not in path]
        is_read_first = exchange.method == "GET" and exchange.module != "absent" and garbage.seed is None
        if is_read_first and result.get("failed"):
            assert others == [], (others, result)
        if exchange.module == "extension":
            install_extension(world)

    for_each(f"exchange {name}", GARBAGE, run, FEWER)
    world.clock.passing = lambda: None
    # A replaced value that was taken for a genuine one may be recorded.
    cluster.patch(CONFIG_MAP, {"data": {"applied": None, "chats": before.get("chats")}})
    final = apply(world, exchange, next(_names))
    assert not final.get("failed"), final["msg"]
    assert any(hits), name
