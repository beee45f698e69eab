# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a new organisation for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plays.environment import CONFIG_MAP, exists
from tests.support.testbed import Cluster
from tests.system.quota.month import Month, month, two_clusters


@pytest.fixture(scope="package")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Cluster]]:
    with two_clusters(tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet


@pytest.fixture
def organisation(two: dict[str, Cluster], tmp_path: Path) -> Iterator[Month]:
    """An organisation with ten desired chats, none of which exists; all local state is deleted before each run."""
    registry = two["registry"]
    with month(tmp_path, two, begin=1_760_000_000.0, wiped=True) as organisation:
        yield organisation
    assert registry.simulator
    registry.simulator.faults.clear()
    if exists(registry, CONFIG_MAP):
        registry.delete(CONFIG_MAP)
    registry.reset_requests()
