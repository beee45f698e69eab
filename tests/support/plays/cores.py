# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of ansible-core that the tests use: the newest and the oldest supported one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.plays.controller import REPOSITORY, THIS_VENV

NEWEST, OLDEST = "2.19", "2.16"
VARIABLE = "ANSIBLE_2_16_VENV"


def venv_with(core: str) -> Path:
    """Return the virtual environment with a version of ansible-core; if missing, skip the test, or fail it in CI."""
    if core == NEWEST:
        return THIS_VENV
    given = os.environ.get(VARIABLE)
    venv = Path(given) if given else REPOSITORY / "build" / "venv-2.16"
    if (venv / "bin" / "ansible-playbook").exists():
        return venv
    reason = f"no ansible-core {core} in {venv}; run `make test` to create it, or set {VARIABLE} to its environment"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
