# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.kubesphere import read_facts
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.specs import cluster_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task


def run(task: Task) -> dict[str, Any]:
    """Return the facts of one cluster."""
    return {"changed": False, "kubesphere_cluster": read_facts(Cluster.from_task(task)).as_dict()}


OPERATION = Operation(spec=cluster_spec(), run=run)
