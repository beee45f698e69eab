# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of a benchmark: a JSON file with figures and measurements, and a text summary."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from statistics import median
from typing import Any

from tests.benchmark.controller import FORKS
from tests.benchmark.figures import GOALS, Figures, further, headline
from tests.benchmark.measurement import Measurement
from tests.benchmark.proxy import ONE_WAY_MS
from tests.benchmark.runs import SHARED_SERVERS
from tests.benchmark.subjects import FIRST_HOSTS, Results, Subject

Json = dict[str, Any]


def document(results: Results, seconds: float) -> Json:
    """Return the content of the JSON file: the top-level figures, and ``details``."""
    return {
        **_rounded(headline(results)),
        "details": {
            **_rounded(further(results)),
            "machine": _machine(),
            "setup": {
                "forks_and_threads": FORKS,
                "steady_servers": SHARED_SERVERS,
                "first_run_servers": FIRST_HOSTS,
                "far_round_trip_ms": 2 * ONE_WAY_MS,
            },
            "seconds": round(seconds),
            "runs": [_row(subject, measured) for subject, measured in results.items()],
        },
    }


def lines(written: Json) -> Iterator[str]:
    """Yield the figures with their goals."""
    known: Figures = {**written, **written["details"]}
    for name, goal in GOALS.items():
        value = known[name]
        if value is None:
            yield f"  {goal.text:<68} not measured"
            continue
        met = goal.met(value)
        limit = (
            f"goal: {'at least' if goal.at_least else 'at most'} {goal.limit:g}{goal.unit}"
            if goal.limit is not None
            else ""
        )
        verdict = {None: "", True: "met", False: "MISSED"}[met]
        yield f"  {goal.text:<68} {f'{value:g}{goal.unit}':>9}  {limit:<22}{verdict}".rstrip()


def _rounded(figures: Figures) -> Figures:
    return {name: value if value is None else round(value, 2) for name, value in figures.items()}


def _machine() -> Json:
    return {
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "ansible_core": version("ansible-core"),
        "kubernetes": version("kubernetes"),
    }


def _row(subject: Subject, measured: list[Measurement]) -> Json:
    """Return a subject's medians and measurements."""
    wall, cpu = (median(getattr(done, name) for done in measured) for name in ("wall", "cpu"))
    plays = [done.play for done in measured if done.play]
    row: Json = {
        "program": subject.program,
        "hosts": subject.hosts,
        "route": subject.route,
        "wall_s": round(wall, 3),
        "wall_ms_per_host": round(wall * 1000 / subject.hosts, 2),
        "cpu_ms_per_host": round(cpu * 1000 / subject.hosts, 2),
        "requests": dict(sorted(measured[-1].requests.items())),
        "all_wall_s": [round(done.wall, 3) for done in measured],
        "all_cpu_s": [round(done.cpu, 3) for done in measured],
        "load": [round(done.load, 2) for done in measured],
    }
    if plays:
        row["parent_mb"] = round(max(play["parent_kb"] for play in plays) / 1024, 1)
        row["worker_mb"] = round(max(play["worker_kb"] for play in plays) / 1024, 1)
        row["tasks"] = sum(plays[-1]["tasks"].values())
    return row
