# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments for single tests, without shared state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plays.environment import Environment, environment


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Environment]:
    """The example: shanghai and beijing (3.4), lab (3.3)."""
    with environment(tmp_path) as found:
        yield found


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Environment]:
    """The example with only shanghai (3.4)."""
    with environment(tmp_path, {"shanghai": "3.4"}) as found:
        yield found
