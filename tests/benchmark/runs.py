# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The measured runs on real API servers: interleaved steady runs, and first runs."""

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
from tests.benchmark.alertmanager import alertmanager, own_address
from tests.benchmark.controller import FORKS, Controller
from tests.benchmark.measurement import InvalidRun, Measurement, measure_loop
from tests.benchmark.proxy import distant
from tests.benchmark.subjects import (
    AGAIN,
    BARE,
    BARE_READS,
    DOCTOR,
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
from tests.support.testbed.stand_ins.monitoring import deploy_manager

#: The number of servers of the steady runs, which the hosts share.
SHARED_SERVERS = 4
VERSION = "3.4"
#: The collection's ConfigMap, which is a managed object in addition to those in a task's result.
CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
PLAYBOOKS = {SITE: "site", DOCTOR: "doctor"}
PEER_PLAYBOOKS = {PEERS: "site", PEERS_COMPACT: "compact"}


def measure_steady(folder: Path, counts: Sequence[int], repeats: int, programs: Sequence[str] = ()) -> Results:
    """Run all steady runs interleaved, so that changes of the machine's load affect all kinds.

    ``programs``: those to run, all if empty.
    """
    wanted = {
        subject: n for subject, n in steady(counts, repeats).items() if not programs or subject.program in programs
    }
    results: Results = {subject: [] for subject in wanted}
    with _servers(folder, SHARED_SERVERS) as (fleet, routes), _dingtalk(folder / "dingtalk") as dingtalk:
        controller = Controller(folder / "controller", fleet, dingtalk, routes)
        runs = SteadyRuns(fleet, routes, controller)
        with _monitored(fleet, wanted) as possible:
            for turn in range(repeats):
                for subject in (subject for subject, often in possible.items() if often > turn):
                    results[subject].append(_logged(subject, runs.run(subject)))
    return {subject: measured for subject, measured in results.items() if measured}


@contextmanager
def _monitored(fleet: Mapping[str, Cluster], wanted: Mapping[Subject, int]) -> Iterator[Mapping[Subject, int]]:
    """Let the clusters be healthy for the doctor; yield the subjects that can be run then."""
    address = own_address()
    if not address:
        print(f"  {DOCTOR}: not measured, as this machine has no address but loopback", flush=True)
        yield {subject: often for subject, often in wanted.items() if subject.program != DOCTOR}
        return
    for cluster in fleet.values():
        deploy_manager(cluster)
    with alertmanager(fleet.values(), address):
        yield wanted


def measure_first(folder: Path, repeats: int) -> Results:
    """Measure first runs and the runs after them, then tear down, for all routes."""
    results: Results = {}
    with _servers(folder, FIRST_HOSTS) as (fleet, routes):
        for turn in range(repeats):
            for route in routes:
                place = folder / f"{turn} {route}"
                with _dingtalk(place / "dingtalk") as dingtalk:
                    controller = Controller(place / "controller", fleet, dingtalk, routes, alike=False)
                    for subject, done in _first_and_again(fleet, controller, route):
                        results.setdefault(subject, []).append(_logged(subject, done))
                    controller.site(FIRST_HOSTS, route, "teardown")
                    fleet["s0"].delete(CONFIG_MAP)  # the chat registry, which teardown retains
    return results


def _first_and_again(
    fleet: Mapping[str, Cluster], controller: Controller, route: str
) -> Iterator[tuple[Subject, Measurement]]:
    # Changes on all clusters, and of the chats on the first one.
    for program, changes in ((FIRST, FIRST_HOSTS + 1), (AGAIN, 0)):
        subject = Subject(program, FIRST_HOSTS, route)
        done = _recorded(fleet, partial(controller.site, FIRST_HOSTS, route))
        _require_changes(subject, done, changes)
        yield subject, done


class SteadyRuns:
    """Runs without changes."""

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
        self._paths = {BARE: [*map(_path, first.play["objects"]), CONFIG_MAP], BARE_READS: sorted(reads)}

    def run(self, subject: Subject) -> Measurement:
        """Run once. Raises InvalidRun if the run made changes, or one of this collection wrote at all."""
        done = _recorded(self._fleet, partial(self._measure, subject))
        _require_changes(subject, done, 0)
        if subject.program in PLAYBOOKS and done.writes:
            raise InvalidRun(f"{subject}: {dict(done.writes)}, expected no write")
        return done

    def _measure(self, subject: Subject) -> Measurement:
        if subject.program in PLAYBOOKS:
            return self._controller.site(subject.hosts, subject.route, PLAYBOOKS[subject.program])
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
    """Run, and add the requests to the measurement."""
    _reset(fleet)
    done = run()
    return replace(done, requests=Counter(f"{request.verb} {_resource(request.path)}" for request in _requests(fleet)))


def _reset(fleet: Mapping[str, Cluster]) -> None:
    for cluster in fleet.values():
        cluster.reset_requests()


def _requests(fleet: Mapping[str, Cluster]) -> list[RecordedRequest]:
    return [request for cluster in fleet.values() for request in cluster.requests()]


def _resource(request_path: str) -> str:
    """Return the resource of a path, such as ``secrets``; non-resource paths are returned unchanged."""
    parts = request_path.strip("/").split("/")
    rest = parts[2 if parts[0] == "api" else 3 :]
    rest = rest[2:] if rest[:1] == ["namespaces"] and len(rest) > 2 else rest
    return rest[0] if rest else request_path


def _path(shown: Mapping[str, Any]) -> str:
    """Return the path of an object in a task's result."""
    metadata = {"name": shown["name"], "namespace": shown["namespace"]}
    return path({"apiVersion": shown["api_version"], "kind": shown["kind"], "metadata": metadata})


def _require_changes(subject: Subject, done: Measurement, expected: int) -> None:
    changed = done.play.get("changed", 0)
    if changed != expected:
        raise InvalidRun(f"{subject}: {changed} changed tasks, expected {expected}")


def _logged(subject: Subject, done: Measurement) -> Measurement:
    print(f"  {subject}: {done.wall:.2f} s, CPU {done.cpu:.2f} s (load {done.load:.1f})", flush=True)
    return done
