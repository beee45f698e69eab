# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for the alerting components of all clusters in one task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .._core.clock import Deadline
from .._core.errors import OperationError
from .._core.masking import Secrets
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task, only_as_action
from .._core.text import few
from .._kubesphere.alerting_component import INSTALLING, Component, poll
from .._kubesphere.api import connect
from .registered import RESULTS_FROM

#: The number of clusters polled concurrently.
THREADS = 10
#: Seconds after which progress is printed even without changes.
PROGRESS_INTERVAL = 60

SPEC = ArgumentSpec(
    options={
        "timeout": {"type": "int", "default": 1800},
        "interval": {"type": "int", "default": 5},
        **RESULTS_FROM,
    }
)

#: Inventory host -> its access options.
Clusters = Mapping[str, Mapping[str, Any]]
#: Prints a line of progress.
Report = Callable[[str], None]


def run_wait(task: Task, clusters: Clusters, report: Report) -> dict[str, Any]:
    """Poll every cluster until none is installing any more or the deadline is reached."""
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
        found |= _poll_all({host: clusters[host] for host in waiting}, task.secrets)
        progress.report({host: found[host] for host in waiting})
        waiting = [host for host in waiting if found[host].state == INSTALLING]
        if not waiting or not deadline.wait():
            return found


class _Progress:
    """Reports the final state of each cluster, and regularly the number of pending ones."""

    def __init__(self, task: Task, report: Report, count: int) -> None:
        self._clock = task.clock
        self._report = report
        self._count = count
        self._started = self._last = task.clock.time()

    def report(self, polled: Mapping[str, Component]) -> None:
        """Report the states just polled of the pending clusters."""
        now = self._clock.time()
        pending = [host for host, component in polled.items() if component.state == INSTALLING]
        for host, component in polled.items():
            if host not in pending:
                message = f"{self._elapsed(now)} {host}: alerting component {component.state}. {component.reason}"
                self._report(message.rstrip())
        if pending and (len(pending) < len(polled) or now - self._last >= PROGRESS_INTERVAL):
            self._report(
                f"{self._elapsed(now)} {self._count - len(pending)} of {self._count} done, waiting for {few(pending)}"
            )
            self._last = now

    def _elapsed(self, now: float) -> str:
        seconds = int(now - self._started)
        return f"[{seconds // 60:02}:{seconds % 60:02}]"


def _poll_all(clusters: Clusters, secrets: Secrets) -> dict[str, Component]:
    def poll_one(host: str) -> Component:
        try:
            return poll(connect(clusters[host], secrets))
        except OperationError as error:
            # An API server may be unavailable during an installation: only the deadline ends the wait.
            return Component(INSTALLING, error.message)

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(clusters, pool.map(poll_one, clusters), strict=True))


OPERATION = Operation(spec=SPEC, run=only_as_action("wait_for_alerting", "The clusters to wait for"))
