# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subjects of the benchmark: programs, numbers of hosts, routes and repetitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmark.measurement import Measurement

#: Routes to the clusters.
NEAR, FAR = "loopback", "30 ms"

SITE, DOCTOR, BARE, BARE_READS = "site.yml", "doctor.yml", "bare loop", "bare loop, all reads of site.yml"
PEERS, PEERS_COMPACT = "kubernetes.core", "kubernetes.core, fewest tasks"
FIRST, AGAIN = "site.yml, first run", "site.yml, run after it"

#: The number of hosts for comparisons of programs, and that of a large fleet.
MANY, MOST = 100, 1000
#: Fewer hosts, because kubernetes.core takes seconds per host.
PEERS_HOSTS = 4
#: The first run has a server for each host.
FIRST_HOSTS = 10


@dataclass(frozen=True)
class Subject:
    """One row of the results."""

    program: str
    hosts: int
    route: str

    def __str__(self) -> str:
        return f"{self.program}, {self.hosts} hosts, {self.route}"


Results = dict[Subject, list[Measurement]]


def steady(counts: Sequence[int], repeats: int) -> Mapping[Subject, int]:
    """Return the steady runs in the order of a round, with their numbers of rounds."""
    wanted: dict[Subject, int] = {}
    for hosts in counts:
        for route in (NEAR, FAR):
            # A thousand hosts take a minute, and their ratio is computed for the loopback route.
            often = 1 if hosts >= MOST and route == FAR else repeats
            wanted[Subject(SITE, hosts, route)] = often
            wanted[Subject(BARE, hosts, route)] = often
            if hosts <= MANY:
                wanted[Subject(DOCTOR, hosts, route)] = often
    for route in (NEAR, FAR):
        wanted[Subject(BARE_READS, MANY, route)] = repeats
    for program in (PEERS, PEERS_COMPACT):
        wanted[Subject(program, PEERS_HOSTS, NEAR)] = repeats
    return wanted


def wall(results: Results, program: str, hosts: int, route: str) -> float | None:
    """Return the median wall time in seconds, None if not measured."""
    found = results.get(Subject(program, hosts, route))
    return median(measurement.wall for measurement in found) if found else None


def cpu(results: Results, program: str, hosts: int, route: str) -> float | None:
    """Return the median CPU time in seconds, None if not measured."""
    found = results.get(Subject(program, hosts, route))
    return median(measurement.cpu for measurement in found) if found else None


def ratio(upper: float | None, lower: float | None) -> float | None:
    """Return a quotient, None if a part of it was not measured."""
    return None if upper is None or lower is None else upper / lower
