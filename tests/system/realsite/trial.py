# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in trouble, run over twice: once taken back straight afterwards, once completed by the next run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support.plays.check_run import Stored
from tests.support.plays.controller import Run
from tests.support.plays.environment import Surroundings
from tests.support.simulators.kubernetes import RecordedRequest
from tests.system.realsite.faults import Bring

Json = dict[str, Any]
Requests = dict[str, list[RecordedRequest]]


@dataclass(frozen=True)
class Trouble:
    """``says`` are parts of the failed host's message; none where the run has to succeed in spite of the trouble.

    ``writes``: the cluster is written to before or in spite of the trouble; those that are not share one.
    """

    bring: Bring
    says: tuple[str, ...] = ()
    writes: bool = True
    timeout: int = 30


@dataclass
class Trial:
    """What was stored after each run, and the runs; ``met`` is what stood in the way of each host in the first."""

    site: Surroundings
    met: dict[str, object]
    before: Stored
    troubled: Run
    troubled_requests: Requests
    after_trouble: Stored
    torn_down: Run
    after_teardown: Stored
    mended: Run
    after_mending: Stored
    steady: Run
    steady_requests: Requests


def hold(site: Surroundings, troubles: Mapping[str, Trouble], mended: list[str]) -> Trial:
    """Run it all; ``mended`` are the hosts of the last runs, one for each cluster."""
    before = site.stored()
    with brought(site, troubles) as met:
        troubled = site.run("site")
        requests, after_trouble = site.requests, site.stored()
    torn_down = site.run("teardown")
    after_teardown = site.stored()
    with brought(site, troubles):
        site.run("site")
    chosen = ("--limit", ",".join(mended))
    repairing, after_mending = site.run("site", *chosen), site.stored()
    steady = site.run("site", *chosen)
    return Trial(
        site, met, before, troubled, requests, after_trouble, torn_down, after_teardown,
        repairing, after_mending, steady, site.requests,
    )  # fmt: skip


@contextmanager
def brought(site: Surroundings, troubles: Mapping[str, Trouble]) -> Iterator[dict[str, object]]:
    """All troubles at once; afterwards every kubeconfig leads to its cluster again."""
    met: dict[str, object] = {}
    with ExitStack() as stack:
        for name, trouble in troubles.items():
            cluster, kubeconfig = site.clusters[name], site.controller.inventory / "kubeconfigs" / name
            met[name] = stack.enter_context(trouble.bring(cluster, kubeconfig))
            # Before the trouble ends: it may end with a kubeconfig of its own.
            stack.callback(shutil.copy, cluster.kubeconfig, kubeconfig)
        yield met


def record(objects: Mapping[str, Json]) -> Json:
    """The record of what is ours among stored objects, less its salt and the digests that hang on it."""
    text = objects["/api/v1/configmaps/kubesphere-system/kubesphere-dingtalk"]["data"]["applied"]
    sets: Json = yaml.safe_load(re.sub(r"digest:\w+", "digest", text))["apply_sets"]
    return sets
