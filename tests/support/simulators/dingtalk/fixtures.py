# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for `pytest_plugins`: a simulator with three users and an app, and a caller with a token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.simulators.dingtalk.caller import Caller
from tests.support.simulators.dingtalk.simulator import DingTalk


@pytest.fixture
def dingtalk(tmp_path: Path) -> Iterator[DingTalk]:
    """A simulator with user-1 to user-3 and app `app-1`, which owns the robot `robot-1`."""
    with DingTalk(tmp_path) as dingtalk:
        for number in range(1, 4):
            dingtalk.add_user(f"1380000000{number}")
        dingtalk.add_app("app-1", "app-1-secret", robots={"robot-1": "Duty robot"})
        yield dingtalk


@pytest.fixture
def caller(dingtalk: DingTalk) -> Caller:
    """A caller of app-1 with a token; the record of calls is empty."""
    caller = Caller(dingtalk, "app-1", "app-1-secret")
    caller.login()
    dingtalk.reset_calls()
    return caller
