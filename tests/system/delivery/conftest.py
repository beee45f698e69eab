# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: amtool of every version that KubeSphere ships, and the clusters of all states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.system.alertmanager.amtool import Amtool
from tests.system.alertmanager.conftest import amtools
from tests.system.delivery.inhibition import Inhibitors
from tests.system.delivery.site import Site, running_site
from tests.system.delivery.ways import Alertmanagers

__all__ = ["amtools"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("delivery")) as running:
        yield running


@pytest.fixture(scope="session")
def alertmanagers(amtools: Mapping[str, Amtool], inhibitors: Inhibitors) -> Alertmanagers:
    return Alertmanagers(amtools, inhibitors)


@pytest.fixture(scope="session")
def inhibitors(tmp_path_factory: pytest.TempPathFactory) -> Inhibitors:
    return Inhibitors(tmp_path_factory.mktemp("inhibitors"))
