# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task that waits for the components of all clusters, so that no cluster's own task has to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .._core.clock import Deadline
from .._core.errors import OperationError
from .._core.masking import Secrets
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._core.text import few
from .._kubesphere.alerting_component import INSTALLING, Component, poll
from .._kubesphere.api import connect

#: How many clusters are asked side by side.
THREADS = 10
#: After so many seconds a line is printed even when nothing has changed.
SILENCE = 60

SPEC = ArgumentSpec(
    options={
        "timeout": {"type": "int", "default": 1800},
        "interval": {"type": "int", "default": 5},
    }
)

#: Inventory host -> its access options.
Clusters = Mapping[str, Mapping[str, Any]]
#: Prints a line of progress.
Report = Callable[[str], None]


def run_wait(task: Task, clusters: Clusters, report: Report) -> dict[str, Any]:
    """Ask every cluster again and again until none is installing any more, or the deadline has come."""
    found = {host: Component(INSTALLING) for host in clusters}
    if found and not task.check_mode:
        minutes = task.params["timeout"] / 60
        report(f"Waiting for the alerting component of {few(list(found))}, at most {minutes:g} min")
        found = _wait(task, clusters, _Progress(task, report, len(found)))
    return {
        "changed": False,
        "hosts": [] if task.check_mode else list(found),
        "components": {host: {"state": item.state, "reason": item.reason} for host, item in found.items()},
    }


def _wait(task: Task, clusters: Clusters, progress: _Progress) -> dict[str, Component]:
    deadline = Deadline(task.clock, task.params["timeout"], max(1, task.params["interval"]))
    found: dict[str, Component] = {}
    waiting = list(clusters)
    while True:
        found |= _ask({host: clusters[host] for host in waiting}, task.secrets)
        progress.report({host: found[host] for host in waiting})
        waiting = [host for host in waiting if found[host].state == INSTALLING]
        if not waiting or not deadline.wait():
            return found


class _Progress:
    """Says on the terminal what became of a cluster, and now and then how many are left."""

    def __init__(self, task: Task, report: Report, count: int) -> None:
        self._clock = task.clock
        self._report = report
        self._count = count
        self._started = self._last = task.clock.time()

    def report(self, seen: Mapping[str, Component]) -> None:
        """Take what was just seen of the clusters that were waited for."""
        now = self._clock.time()
        still = [host for host, component in seen.items() if component.state == INSTALLING]
        for host, component in seen.items():
            if host not in still:
                message = f"{self._elapsed(now)} {host}: alerting component {component.state}. {component.reason}"
                self._report(message.rstrip())
        if still and (len(still) < len(seen) or now - self._last >= SILENCE):
            self._report(
                f"{self._elapsed(now)} {self._count - len(still)} of {self._count} done, waiting for {few(still)}"
            )
            self._last = now

    def _elapsed(self, now: float) -> str:
        seconds = int(now - self._started)
        return f"[{seconds // 60:02}:{seconds % 60:02}]"


def _ask(clusters: Clusters, secrets: Secrets) -> dict[str, Component]:
    def ask(host: str) -> Component:
        try:
            return poll(connect(clusters[host], secrets))
        except OperationError as error:
            # An API server may be away for a while in an installation: only the deadline ends the waiting.
            return Component(INSTALLING, error.message)

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(clusters, pool.map(ask, clusters), strict=True))


def _run(task: Task) -> dict[str, Any]:
    raise OperationError("Which clusters are installing is known on the controller only; run this as an action.")


OPERATION = Operation(spec=SPEC, run=_run)
