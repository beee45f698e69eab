# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes by ID: their descendants, their commands, and whether they are running."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable

POLL_SECONDS = 0.02


def listed(columns: str = "pid=,ppid=") -> list[list[str]]:
    """Return all processes with these columns of ``ps``; only the last column may contain spaces."""
    command = ["ps", "-A", "-ww", *(part for name in columns.split(",") for part in ("-o", name))]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split(None, columns.count(",")) for line in shown.splitlines()]


def with_descendants(pid: int) -> list[int]:
    """Return a process and its descendants, ancestors first."""
    parents = [(int(child), int(parent)) for child, parent in listed()]
    found = [pid]
    for ancestor in found:
        found += [child for child, parent in parents if parent == ancestor]
    return found


def commands(pids: Iterable[int]) -> dict[int, str]:
    """Return process ID -> command line of the existing processes among ``pids``."""
    wanted = set(pids)
    return {int(pid): words[0] if words else "" for pid, *words in listed("pid=,args=") if int(pid) in wanted}


def alive(pids: Iterable[int]) -> set[int]:
    """Return the running processes among ``pids``, without zombies."""
    wanted = set(pids)
    return {int(pid) for pid, state in listed("pid=,stat=") if int(pid) in wanted and not state.startswith("Z")}


def wait_for_end(pids: Iterable[int], seconds: float = 60.0) -> None:
    """Wait until all processes have ended. Raises TimeoutError with the command lines of those still running."""
    wanted, deadline = set(pids), time.monotonic() + seconds
    while left := alive(wanted):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still running after {seconds:.0f} s: {commands(left)}")
        time.sleep(POLL_SECONDS)
