# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of delivery agrees with what happens, in many states of a cluster.

What happens is found out by amtool of the release's Alertmanager, and by the simulated notification-manager with its
messages to DingTalk.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.config import SHIPPED
from tests.support.closing_lines import closing_lines
from tests.support.inprocess import apply_features
from tests.support.plays.environment import APP_KEY, APP_SECRET, simulator
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.fleet import clusters
from tests.support.testbed.stand_ins.extension_controller import ExtensionController, alertmanager_text
from tests.system.alertmanager.amtool import Amtool
from tests.system.delivery.states import ALERTMANAGER, ALERTS, ALL, PLANS, STATES, WITH_EXTENSIONS

CELLS = [(name, release) for name, state in STATES.items() for release in state.releases]


class Site:
    """A cluster of each release with working settings, which every state begins with."""

    def __init__(self, dingtalk: DingTalk, fleet: Mapping[str, Cluster]) -> None:
        self.dingtalk, self.fleet = dingtalk, fleet
        chat = dingtalk.add_chat("Ops", "user-1", app=APP_KEY)
        webhook = dingtalk.add_custom_robot(chat.chatid, "kubesphere", keywords=["alert"])
        self.variables: dict[str, Any] = {
            "dingtalk_app_key": APP_KEY,
            "dingtalk_app_secret": APP_SECRET,
            "dingtalk_legacy_api_url": dingtalk.legacy_api_url,
            "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": chat.chatid}},
            "notification_chats": ["ops"],
            "dingtalk_robots": {"oncall": {"chat": "ops", "webhook": webhook, "keywords": ["alert"]}},
            "notification_robot": "oncall",
            "alertmanager_route": {"repeat_interval": "2h"},
        }
        self._controllers = {name: ExtensionController(fleet[name]) for name in WITH_EXTENSIONS}
        self._working = {}
        for release, cluster in fleet.items():
            self.run(release, {})
            self.run(release, {})  # an extension that was just installed gets its values now
            self._working[release] = simulator(cluster).store.snapshot()

    def restore(self, release: str) -> Cluster:
        simulator(self.fleet[release]).store.restore(self._working[release])
        self.roll_out(release)
        return self.fleet[release]

    def roll_out(self, release: str) -> None:
        """Let KubeSphere 4 install extensions and render their values."""
        if release in self._controllers:
            self._controllers[release].poll()

    def run(
        self, release: str, variables: Mapping[str, Any], rules: Sequence[Mapping[str, Any]] | None = None
    ) -> dict[str, Any]:
        enabled = {"alerting_enabled": True} if release in self._controllers else {}
        account = self.fleet[release] if rules is None else self.fleet[release].limited(list(map(dict, rules)))
        options = {
            "kubeconfig": str(account.kubeconfig),
            "features": ["notification", "alertmanager", "alerting"],
            "wait_timeout": 0,
        }
        host = {"inventory_hostname": "one", **self.variables, **enabled, **variables}
        result = apply_features(options, host)
        assert not result.get("failed"), result["msg"]
        self.roll_out(release)
        return result


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("delivery")
    (folder / "dingtalk").mkdir()
    with DingTalk(folder / "dingtalk") as dingtalk, clusters({name: name for name in ALL}, folder / "fleet") as fleet:
        dingtalk.add_user("13800000001", userid="user-1")
        dingtalk.add_app(APP_KEY, APP_SECRET)
        yield Site(dingtalk, fleet)


def labels_of(alert: str, release: str) -> dict[str, str]:
    severity, _, bare = alert.partition(" ")
    kind = {} if release in ("3.1", "3.3") else {"alerttype": "metric"}
    namespace = {} if bare else {"namespace": "kubesphere-monitoring-system"}
    return {"alertname": "BuiltIn", "severity": severity, **kind, **namespace}


def arrived(site: Site, cluster: Cluster, amtool: Amtool) -> dict[str, set[str]]:
    """Return the channels by which each alert arrives: ``chats``, ``robot``."""
    manager = NotificationManager(
        ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version),
        site.dingtalk.legacy_api_url,
        site.dingtalk.ca_file,
    )
    found: dict[str, set[str]] = {}
    for alert in ALERTS:
        labels = labels_of(alert, cluster.version)
        found[alert] = set()
        if is_sent(cluster) and is_routed(cluster, amtool, labels):
            sent = manager.deliver([{"labels": labels, "annotations": {"message": "alert"}, "status": "firing"}])
            names = {"chat": "chats", "robot": "robot"}
            found[alert] = {names[item.kind] for item in sent if item.kind and not item.error}
    return found


def is_sent(cluster: Cluster) -> bool:
    """Return whether the rulers of KubeSphere 4 have an Alertmanager; before it, Prometheus always has one."""
    if not cluster.version.startswith("4"):
        return True
    plan = cluster.find(f"{PLANS}/whizard-alerting")
    values = yaml.safe_load(((plan or {}).get("spec") or {}).get("config") or "{}") or {}
    mode = ((values.get("global") or {}).get("rules") or {}).get("distributionMode")
    part = "extension" if mode == "None" else "agent"
    return bool(((values.get(part) or {}).get("ruler") or {}).get("alertmanagersUrl"))


def is_routed(cluster: Cluster, amtool: Amtool, labels: Mapping[str, str]) -> bool:
    """Return whether Alertmanager sends an alert to notification-manager."""
    if cluster.version.startswith("4"):
        text = alertmanager_text(cluster)
    else:
        secret = cluster.find(ALERTMANAGER)
        if secret is None:
            return False
        text = base64.b64decode(secret["data"]["alertmanager.yaml"]).decode()
    ways = {item["name"]: str(item.get("webhook_configs")) for item in yaml.safe_load(text)["receivers"]}
    service = ("//notification-manager-svc.", "//notification-manager-svc:")
    return any(
        any(name in ways[receiver] for name in service) and "/api/v2/alerts" in ways[receiver]
        for receiver in amtool.receivers(text, labels)
    )


def modelled(outcomes: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return the channels by which each alert arrives, as the task says."""
    found: dict[str, set[str]] = {alert: set() for alert in ALERTS}
    for outcome in outcomes:
        for text in outcome["alerts"]:
            bare = " bare" if text.endswith("without a namespace") else ""
            alert = text.partition(" ")[0] + bare
            if outcome["result"] == "delivered" and alert in found:
                found[alert] |= {*(["chats"] if outcome["chats"] else []), *(["robot"] if outcome["robot"] else [])}
    return found


@pytest.mark.parametrize(("name", "release"), CELLS, ids=[f"{name}-{release}" for name, release in CELLS])
def test_state(name: str, release: str, site: Site, amtools: Mapping[str, Amtool]) -> None:
    site.dingtalk.clock.advance(3600)  # DingTalk limits the messages of a minute
    state, cluster = STATES[name], site.restore(release)
    state.change(cluster)
    site.roll_out(release)
    result = site.run(release, state.variables, state.rules)

    expected = {alert: {"chats", "robot"} - set(state.lost.get(alert, "").split()) for alert in ALERTS}
    assert arrived(site, cluster, amtools[SHIPPED[release]]) == expected
    assert modelled(result["delivery"]) == expected
    causes = [outcome["cause"] for outcome in result["delivery"] if outcome["result"] == "undelivered"]
    assert bool(causes) is bool(state.cause)
    assert all(state.cause in cause for cause in causes), causes
    warned = [text for text in result.get("warnings") or [] if "do not reach" in text or "alertSelector" in text]
    assert bool(warned) is bool(causes)
    assert not [text for text in result.get("warnings") or [] if "It is unknown" in text]
    closing_lines.count("delivery states", f"{name} {release}")
