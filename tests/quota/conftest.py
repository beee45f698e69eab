# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One organisation for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.quota.month import Month, month


@pytest.fixture
def organisation(tmp_path: Path) -> Iterator[Month]:
    """Ten chats are wished, and none is there yet. Its controller forgets everything before each run."""
    with month(tmp_path, begin=1_760_000_000.0, wiped=True) as organisation:
        yield organisation
