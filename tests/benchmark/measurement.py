# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements of commands."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TIMEOUT = 600
#: Requests that change nothing on a cluster; the doctor asks what its account may do.
READS = ("get ", "list ", "watch ", "create selfsubject")


class InvalidRun(Exception):
    """A run failed or did not make the expected changes, so that its measurement is invalid."""


@dataclass(frozen=True)
class Measurement:
    """``wall`` and ``cpu`` of all processes of the run in seconds; ``load`` of the machine before the run.

    ``requests``: "VERB RESOURCE" -> number of requests. ``play`` is the output of the callback ``measure``, empty for
    the bare loop.
    """

    wall: float
    cpu: float
    load: float
    requests: Mapping[str, int] = field(default_factory=dict)
    play: Mapping[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> Mapping[str, int]:
        """The requests that write to a cluster."""
        return {kind: number for kind, number in self.requests.items() if not kind.startswith(READS)}


def measure_play(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Measurement:
    """Run ansible-playbook. Raises InvalidRun with its output if it fails."""
    figures = folder / "measured.json"
    figures.unlink(missing_ok=True)
    load, cpu, started = os.getloadavg()[0], _cpu_of_children(), time.perf_counter()
    _run(command, {**environment, "MEASURE_TO": str(figures)}, folder)
    wall = time.perf_counter() - started
    return Measurement(wall, _cpu_of_children() - cpu, load, play=json.loads(figures.read_text()))


def measure_loop(command: Sequence[str], job: Mapping[str, Any], folder: Path) -> Measurement:
    """Run the bare loop, which reports its own measurement."""
    load = os.getloadavg()[0]
    answer = json.loads(_run(command, None, folder, json.dumps(job)))
    return Measurement(answer["wall"], answer["cpu"], load)


def _run(command: Sequence[str], environment: Mapping[str, str] | None, folder: Path, stdin: str = "") -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, input=stdin, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if done.returncode:
        raise InvalidRun(f"{' '.join(command[:4])} exited with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr}")
    return done.stdout


def _cpu_of_children() -> float:
    """Return the CPU seconds of all terminated descendants, which excludes running servers."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
