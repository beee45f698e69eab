# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prefetched objects: over one connection to a near cluster, over two to a distant one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes import client
from tests.support.testbed import Cluster
from tests.support.testbed.cluster import write_kubeconfig
from tests.support.testbed.stand_ins.passage import Passage

PATHS = [f"/api/v1/namespaces/{name}" for name in ("default", "kubesphere-system", "kube-system", "absent")]


@pytest.mark.parametrize(("far", "connections"), [(0, 2), (60, 1)])
def test_only_a_distant_cluster_gets_a_second_connection(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, far: float, connections: int
) -> None:
    monkeypatch.setattr(client, "FAR", far)
    # Late enough that one thread cannot have all answers before the other one starts.
    with Passage(cluster.server, lateness=0.1) as passage:
        kubeconfig = tmp_path / "kubeconfig"
        write_kubeconfig(kubeconfig, "one", passage.url, cluster.ca_file, cluster.token)
        connected = client.Cluster.connect({"kubeconfig": str(kubeconfig)}, Secrets())
        cluster.reset_requests()
        connected.prefetch(PATHS)
        found = [connected.get(path) for path in PATHS]
        assert passage.connections == connections
    assert [item["metadata"]["name"] for item in found[:3] if item] == ["default", "kubesphere-system", "kube-system"]
    assert found[3] is None
    assert sorted(request.path for request in cluster.requests()) == sorted(PATHS)
