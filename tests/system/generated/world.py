# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the inputs are thrown at, behind proxies, and valid options of every module."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api import endpoints
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import Endpoint
from tests.support.fixtures.alerting import has_component
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.testbed import Cluster, ClusterSpec, clusters
from tests.support.testbed.cluster import write_kubeconfig
from tests.support.testbed.stand_ins.extension_controller import ExtensionController
from tests.system.generated.tampering import IsWrite, Passage, passage

APP, SECRET, ROBOT = "dingapp", "the-app-secret", "dingrobot"
PASSWORD = "the-password-of-kubesphere"
MOBILE = "13800000001"
TIMEOUT = 5

Options = dict[str, Any]


class Time:
    """Replaces the module ``time``: sleeping takes no time, and advances DingTalk's clock too."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self._dingtalk = dingtalk
        self._offset = 0.0
        #: Called while a task waits.
        self.passing: Callable[[], None] = lambda: None

    def time(self) -> float:
        return time.time() + self._offset

    def monotonic(self) -> float:
        return time.monotonic() + self._offset

    def sleep(self, seconds: float) -> None:
        self._offset += seconds
        self._dingtalk.clock.advance(seconds)
        self.passing()


@dataclass
class World:
    """DingTalk with a chat and a robot, and two clusters, ``older`` (3.4) and ``newer`` (4.1)."""

    folder: Path
    dingtalk: DingTalk
    older: Cluster
    newer: Cluster
    new_api: Passage
    legacy_api: Passage
    older_api: Passage
    newer_api: Passage
    kubesphere_api: Passage
    controller: ExtensionController
    clock: Time
    kubeconfigs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dingtalk.limits.monthly.update(dict.fromkeys(self.dingtalk.limits.monthly, 10**9))
        self.dingtalk.add_app(APP, SECRET, robots={ROBOT: "Helper"})
        for number in range(1, 4):
            self.dingtalk.add_user(f"1380000000{number}", userid=f"user-{number}")
        self.chat = self.dingtalk.add_chat("Ops", "user-1", app=APP)
        self.dingtalk.add_app_robot(self.chat.chatid, ROBOT)
        webhook = self.dingtalk.add_custom_robot(self.chat.chatid, "KubeSphere", ["alert"])
        self.webhook = webhook.replace(self.dingtalk.legacy_api_url, self.legacy_api.url)
        for cluster, running in ((self.older, self.older_api), (self.newer, self.newer_api)):
            path = self.folder / f"{cluster.version}.kubeconfig"
            write_kubeconfig(path, "one", running.url, cluster.ca_file, cluster.token)
            self.kubeconfigs[cluster.version] = str(path)

    @property
    def passages(self) -> tuple[Passage, ...]:
        return (self.new_api, self.legacy_api, self.older_api, self.newer_api, self.kubesphere_api)

    def writes(self) -> list[tuple[str, str]]:
        """Return the requests that have changed something on a server since the last call."""
        found = [write for running in self.passages for write in running.writes]
        for running in self.passages:
            running.writes.clear()
        return found

    def app(self) -> Options:
        return {
            "app_key": APP,
            "app_secret": SECRET,
            "api_url": self.new_api.url,
            "legacy_api_url": self.legacy_api.url,
            "cache_path": str(self.folder / "cache"),
            "state_path": str(self.folder / "state"),
            "request_timeout": TIMEOUT,
            "cache_valid_time": 0,
        }

    def access(self, version: str = "3.4") -> Options:
        return {"kubeconfig": self.kubeconfigs[version], "request_timeout": TIMEOUT}

    def variables(self, version: str = "3.4") -> Options:
        """Return valid variables of a host that has a cluster of this release."""
        policy = {"name": "down", "expr": "up == 0", "severity": "critical", "labels": {"team": "sre"}}
        selector = {"matchLabels": {"team": "sre"}}
        robot = {"chat": "ops", "name": "KubeSphere", "webhook": self.webhook, "keywords": ["alert"]}
        return {
            **{f"kubesphere_{name}": value for name, value in self.access(version).items()},
            **{f"dingtalk_{name}": value for name, value in self.app().items()},
            "kubesphere_api_username": "admin",
            "kubesphere_api_password": PASSWORD,
            "dingtalk_registry_host": "one",
            "dingtalk_registry_kubeconfig": self.kubeconfigs["3.4"],
            "dingtalk_start_registry": True,
            "dingtalk_applied": {"changed": False, "failed": False, "skipped": True},
            "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"mobile": MOBILE}, "members": [{"userid": "user-2"}]}},
            "dingtalk_robots": {"robot": robot},
            "notification_robot": "robot",
            "notification_chats": ["ops"],
            "notification_alert_selector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]},
            "notification_receivers": {"shop": {"chats": ["ops"], "alert_selector": selector}},
            "notification_routers": {"sre": {"receivers": ["shop"], "alert_selector": selector}},
            "alertmanager_route": {"repeat_interval": "2h"},
            "alertmanager_routes": [{"matchers": ["team=sre"], "receiver": "Default", "group_by": ["alertname"]}],
            "alertmanager_global": {"resolve_timeout": "5m"},
            "alertmanager_receivers": [{"name": "hook", "webhook_configs": [{"url": "http://hook.example.com"}]}],
            "alerting_policies": [policy],
            "alerting_alertmanager_url": "http://alertmanager.example.com",
            "dingtalk_fleet": {"chats": {"ops": {"name": "Ops", "chat_id": self.chat.chatid}}},
        }

    def base(self, module: str) -> Options:
        """Return valid options of a module."""
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "default"}}
        chat = {"key": "ops", "name": "Ops", "owner": {"mobile": MOBILE}, "members": [{"userid": "user-2"}]}
        bases: dict[str, Options] = {
            "alertmanager_config": {**self.access(), "route": {"repeat_interval": "1h"}},
            "app_info": self.app(),
            "chat": {**self.app(), **chat, "registry": self.access(), "start_registry": True},
            "chat_info": {**self.app(), "chat_ids": [self.chat.chatid]},
            "cluster_config": {**self.access(), "manifests": [config_map], "name": "set", "wait_timeout": 0},
            "cluster_info": self.access(),
            "fleet_chats": self.app(),
            "message": {**self.app(), "webhook": self.webhook, "keywords": ["alert"], "content": "alert"},
            "robot": {**self.app(), "chat_id": self.chat.chatid, "name": "KubeSphere", "webhook": self.webhook},
            "check_batch": {},
            "doctor": self.access(),
            "doctor_app": self.app(),
            "doctor_report": {"results": {"one": {"findings": [], "stages": ["cluster"]}}},
            "run_summary": {},
            "user_info": {**self.app(), "people": [{"mobile": MOBILE}]},
            "verify": self.app(),
            "wait_for_alerting": {"timeout": 10},
        }
        return bases[module]


def _is_write_to_cluster(method: str, path: str) -> bool:
    return method != "GET" and "dryRun" not in path and "selfsubjectaccessreviews" not in path


def path_pattern(endpoint: Endpoint) -> str:
    """Return the pattern of an endpoint's path, with or without a query."""
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(endpoint.path)) + r"(\?|$)"


_WRITES = [
    path_pattern(value) for value in vars(endpoints).values() if isinstance(value, Endpoint) and not value.repeatable
]


def _is_write_to_dingtalk(_method: str, path: str) -> bool:
    return any(re.search(pattern, path) for pattern in _WRITES)


@contextmanager
def new_world(folder: Path) -> Iterator[World]:
    """Run all servers until the block ends."""
    (folder / "dingtalk").mkdir()
    with ExitStack() as stack:
        dingtalk = stack.enter_context(DingTalk(folder / "dingtalk"))
        wanted: dict[str, str | ClusterSpec] = {"older": "3.4", "newer": ClusterSpec("4.1", "host")}
        older, newer = stack.enter_context(clusters(wanted, folder / "fleet")).values()
        api = stack.enter_context(KubeSphereApi(newer, "admin", PASSWORD, "the-token", ["host", "newer"]))
        api.authority.cert_pem.write_to_path(str(folder / "kubesphere-ca.pem"))
        has_component(older)

        def behind(url: str, is_write: IsWrite, ca_file: str = "") -> Passage:
            return stack.enter_context(passage(url, is_write, ca_file))

        def in_clear(cluster: Cluster) -> str:
            assert cluster.simulator
            return stack.enter_context(cluster.simulator.in_clear())

        yield World(
            folder,
            dingtalk,
            older,
            newer,
            behind(dingtalk.api_url, _is_write_to_dingtalk, dingtalk.ca_file),
            behind(dingtalk.legacy_api_url, _is_write_to_dingtalk, dingtalk.ca_file),
            behind(in_clear(older), _is_write_to_cluster),
            behind(in_clear(newer), _is_write_to_cluster),
            behind(api.url, _is_write_to_cluster, str(folder / "kubesphere-ca.pem")),
            ExtensionController(newer),
            Time(dingtalk),
        )
