# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: amtool of every version that KubeSphere ships, and the clusters of all states."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.alertmanager.conftest import amtools
from tests.system.delivery.site import Site, running_site

__all__ = ["amtools"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("delivery")) as running:
        yield running
