# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes and workloads that the policies of tests and examples name."""

from __future__ import annotations

from typing import Any

from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.objects import new_object
from tests.support.testbed.paths import collection

Json = dict[str, Any]


def nodes(cluster: str) -> list[Json]:
    """Return the nodes of a cluster: those of the example inventory, and those of the tests."""
    return [new_object("v1", "Node", f"{prefix}node-{n}") for prefix in (f"{cluster}-", "") for n in (1, 2)]


def workload(kind: str, name: str, namespace: str) -> Json:
    """Return a workload without status, as policies only need its name."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": name}]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return new_object("apps/v1", kind, name, namespace, spec=spec)


def create_project(cluster: Cluster, name: str, *deployments: str) -> None:
    """Create a project with Deployments."""
    found = [new_object("v1", "Namespace", name)]
    for manifest in [*found, *(workload("Deployment", deployment, name) for deployment in deployments)]:
        cluster.post(collection(manifest), manifest)
