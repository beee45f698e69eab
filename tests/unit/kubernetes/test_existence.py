# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One existing object of several is found with as few requests as possible."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes import client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import ClusterError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.existence import existing
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.router import ObjectRouter
from tests.support.testbed import Cluster
from tests.support.testbed.installer.targets import workload
from tests.support.testbed.paths import collection

NODES = "/api/v1/nodes"
WORKLOADS = "/apis/apps/v1/namespaces/kube-system"


def nodes(*names: str) -> list[ObjectRef]:
    return [ObjectRef("v1", "Node", name) for name in names]


def of(kind: str, name: str) -> list[ObjectRef]:
    return [ObjectRef("apps/v1", kind, name, "kube-system")]


def found_in(cluster: Cluster, alternatives: Sequence[Sequence[ObjectRef]]) -> tuple[list[str], list[str]]:
    """Return the names of what is found, and the paths that were read, in their order."""
    router = ObjectRouter(client.Cluster.connect({"kubeconfig": str(cluster.kubeconfig)}, Secrets()))
    cluster.reset_requests()
    found = existing(router, alternatives)
    return sorted(item.name for item in found), [request.path for request in cluster.requests()]


#: Alternatives -> what is found, and what is read.
CASES: dict[str, tuple[Sequence[Sequence[ObjectRef]], list[str], list[str]]] = {
    "nothing to find": ([[], []], [], []),
    "the first": ([nodes("node-1", "node-2")], ["node-1"], [f"{NODES}/node-1"]),
    "a later one": ([nodes("a", "node-2", "b")], ["node-2"], [f"{NODES}/a", f"{NODES}/node-2"]),
    "none": ([nodes("a", "b")], [], [f"{NODES}/a", f"{NODES}/b"]),
    "the first of each, before any other": (
        [nodes("a", "node-1"), nodes("b", "node-2")],
        ["node-1", "node-2"],
        [f"{NODES}/a", f"{NODES}/b", f"{NODES}/node-1", f"{NODES}/node-2"],
    ),
    "the same in several": (
        [nodes("a", "node-1"), nodes("node-1", "a"), nodes("a", "node-1")],
        ["node-1"],
        [f"{NODES}/a", f"{NODES}/node-1"],
    ),
    "a name of no object": ([nodes("..", "Node-1", "a/b", "node_1", "", ".node", "a" * 254)], [], []),
    "workloads of each kind": (
        [of("Deployment", "coredns"), of("StatefulSet", "etcd"), of("DaemonSet", "proxy"), of("DaemonSet", "etcd")],
        ["coredns", "etcd", "proxy"],
        [
            f"{WORKLOADS}/deployments/coredns",
            f"{WORKLOADS}/statefulsets/etcd",
            f"{WORKLOADS}/daemonsets/proxy",
            f"{WORKLOADS}/daemonsets/etcd",
        ],
    ),
}


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in order, also on a slow machine."""
    monkeypatch.setattr(client, "FAR", 60)


@pytest.mark.parametrize("name", CASES)
def test_what_exists_is_found(cluster: Cluster, name: str) -> None:
    for kind, workload_name in (("StatefulSet", "etcd"), ("DaemonSet", "proxy")):
        manifest = workload(kind, workload_name, "kube-system")
        cluster.post(collection(manifest), manifest)
    alternatives, found, read = CASES[name]
    assert found_in(cluster, alternatives) == (found, read)


def test_what_may_not_be_read_counts_as_existing(cluster: Cluster) -> None:
    account = cluster.limited([])
    assert found_in(account, [nodes("a", "node-1")]) == (["a"], [f"{NODES}/a"])


def test_another_error_is_raised(cluster: Cluster) -> None:
    with pytest.raises(ClusterError):
        found_in(cluster.with_token("unknown", "stranger"), [nodes("a")])
