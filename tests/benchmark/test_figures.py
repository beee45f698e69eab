# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The computation of a benchmark's figures from measurements."""

from __future__ import annotations

import pytest

from tests.benchmark.figures import GOALS, further, headline
from tests.benchmark.measurement import Measurement
from tests.benchmark.report import document, lines
from tests.benchmark.subjects import (
    AGAIN,
    BARE,
    DOCTOR,
    FAR,
    FIRST,
    FIRST_HOSTS,
    MANY,
    MOST,
    NEAR,
    PEERS,
    PEERS_HOSTS,
    SITE,
    Results,
    Subject,
)

TOP_LEVEL = {
    "vs_bare_loop_30ms",
    "vs_bare_loop_loopback",
    "vs_kubernetes_core",
    "per_cluster_1000_vs_100",
    "first_vs_steady",
    "cpu_ms_per_cluster",
    "parent_mb_1000",
    "tasks_per_host",
}


def play(hosts: int, memory_mb: int = 80) -> dict[str, object]:
    tasks = {f"cluster-{number}": 3 if number == 0 else 1 for number in range(hosts)}
    return {"parent_kb": memory_mb * 1024, "worker_kb": 60 * 1024, "tasks": tasks}


@pytest.fixture
def results() -> Results:
    """Runs of each kind, with simple figures."""
    reads = {"get secrets": 2 * MANY, "get configmaps": MANY}
    more = {**reads, "get configmaps": MANY + 1, "get /apis": MANY}
    return {
        Subject(SITE, MANY, NEAR): [Measurement(seconds, 6.0, 0.1, more, play(MANY)) for seconds in (4.0, 9.0, 5.0)],
        Subject(SITE, MANY, FAR): [Measurement(6.0, 6.0, 0.1, more, play(MANY))],
        Subject(SITE, MOST, NEAR): [Measurement(55.0, 60.0, 0.1, {}, play(MOST, 150))],
        Subject(BARE, MANY, NEAR): [Measurement(1.0, 0.5, 0.1, reads)],
        Subject(BARE, MANY, FAR): [Measurement(3.0, 0.5, 0.1, reads)],
        Subject(PEERS, PEERS_HOSTS, NEAR): [Measurement(12.0, 12.0, 0.1, {}, play(PEERS_HOSTS))],
        Subject(FIRST, FIRST_HOSTS, NEAR): [Measurement(3.0, 2.0, 0.1, {}, play(FIRST_HOSTS))],
        Subject(AGAIN, FIRST_HOSTS, NEAR): [Measurement(2.0, 2.0, 0.1, {}, play(FIRST_HOSTS))],
    }


def test_ratios_are_of_medians(results: Results) -> None:
    assert headline(results) == {
        "vs_bare_loop_30ms": 2.0,
        "vs_bare_loop_loopback": 5.0,
        "vs_kubernetes_core": 60.0,
        "per_cluster_1000_vs_100": pytest.approx(1.1),
        "first_vs_steady": 1.5,
        "cpu_ms_per_cluster": 60.0,
        "parent_mb_1000": 150.0,
        "tasks_per_host": 1.0,
    }


def test_reads_are_relative_to_those_of_the_bare_loop(results: Results) -> None:
    figures = further(results)
    assert figures["gets_per_managed_object"] == 1.0
    assert figures["writes"] == 0


def test_the_doctor_is_relative_to_site(results: Results) -> None:
    assert further(results)["doctor_vs_site"] is None
    results[Subject(DOCTOR, MANY, NEAR)] = [Measurement(10.0, 8.0, 0.1, {}, play(MANY))]
    assert further(results)["doctor_vs_site"] == 2.0


def test_a_write_is_counted(results: Results) -> None:
    results[Subject(SITE, MANY, NEAR)].append(Measurement(1.0, 1.0, 0.1, {"update secrets": 2}, play(MANY)))
    assert further(results)["writes"] == 2


def test_the_file_has_exactly_these_figures_and_details(results: Results) -> None:
    assert set(document(results, 1.0)) == {*TOP_LEVEL, "details"}


def test_missing_measurements_are_reported(results: Results) -> None:
    del results[Subject(SITE, MOST, NEAR)]
    written = document(results, 1.0)
    assert written["parent_mb_1000"] is None
    assert sum("not measured" in line for line in lines(written)) >= 2


def test_a_missed_goal_is_reported(results: Results) -> None:
    text = next(line for line in lines(document(results, 1.0)) if GOALS["vs_bare_loop_30ms"].text in line)
    assert text.endswith("MISSED")
