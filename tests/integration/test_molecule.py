# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios of Molecule succeed in the folder ``extensions`` of an activated environment, as for users."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted(path.parent.name for path in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))


def test_the_scenarios_are_those_of_the_documentation() -> None:
    text = (ROOT / "docs" / "development.md").read_text()
    [named] = re.findall(r"the scenarios (.*), on the same simulators", text)
    assert sorted(re.findall(r"`(\w+)`", named)) == SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_succeeds(scenario: str, tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    unset = ("ANSIBLE_", "MOLECULE_", "PYTHON")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = {**inherited, "PATH": path, "HOME": str(tmp_path)}
    command = [str(programs / "molecule"), "test", "--scenario-name", scenario]
    folder = ROOT / "extensions"
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    for step in ("converge", "idempotence", "verify"):
        assert step in done.stdout + done.stderr
