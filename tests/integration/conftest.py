# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surroundings for one test; nothing is shared between tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plays.environment import Surroundings, surroundings


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Surroundings]:
    """The example: shanghai and beijing (3.4), lab (3.3)."""
    with surroundings(tmp_path) as found:
        yield found


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Surroundings]:
    """The example with shanghai (3.4) alone."""
    with surroundings(tmp_path, {"shanghai": "3.4"}) as found:
        yield found
