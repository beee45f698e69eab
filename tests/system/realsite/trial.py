# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet with faults and two failed runs: one followed by teardown, one completed by the next run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.plays.check_run import Stored
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment
from tests.support.simulators.kubernetes import RecordedRequest
from tests.system.realsite.faults import Inject

Json = dict[str, Any]
Requests = dict[str, list[RecordedRequest]]


@dataclass(frozen=True)
class FaultCase:
    """A fault; ``message`` are expected parts of the host's error, empty if the run succeeds in spite of the fault.

    ``writes`` is whether the failed run writes to the cluster; hosts without writes share a cluster.
    """

    inject: Inject
    message: tuple[str, ...] = ()
    writes: bool = True
    timeout: int = 30


@dataclass
class Trial:
    """All runs and the objects after each; ``injected`` are the gateways or proxies of the hosts in the first run."""

    site: Environment
    injected: dict[str, object]
    before: Stored
    failed_run: Run
    failed_requests: Requests
    after_failure: Stored
    torn_down: Run
    after_teardown: Stored
    repaired: Run
    after_repair: Stored
    steady: Run
    steady_requests: Requests


def run_trial(site: Environment, cases: Mapping[str, FaultCase], repaired_hosts: list[str]) -> Trial:
    """Run all steps; ``repaired_hosts`` are the hosts of the last runs, one for each cluster."""
    before = site.stored()
    with faults_active(site, cases) as injected:
        failed_run = site.run("site")
        requests, after_failure = site.requests, site.stored()
    torn_down = site.run("teardown")
    after_teardown = site.stored()
    with faults_active(site, cases):
        site.run("site")
    limit = ("--limit", ",".join(repaired_hosts))
    repaired, after_repair = site.run("site", *limit), site.stored()
    steady = site.run("site", *limit)
    return Trial(
        site, injected, before, failed_run, requests, after_failure, torn_down, after_teardown,
        repaired, after_repair, steady, site.requests,
    )  # fmt: skip


@contextmanager
def faults_active(site: Environment, cases: Mapping[str, FaultCase]) -> Iterator[dict[str, object]]:
    """Inject all faults; afterwards restore all kubeconfigs."""
    injected: dict[str, object] = {}
    with ExitStack() as stack:
        for name, case in cases.items():
            cluster, kubeconfig = site.clusters[name], site.controller.inventory / "kubeconfigs" / name
            injected[name] = stack.enter_context(case.inject(cluster, kubeconfig))
            # Restored before the fault ends, which may write another kubeconfig.
            stack.callback(shutil.copy, cluster.kubeconfig, kubeconfig)
        yield injected
