# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in check mode, the real run after it, and their comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json
from tests.support.simulators.kubernetes import RecordedRequest

Stored = dict[str, dict[str, Json]]
#: An object's plural, namespace and name.
Place = tuple[str, ...]


@dataclass
class CheckRun:
    """A run in check mode and the real run after it, with the clusters' objects before, between and after.

    ``requests`` and ``calls`` are those of the run in check mode.
    """

    site: Environment
    checked_run: Run
    real: Run
    before: Stored
    between: Stored
    after: Stored
    requests: list[RecordedRequest]
    calls: list[str]

    @property
    def predicted(self) -> dict[str, set[Place]]:
        """Inventory host -> the objects that would change, as reported in check mode."""
        return {
            host: {
                (item["kind"].lower() + "s", item["namespace"] or "", item["name"])
                for item in result["objects"]
                if item["action"] != "unchanged"
            }
            for host, result in self.checked_run.of("cluster_config").items()
        }

    @property
    def changed(self) -> dict[str, set[Place]]:
        """Inventory host -> the objects that the real run changed."""
        return {host: _changed(self.between[host], self.after[host]) for host in self.between}

    def diffs(self, run: Run) -> dict[tuple[str, str], list[Json]]:
        """Action and inventory host -> diffs, with placeholders instead of chat IDs."""
        chats = of.registry(next(iter(self.site.clusters.values())))
        return {
            (action, host): [
                {key: _with_placeholders(key, text, chats) for key, text in item.items()} for item in result["diff"]
            ]
            for action in ("fleet_chats", "cluster_config")
            for host, result in run.of(action).items()
        }


def run_check_mode(site: Environment, playbook: str) -> CheckRun:
    """Run a playbook with ``--check --diff``, then for real."""
    before = site.stored(revisions=True)
    checked_run = site.run(playbook, "--check", "--diff").must()
    requests = [request for requests in site.requests.values() for request in requests]
    calls, between = site.dingtalk_writes(), site.stored(revisions=True)
    real = site.run(playbook, "--diff").must()
    return CheckRun(site, checked_run, real, before, between, site.stored(revisions=True), requests, calls)


def _with_placeholders(key: str, text: str, chats: Json) -> str:
    if key.endswith("_header"):
        return text
    for name, chat in chats.items():
        text = text.replace(chat["chat_id"], f"<ID of chat {name}, once it is created>")
    return re.sub(r"open_conversation_id: cid\S+", "open_conversation_id: ''", text)


def _changed(before: dict[str, Json], after: dict[str, Json]) -> set[Place]:
    """Return the objects that differ between two states, except the collection's own ConfigMap."""
    paths = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    places = {tuple(path.split("/")[-3:]) for path in paths}
    return {place for place in places if place[2] != "kubesphere-dingtalk"}
