# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: DingTalk and a registry cluster over real sockets, and controllers that share them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simulators.dingtalk import DingTalk
from tests.testbed import Cluster, clusters
from tests.unit.creation.controller import Controller


@pytest.fixture(scope="session")
def registry_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with clusters({"registry": "3.4"}, tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet["registry"]


@pytest.fixture
def cluster(registry_fleet: Cluster) -> Iterator[Cluster]:
    yield registry_fleet
    assert registry_fleet.simulator is not None
    registry_fleet.simulator.faults.clear()
    path = "/api/v1/namespaces/kubesphere-system/configmaps"
    for item in registry_fleet.list(path):
        if item["metadata"]["name"] == "kubesphere-dingtalk":
            registry_fleet.delete(f"{path}/kubesphere-dingtalk")


@pytest.fixture
def dingtalk(tmp_path: Path) -> Iterator[DingTalk]:
    folder = tmp_path / "dingtalk"
    folder.mkdir()
    with DingTalk(folder) as simulator:
        simulator.add_user("13800000001", userid="user-1")
        simulator.add_user("13800000002", userid="user-2")
        simulator.add_app("dingapp", "the-app-secret")
        yield simulator


@pytest.fixture
def controller(cluster: Cluster, dingtalk: DingTalk, tmp_path: Path) -> Callable[[str], Controller]:
    """A factory: each name is a controller with a journal and a cache of its own."""
    return lambda name: Controller(cluster, dingtalk, tmp_path / name)
