# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two clusters for all contract tests, both embedded and real."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import pytest

from tests.contract.widgets import GROUP, define, undefine
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import BOTH, fleet_on

_numbers = itertools.count(1)


@pytest.fixture(scope="package", params=BOTH)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    with fleet_on(request.param, {"older": "3.3", "newer": "3.4"}, tmp_path_factory.mktemp(request.param)) as fleet:
        yield fleet


@pytest.fixture
def cluster(fleet: Mapping[str, Cluster]) -> Cluster:
    """Return a cluster with a new installation of KubeSphere 3.4."""
    return fleet["newer"]


@pytest.fixture
def older(fleet: Mapping[str, Cluster]) -> Cluster:
    """Return a cluster with a new installation of KubeSphere 3.3."""
    return fleet["older"]


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """Create a namespace for the test and return its name."""
    name = f"contract-{next(_numbers)}"
    cluster.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


@pytest.fixture
def maps(namespace: str) -> str:
    """Return the path of the ConfigMaps of a new namespace."""
    return f"/api/v1/namespaces/{namespace}/configmaps"


@pytest.fixture(scope="package")
def defined(fleet: Mapping[str, Cluster]) -> Iterator[Cluster]:
    """Return the cluster with the kinds Widget and Gadget, which are no longer served afterwards."""
    define(fleet["newer"])
    yield fleet["newer"]
    undefine(fleet["newer"])


@pytest.fixture
def widgets(defined: Cluster, namespace: str) -> str:
    """Return the path of the Widgets of a new namespace."""
    return f"{GROUP}/v1/namespaces/{namespace}/widgets"
