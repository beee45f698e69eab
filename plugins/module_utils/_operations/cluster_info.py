# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about a cluster, and the permissions that the account lacks."""

from __future__ import annotations

from typing import Any

from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .._kubernetes.options import cluster_spec
from .._kubesphere.facts import Facts, read_facts
from .._kubesphere.missing_permissions import missing_permissions, missing_roles, with_missing_roles
from .._kubesphere.permissions import FACTS, NEEDS

SPEC = cluster_spec().merge(
    ArgumentSpec(
        options={
            "check_permissions": {"type": "bool", "default": False},
            "features": {
                "type": "list",
                "elements": "str",
                "default": ["notification", "alertmanager"],
                "choices": sorted(set(NEEDS) - {FACTS}),
            },
        }
    )
)


def run(task: Task) -> dict[str, Any]:
    """Return the facts of one cluster and, on request, the permissions that the account lacks."""
    cluster = Cluster.connect(task.params, task.secrets)
    if not task.params["check_permissions"]:
        return _result(read_facts(cluster))
    features = [FACTS, *task.params["features"]]
    try:
        facts = read_facts(cluster)
    except ClusterError as error:
        raise with_missing_roles(error, cluster, features, None) from None
    missing = missing_permissions(cluster, features, facts)
    return _result(facts, missing_permissions=missing, missing_roles=missing_roles(missing))


def _result(facts: Facts, **more: Any) -> dict[str, Any]:
    return {"changed": False, "kubesphere_cluster": facts.as_dict(), **more}


OPERATION = Operation(spec=SPEC, run=run)
