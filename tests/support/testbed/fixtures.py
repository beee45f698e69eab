# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers for fixtures that start clusters: kinds of API servers, and skipping of tests without real parts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.realparts import PartsMissing
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.fleet import ClusterSpec, clusters

_REAL = pytest.param("real", marks=pytest.mark.real)

#: ``params`` of a session's fixture ``fleet``, and marks for tests that support only one kind of API server.
BOTH = ["embedded", _REAL]
on_embedded = pytest.mark.parametrize("fleet", ["embedded"], indirect=True)
on_real = pytest.mark.parametrize("fleet", [_REAL], indirect=True)


@contextmanager
def needing_real_parts() -> Iterator[None]:
    """Skip the test if real parts are unavailable, or fail it if CI is ``true``."""
    try:
        yield
    except PartsMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"real parts are missing: {missing}")
        pytest.skip(f"{missing}; build them with: python -m tests.support.realparts build")


@contextmanager
def fleet_on(servers: str, wanted: Mapping[str, str | ClusterSpec], folder: Path) -> Iterator[Mapping[str, Cluster]]:
    """Start clusters on ``servers``, which is ``embedded`` or ``real``."""
    with needing_real_parts(), clusters(wanted, folder, real=servers == "real") as fleet:
        yield fleet
