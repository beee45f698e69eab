# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of each release with working settings, and what is played on them: a change, and the next run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.inprocess import apply_features
from tests.support.plays.environment import APP_KEY, APP_SECRET, simulator
from tests.support.simulators.dingtalk import DingTalk
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.fleet import clusters
from tests.support.testbed.stand_ins.extension_controller import ExtensionController
from tests.system.delivery.states import ALERTS, ALL, STATES, WITH_EXTENSIONS, State


class Site:
    """A cluster of each release with working settings, which every state begins with."""

    def __init__(self, dingtalk: DingTalk, fleet: Mapping[str, Cluster]) -> None:
        self.dingtalk, self.fleet = dingtalk, fleet
        self.chat_id = dingtalk.add_chat("Ops", "user-1", app=APP_KEY).chatid
        webhook = dingtalk.add_custom_robot(self.chat_id, "kubesphere", keywords=["alert"])
        self.variables: dict[str, Any] = {
            "dingtalk_app_key": APP_KEY,
            "dingtalk_app_secret": APP_SECRET,
            "dingtalk_legacy_api_url": dingtalk.legacy_api_url,
            "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": self.chat_id}},
            "notification_chats": ["ops"],
            "dingtalk_robots": {"oncall": {"chat": "ops", "webhook": webhook, "keywords": ["alert"]}},
            "notification_robot": "oncall",
            "alertmanager_route": {"repeat_interval": "2h"},
        }
        self._controllers = {name: ExtensionController(fleet[name]) for name in WITH_EXTENSIONS}
        self._working: dict[str, Any] = {}
        for release in fleet:
            self.run(release, {})
            self.run(release, {})  # an extension that was just installed gets its values now
            self.keep(release)

    def keep(self, release: str) -> None:
        """Let states begin with what the cluster holds now."""
        self._working[release] = simulator(self.fleet[release]).store.snapshot()

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

    def play(self, state: State, release: str) -> tuple[Cluster, dict[str, Any]]:
        """Bring a cluster into a state, and return it with the result of the run."""
        self.dingtalk.clock.advance(3600)  # DingTalk limits the messages of a minute
        cluster = self.restore(release)
        state.change(cluster)
        self.roll_out(release)
        return cluster, self.run(release, state.variables, state.rules)


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run DingTalk, and a cluster of each release."""
    (folder / "dingtalk").mkdir()
    with DingTalk(folder / "dingtalk") as dingtalk, clusters({name: name for name in ALL}, folder / "fleet") as fleet:
        dingtalk.add_user("13800000001", userid="user-1")
        dingtalk.add_app(APP_KEY, APP_SECRET)
        yield Site(dingtalk, fleet)


def cells(*releases: str) -> list[tuple[str, str]]:
    """Return each state on each of its releases, by default all."""
    return [
        (name, release)
        for name, state in STATES.items()
        for release in state.releases
        if not releases or release in releases
    ]


def expected_of(state: State) -> dict[str, set[str]]:
    """Return the channels by which each alert is to arrive."""
    return {alert: {"chats", "robot"} - set(state.lost.get(alert, "").split()) for alert in ALERTS}
