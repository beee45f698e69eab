# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three clusters for all tests, embedded and real; a test finds KubeSphere as its installer leaves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.realapi.installation import Installation
from tests.testbed import Cluster
from tests.testbed.fixtures import BOTH, fleet_on


@pytest.fixture(scope="session", params=BOTH)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    with fleet_on(
        request.param, {"three": "3.4", "four": "4.1", "older": "3.3"}, tmp_path_factory.mktemp(request.param)
    ) as fleet:
        yield fleet


@pytest.fixture(scope="session")
def installation(fleet: Mapping[str, Cluster]) -> Installation:
    return Installation(fleet["three"])


@pytest.fixture
def cluster(installation: Installation) -> Cluster:
    """KubeSphere 3.4."""
    installation.restore()
    return installation.cluster


@pytest.fixture(scope="session")
def older_installation(fleet: Mapping[str, Cluster]) -> Installation:
    return Installation(fleet["older"])


@pytest.fixture
def older(older_installation: Installation) -> Cluster:
    """KubeSphere 3.3, whose policies are objects of kind PrometheusRule."""
    older_installation.restore()
    return older_installation.cluster


@pytest.fixture
def four(fleet: Mapping[str, Cluster]) -> Cluster:
    """KubeSphere 4.1, which has no ClusterConfiguration."""
    return fleet["four"]
