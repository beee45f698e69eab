# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clusters of the matrix: all of them embedded, some also on real API servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.support.testbed import ClusterSpec
from tests.support.testbed.fixtures import needing_real_parts
from tests.support.testbed.installer.releases import KUBESPHERE_4, RELEASES
from tests.system.matrix.history import History, run_history

SINGLE, MULTI = "single", "host and members"


def clusters(version: str, topology: str) -> dict[str, ClusterSpec]:
    """Inventory host -> cluster; a host of KubeSphere 4 has one member, others have two."""
    short = version.replace(".", "")
    if topology == SINGLE:
        return {f"single{short}": ClusterSpec(version)}
    host = f"host{short}"
    members = ["east", "west"] if version not in KUBESPHERE_4 else ["east"]
    return {
        host: ClusterSpec(version, "host"),
        **{f"{name}{short}": ClusterSpec(version, "member", host) for name in members},
    }


ALL = [(version, topology) for version in RELEASES for topology in (SINGLE, MULTI)]
REAL = [("3.1", SINGLE), ("3.3", MULTI), ("4.1", MULTI)]


def together(places: list[tuple[str, str]]) -> Mapping[str, ClusterSpec]:
    return {name: spec for place in places for name, spec in clusters(*place).items()}


@pytest.fixture(scope="package")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with run_history(tmp_path_factory.mktemp("embedded"), together(ALL)) as history:
        yield history


@pytest.fixture(scope="package")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with needing_real_parts(), run_history(tmp_path_factory.mktemp("real"), together(REAL), real=True) as history:
        yield history
