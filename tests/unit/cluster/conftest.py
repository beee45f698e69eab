# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One embedded cluster; what a test put there is taken away again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation
from tests import inprocess
from tests.testbed import Cluster, clusters

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def cluster(tmp_path: Any) -> Iterator[Cluster]:
    with clusters({"one": "3.4"}, tmp_path) as fleet:
        yield fleet["one"]


@pytest.fixture
def run(cluster: Cluster) -> Run:
    """Run an operation with options, as its module would."""

    def run_with(operation: Operation, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        return inprocess.run(operation, {"kubeconfig": str(cluster.kubeconfig), **options}, check_mode)

    return run_with
