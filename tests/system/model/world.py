# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk, two clusters and two controllers that run the operations of the playbooks in process."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from tests.support.inprocess import Result, apply_features, make_fleet
from tests.support.plays import environment as of
from tests.support.simulators.dingtalk import Chat, DingTalk
from tests.support.testbed import ApiFailure, Cluster, clusters

REGISTRY, OTHER = "shanghai", "beijing"
HOSTS = (REGISTRY, OTHER)
CONTROLLERS = ("a", "b")
#: Keys of chats; each is the prefix of all names of its chats.
KEYS = ("ops", "lab")
#: The chat that is a scene group.
SCENE, TEMPLATE = "lab", "template-1"
PEOPLE = 3
#: Seconds for which the simulated DingTalk remembers a uuid, slightly longer than the collection relies on it.
UUID_SECONDS = 660


class SharedClock:
    """One simulated time for all; sleeping only advances it."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self._dingtalk = dingtalk

    def time(self) -> float:
        return self._dingtalk.clock.now()

    def sleep(self, seconds: float) -> None:
        self._dingtalk.clock.advance(seconds)


@dataclass
class World:
    """``names``: chat key -> its desired name. ``proxied``: the controllers that reach DingTalk through a proxy."""

    folder: Path
    dingtalk: DingTalk
    clusters: Mapping[str, Cluster]
    names: dict[str, str] = field(default_factory=lambda: {key: f"{key} 0" for key in KEYS})
    proxied: Collection[str] = ()

    def __post_init__(self) -> None:
        self.clock = SharedClock(self.dingtalk)

    def play(self, controller: str, limit: Iterable[str] = HOSTS, **extra: Any) -> Result:
        """Run as site.yml does: DingTalk for the whole inventory, then the clusters of the limit."""
        made = self.make(controller, **extra)
        if made.get("failed"):
            return made
        for host in limit:
            applied = self.apply(host, made)
            if applied.get("failed"):
                return applied
        return made

    def make(self, controller: str, **extra: Any) -> Result:
        """Run as chats.yml does."""
        return make_fleet({host: self._variables(host, controller, extra) for host in HOSTS}, self.clock)

    def apply(self, host: str, made: Result, state: str = "present") -> Result:
        """Run on one cluster as site.yml does or, with ``state`` absent, teardown.yml."""
        variables = {**self._variables(host, "a", {}), "dingtalk_fleet": made}
        options = {"kubeconfig": str(self.clusters[host].kubeconfig), "features": ["notification"], "state": state}
        return apply_features(options, variables)

    def _variables(self, host: str, controller: str, extra: Mapping[str, Any]) -> dict[str, Any]:
        people = [{"userid": f"user-{number}"} for number in range(1, PEOPLE + 1)]
        return {
            "inventory_hostname": host,
            "kubesphere_kubeconfig": str(self.clusters[host].kubeconfig),
            "dingtalk_app_key": of.APP_KEY,
            "dingtalk_app_secret": of.APP_SECRET,
            "dingtalk_api_url": self.dingtalk.api_url,
            "dingtalk_legacy_api_url": self.dingtalk.legacy_api_url,
            "dingtalk_ca_path": self.dingtalk.ca_file,
            "dingtalk_cache_path": str(self.folder / controller / "cache"),
            "dingtalk_state_path": str(self.state(controller)),
            **({"dingtalk_proxy": self.dingtalk.proxy_url} if controller in self.proxied else {}),
            "dingtalk_registry_host": REGISTRY,
            "dingtalk_chats": {key: self._desired(key, people) for key in KEYS},
            "notification_chats": list(KEYS),
            **extra,
        }

    def _desired(self, key: str, people: list[dict[str, str]]) -> dict[str, Any]:
        template = {"template_id": TEMPLATE} if key == SCENE else {}
        return {"name": self.names[key], "owner": people[0], "members": people[1:], **template}

    def cut_at_the_proxy(self, api: str, when: Literal["before", "after"]) -> None:
        """Cut the proxy's connections while DingTalk executes the next such request, before or after its work."""
        pending = [self.dingtalk.proxy.cut]
        hook = self.dingtalk.before if when == "before" else self.dingtalk.after
        hook(api, lambda _call: pending.pop()() if pending else None)

    def state(self, controller: str) -> Path:
        return self.folder / controller / "state"

    def lose(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    def lose_records(self) -> None:
        """Delete the last-applied state on all clusters, but not the registry."""
        if of.exists(self.clusters[REGISTRY], of.CONFIG_MAP):
            self.clusters[REGISTRY].patch(of.CONFIG_MAP, {"data": {"applied": None}})
        if of.exists(self.clusters[OTHER], of.CONFIG_MAP):
            self.clusters[OTHER].delete(of.CONFIG_MAP)

    def registered(self, key: str) -> dict[str, Any]:
        """Return the registry entry of a chat."""
        try:
            text = (self.clusters[REGISTRY].get(of.CONFIG_MAP).get("data") or {}).get("chats") or "{}"
        except ApiFailure as failure:
            if failure.status != 404:
                raise
            text = "{}"
        apps = (yaml.safe_load(text).get("chats") or {}).get(self.dingtalk.api_url) or {}
        return dict((apps.get(of.APP_KEY) or {}).get(key) or {})

    def made(self, key: str) -> list[Chat]:
        """Return every chat ever created for a key, in order."""
        return [chat for chat in self.dingtalk.chats() if chat.name.startswith(f"{key} ")]

    def living(self, key: str) -> list[Chat]:
        return [chat for chat in self.made(key) if chat.status == 1]


@contextmanager
def world(folder: Path) -> Iterator[World]:
    (folder / "dingtalk").mkdir(parents=True)
    releases = dict.fromkeys(HOSTS, "3.4")
    with DingTalk(folder / "dingtalk") as dingtalk, clusters(releases, folder / "clusters") as fleet_of_clusters:
        for number in range(1, PEOPLE + 1):
            dingtalk.add_user(f"1380000000{number}", userid=f"user-{number}")
        dingtalk.add_app(of.APP_KEY, of.APP_SECRET)
        dingtalk.add_scene_template(TEMPLATE, of.APP_KEY)
        dingtalk.unclear.uuid_seconds = UUID_SECONDS
        yield World(folder, dingtalk, fleet_of_clusters)
