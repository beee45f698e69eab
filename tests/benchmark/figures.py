# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of the benchmark, and their goals."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.benchmark.subjects import (
    AGAIN,
    BARE,
    BARE_READS,
    DOCTOR,
    FAR,
    FIRST,
    FIRST_HOSTS,
    MANY,
    MOST,
    NEAR,
    PEERS,
    PEERS_COMPACT,
    PEERS_HOSTS,
    SITE,
    Results,
    Subject,
    cpu,
    ratio,
    wall,
)

Figures = dict[str, float | None]


@dataclass(frozen=True)
class Goal:
    """A goal; ``limit`` is a maximum, or a minimum with ``at_least``; None for a figure without a goal."""

    text: str
    unit: str
    limit: float | None = None
    at_least: bool = False

    def met(self, value: float) -> bool | None:
        """Return whether the goal is met, None without a limit."""
        if self.limit is None:
            return None
        return value >= self.limit if self.at_least else value <= self.limit


GOALS = {
    "vs_bare_loop_30ms": Goal(f"wall time relative to the bare loop, {MANY} hosts, 30 ms", "x", 1.5),
    "vs_bare_loop_loopback": Goal(f"wall time relative to the bare loop, {MANY} hosts, loopback", "x"),
    "vs_kubernetes_core": Goal("times faster than kubernetes.core, per cluster, loopback", "x", 50, at_least=True),
    "per_cluster_1000_vs_100": Goal(f"wall time per cluster, {MOST} relative to {MANY} hosts, loopback", "x", 1.15),
    "first_vs_steady": Goal("wall time of the first run relative to the next, loopback", "x", 1.5),
    "cpu_ms_per_cluster": Goal(f"CPU time per cluster, {MANY} hosts, loopback", " ms", 80),
    "parent_mb_1000": Goal(f"peak memory of the parent, {MOST} hosts", " MB", 400),
    "tasks_per_host": Goal("tasks per host", "", 1),
    "gets_per_managed_object": Goal(f"GETs per managed object and host, {MANY} hosts", "", 1),
    "writes": Goal(f"writes of a steady run, {MANY} hosts", "", 0),
    "vs_bare_loop_all_reads_30ms": Goal("as the first, with all reads of site.yml in the loop", "x"),
    "vs_bare_loop_all_reads_loopback": Goal("as the second, with all reads of site.yml in the loop", "x"),
    "vs_kubernetes_core_compact": Goal("as the third, with the fewest possible tasks there", "x"),
    "doctor_vs_site": Goal(f"wall time of doctor.yml relative to site.yml, {MANY} hosts, loopback", "x", 3),
    "doctor_vs_site_30ms": Goal(f"wall time of doctor.yml relative to site.yml, {MANY} hosts, 30 ms", "x", 3),
    "first_vs_steady_30ms": Goal("wall time of the first run relative to the next, 30 ms", "x"),
}


def headline(results: Results) -> Figures:
    """Return the top-level figures; None if not measured."""
    site = wall(results, SITE, MANY, NEAR)
    return {
        "vs_bare_loop_30ms": ratio(wall(results, SITE, MANY, FAR), wall(results, BARE, MANY, FAR)),
        "vs_bare_loop_loopback": ratio(site, wall(results, BARE, MANY, NEAR)),
        "vs_kubernetes_core": _vs_peers(results, PEERS),
        "per_cluster_1000_vs_100": ratio(_per_host(wall(results, SITE, MOST, NEAR), MOST), _per_host(site, MANY)),
        "first_vs_steady": _first(results, NEAR),
        "cpu_ms_per_cluster": _per_host(cpu(results, SITE, MANY, NEAR), MANY, 1000),
        "parent_mb_1000": _memory(results, "parent_kb", MOST),
        "tasks_per_host": _tasks(results),
    }


def further(results: Results) -> Figures:
    """Return the other figures."""
    near, far = wall(results, SITE, MANY, NEAR), wall(results, SITE, MANY, FAR)
    return {
        "gets_per_managed_object": _gets(results),
        "writes": _writes(results),
        "vs_bare_loop_all_reads_30ms": ratio(far, wall(results, BARE_READS, MANY, FAR)),
        "vs_bare_loop_all_reads_loopback": ratio(near, wall(results, BARE_READS, MANY, NEAR)),
        "vs_kubernetes_core_compact": _vs_peers(results, PEERS_COMPACT),
        "doctor_vs_site": ratio(wall(results, DOCTOR, MANY, NEAR), near),
        "doctor_vs_site_30ms": ratio(wall(results, DOCTOR, MANY, FAR), far),
        "first_vs_steady_30ms": _first(results, FAR),
    }


def _per_host(value: float | None, hosts: int, scale: float = 1.0) -> float | None:
    return None if value is None else value * scale / hosts


def _vs_peers(results: Results, program: str) -> float | None:
    peers = _per_host(wall(results, program, PEERS_HOSTS, NEAR), PEERS_HOSTS)
    return ratio(peers, _per_host(wall(results, SITE, MANY, NEAR), MANY))


def _first(results: Results, route: str) -> float | None:
    return ratio(wall(results, FIRST, FIRST_HOSTS, route), wall(results, AGAIN, FIRST_HOSTS, route))


def _play(results: Results, name: str, hosts: int) -> list[Any]:
    return [done.play[name] for done in results.get(Subject(SITE, hosts, NEAR), [])]


def _memory(results: Results, name: str, hosts: int) -> float | None:
    found = _play(results, name, hosts)
    return max(found) / 1024 if found else None


def _tasks(results: Results) -> float | None:
    """Return the tasks per host; the median excludes the tasks that run once on the first host."""
    runs = _play(results, "tasks", MANY)
    return max(float(median(tasks.values())) for tasks in runs) if runs else None


def _gets(results: Results) -> float | None:
    """Return the reads by site.yml relative to the bare loop, which reads each managed object once."""
    site, bare = (results.get(Subject(program, MANY, NEAR)) for program in (SITE, BARE))
    if not site or not bare:
        return None
    once = bare[0].requests
    return round(max(sum(done.requests.get(kind, 0) for kind in once) for done in site) / sum(once.values()), 2)


def _writes(results: Results) -> float | None:
    site = results.get(Subject(SITE, MANY, NEAR))
    if not site:
        return None
    return max(sum(done.writes.values()) for done in site)
