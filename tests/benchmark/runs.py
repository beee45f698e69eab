# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs themselves, on real API servers: steady ones that are interleaved, and first ones."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmark import bare
from tests.benchmark.controller import FORKS, Controller
from tests.benchmark.measurement import Measurement, Unexpected, measure_loop
from tests.benchmark.proxy import distant
from tests.benchmark.subjects import (
    AGAIN,
    BARE,
    BARE_READS,
    FAR,
    FIRST,
    FIRST_HOSTS,
    NEAR,
    PEERS,
    PEERS_COMPACT,
    SITE,
    Results,
    Subject,
    steady,
)
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import RecordedRequest
from tests.support.simulators.world import populate
from tests.support.testbed import Cluster, clusters
from tests.support.testbed.paths import path

#: Servers of the steady runs, which many hosts share.
SHARED_SERVERS = 4
VERSION = "3.4"
#: What the collection remembers on each cluster; it is an object that it manages, as those in a task's result are.
RECORD = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
PEER_PLAYBOOKS = {PEERS: "site", PEERS_COMPACT: "compact"}


def measure_steady(folder: Path, counts: Sequence[int], repeats: int) -> Results:
    """Interleave all steady runs: each round has one of each kind, so that a busy spell of the machine hits all."""
    wanted = steady(counts, repeats)
    results: Results = {subject: [] for subject in wanted}
    with _servers(folder, SHARED_SERVERS) as (fleet, routes), _dingtalk(folder / "dingtalk") as dingtalk:
        controller = Controller(folder / "controller", fleet, dingtalk, routes)
        runs = SteadyRuns(fleet, routes, controller)
        for turn in range(repeats):
            for subject in (subject for subject, often in wanted.items() if often > turn):
                results[subject].append(_said(subject, runs.run(subject)))
    return results


def measure_first(folder: Path, repeats: int) -> Results:
    """First run, the run after it, and everything back to where it was, near by and far away."""
    results: Results = {}
    with _servers(folder, FIRST_HOSTS) as (fleet, routes):
        for turn in range(repeats):
            for route in routes:
                place = folder / f"{turn} {route}"
                with _dingtalk(place / "dingtalk") as dingtalk:
                    controller = Controller(place / "controller", fleet, dingtalk, routes, alike=False)
                    for subject, done in _first_and_again(fleet, controller, route):
                        results.setdefault(subject, []).append(_said(subject, done))
                    controller.site(FIRST_HOSTS, route, "teardown")
                    fleet["s0"].delete(RECORD)  # the chat registry, which teardown leaves
    return results


def _first_and_again(
    fleet: Mapping[str, Cluster], controller: Controller, route: str
) -> Iterator[tuple[Subject, Measurement]]:
    # Every cluster changes, and on the first one the chats as well.
    for program, changes in ((FIRST, FIRST_HOSTS + 1), (AGAIN, 0)):
        subject = Subject(program, FIRST_HOSTS, route)
        done = _recorded(fleet, partial(controller.site, FIRST_HOSTS, route))
        _require_changes(subject, done, changes)
        yield subject, done


class SteadyRuns:
    """Clusters on which everything is as it shall be."""

    def __init__(
        self, fleet: Mapping[str, Cluster], routes: Mapping[str, Mapping[str, str]], controller: Controller
    ) -> None:
        self._fleet = fleet
        self._routes = routes
        self._controller = controller
        first = controller.site(len(fleet), NEAR)
        self._chat_ids: dict[str, str] = first.play["chat_ids"]
        _reset(fleet)
        controller.site(len(fleet), NEAR)
        reads = {request.path for request in _requests(fleet)}
        self._paths = {BARE: [*map(_path, first.play["objects"]), RECORD], BARE_READS: sorted(reads)}

    def run(self, subject: Subject) -> Measurement:
        """Run once. Raises Unexpected when it was no steady run."""
        done = _recorded(self._fleet, partial(self._measure, subject))
        _require_changes(subject, done, 0)
        return done

    def _measure(self, subject: Subject) -> Measurement:
        if subject.program == SITE:
            return self._controller.site(subject.hosts, subject.route)
        if subject.program in PEER_PLAYBOOKS:
            playbook = PEER_PLAYBOOKS[subject.program]
            return self._controller.peers(playbook, subject.hosts, subject.route, self._chat_ids)
        servers = [
            {"url": url, "ca_file": str(self._fleet[name].ca_file), "token": self._fleet[name].token}
            | {"paths": self._paths[subject.program]}
            for name, url in self._routes[subject.route].items()
        ]
        job = {"threads": FORKS, "clusters": [servers[number % len(servers)] for number in range(subject.hosts)]}
        return measure_loop([sys.executable, bare.__file__], job, Path.cwd())


@contextmanager
def _servers(folder: Path, count: int) -> Iterator[tuple[dict[str, Cluster], dict[str, dict[str, str]]]]:
    with clusters({f"s{number}": VERSION for number in range(count)}, folder, real=True) as fleet:
        near = {name: cluster.server for name, cluster in fleet.items()}
        with distant(near, folder / "proxy.log") as far:
            yield fleet, {NEAR: near, FAR: far}


@contextmanager
def _dingtalk(folder: Path) -> Iterator[DingTalk]:
    folder.mkdir(parents=True)
    with DingTalk(folder) as dingtalk:
        populate(dingtalk)
        yield dingtalk


def _recorded(fleet: Mapping[str, Cluster], run: Callable[[], Measurement]) -> Measurement:
    """Run, and add what the clusters saw of it."""
    _reset(fleet)
    done = run()
    return replace(done, requests=Counter(f"{request.verb} {_resource(request.path)}" for request in _requests(fleet)))


def _reset(fleet: Mapping[str, Cluster]) -> None:
    for cluster in fleet.values():
        cluster.reset_requests()


def _requests(fleet: Mapping[str, Cluster]) -> list[RecordedRequest]:
    return [request for cluster in fleet.values() for request in cluster.requests()]


def _resource(request_path: str) -> str:
    """``secrets`` for the path of a Secret; a path without objects stands for itself."""
    parts = request_path.strip("/").split("/")
    rest = parts[2 if parts[0] == "api" else 3 :]
    rest = rest[2:] if rest[:1] == ["namespaces"] and len(rest) > 2 else rest
    return rest[0] if rest else request_path


def _path(shown: Mapping[str, Any]) -> str:
    """The path of an object in a task's result."""
    metadata = {"name": shown["name"], "namespace": shown["namespace"]}
    return path({"apiVersion": shown["api_version"], "kind": shown["kind"], "metadata": metadata})


def _require_changes(subject: Subject, done: Measurement, expected: int) -> None:
    changed = done.play.get("changed", 0)
    if changed != expected:
        raise Unexpected(f"{subject}: {changed} changed tasks, expected {expected}")


def _said(subject: Subject, done: Measurement) -> Measurement:
    print(f"  {subject}: {done.wall:.2f} s, CPU {done.cpu:.2f} s (load {done.load:.1f})", flush=True)
    return done
