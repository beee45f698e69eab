# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Four clusters for all tests, embedded and real; each test starts with KubeSphere in its installed state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.permissions import HISTORY_NAMESPACE
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.testbed import Cluster, ClusterSpec
from tests.support.testbed.fixtures import BOTH, fleet_on
from tests.support.testbed.stand_ins.extension_controller import ExtensionController
from tests.system.realapi.installation import MANAGER, Installation
from tests.system.realapi.scenarios import Identity


@pytest.fixture(scope="package", params=BOTH)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    wanted: dict[str, str | ClusterSpec] = {
        "three": "3.4",
        "four": "4.1",
        "older": "3.3",
        "host": ClusterSpec("3.4", "host"),
    }
    with (
        fleet_on(request.param, wanted, tmp_path_factory.mktemp(request.param)) as fleet,
        ExtensionController(fleet["four"]),
    ):
        use_kubesphere_3_secret_namespace(fleet["four"])
        for cluster in fleet.values():
            create_namespace(cluster, HISTORY_NAMESPACE)  # of one of the documented roles
        yield fleet


def use_kubesphere_3_secret_namespace(four: Cluster) -> None:
    """Move the Secret of the notification settings to the namespace of KubeSphere 3 and of the documented roles."""
    namespace = "kubesphere-monitoring-federated"
    create_namespace(four, namespace)
    four.patch(MANAGER, {"spec": {"defaultSecretNamespace": namespace}})


def create_namespace(cluster: Cluster, name: str) -> None:
    cluster.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


@pytest.fixture(scope="package")
def api(fleet: Mapping[str, Cluster], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """KubeSphere's own API of ``four``; a real API server's service proxy cannot reach it, as it is on loopback."""
    four = fleet["four"]
    with KubeSphereApi(four, "operator", "planted-password-of-kubesphere", "", [four.name]) as api:
        address = {}
        if four.simulator is None:
            ca_file = tmp_path_factory.mktemp("kubesphere") / "ca.pem"
            api.authority.cert_pem.write_to_path(str(ca_file))
            address = {"api_url": api.url, "api_ca_cert": str(ca_file)}
        yield Identity(api, {"api_username": "operator", "api_password": "planted-password-of-kubesphere", **address})


@pytest.fixture(scope="package")
def installations(fleet: Mapping[str, Cluster]) -> Mapping[str, Installation]:
    return {name: Installation(cluster) for name, cluster in fleet.items()}


@pytest.fixture
def cluster(installations: Mapping[str, Installation]) -> Cluster:
    """KubeSphere 3.4."""
    return installations["three"].restored()


@pytest.fixture
def older(installations: Mapping[str, Installation]) -> Cluster:
    """KubeSphere 3.3, whose policies are objects of kind PrometheusRule."""
    return installations["older"].restored()


@pytest.fixture
def four(installations: Mapping[str, Installation]) -> Cluster:
    """KubeSphere 4.1, which has no ClusterConfiguration."""
    return installations["four"].restored()


@pytest.fixture
def host(installations: Mapping[str, Installation]) -> Cluster:
    """KubeSphere 3.4, the host of a multi-cluster setup."""
    return installations["host"].restored()
