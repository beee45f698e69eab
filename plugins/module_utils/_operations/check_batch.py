# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a rollout goes on after a batch, by the share of clusters that failed in it."""

from __future__ import annotations

from typing import Any

from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._core.text import few
from .._fleet.same_clusters import same_cluster, with_same_uid
from .registered import RESULTS_FROM

SPEC = ArgumentSpec(
    options={
        "max_fail_percentage": {"type": "float", "default": 100.0},
        "strict": {"type": "bool", "default": False},
        "batch": {"type": "list", "elements": "str", "default": []},
        "failed": {"type": "list", "elements": "str", "default": []},
        "not_attempted": {"type": "list", "elements": "str", "default": []},
        "cluster_uids": {"type": "dict", "default": {}},
        **RESULTS_FROM,
    }
)


def run(task: Task) -> dict[str, Any]:
    """Raise ``OperationError`` if more than ``max_fail_percentage`` of the batch failed, and hosts remain.

    With ``strict``, raise for any failed host. Warn if a host of the batch is the same cluster as another one.
    """
    batch, failed, remaining = (task.params[name] for name in ("batch", "failed", "not_attempted"))
    for hosts in with_same_uid({host: str(uid or "") for host, uid in task.params["cluster_uids"].items()}):
        if not {*hosts}.isdisjoint(batch):
            task.warn(same_cluster(hosts))
    limit = task.params["max_fail_percentage"]
    if failed and task.params["strict"]:
        raise OperationError(
            f"{len(failed)} of {len(batch)} clusters of a batch failed ({few(failed)}). Their errors are those of the "
            "task before, and no later play repeats them (--skip-tags always).",
            finding="KD111",
        )
    if remaining and len(failed) * 100 > limit * len(batch):
        raise OperationError(
            f"{len(failed)} of {len(batch)} clusters of a batch failed ({few(failed)}), which is more than {limit:g} "
            f"percent (kubesphere_max_fail_percentage). Not attempted: {few(remaining)}",
            finding="KD111",
            not_attempted=remaining,
        )
    return {"changed": False, "not_attempted": remaining}


OPERATION = Operation(spec=SPEC, run=run)
