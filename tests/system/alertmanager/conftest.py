# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""amtool of every version that KubeSphere ships."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.realparts.build import program
from tests.support.realparts.catalog import AMTOOLS
from tests.support.testbed.fixtures import needing_real_parts
from tests.system.alertmanager.amtool import Amtool


@pytest.fixture(scope="session")
def amtools(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Amtool]:
    """Return each amtool by its version."""
    with needing_real_parts():
        programs = {version: program(part) for version, part in AMTOOLS.items()}
    return {version: Amtool(path, version, tmp_path_factory.mktemp("amtool")) for version, path in programs.items()}
