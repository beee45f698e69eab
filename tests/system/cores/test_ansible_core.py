# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs with every version of ansible-core from the oldest to the newest, and the documentation that each shows.

Other tests use the oldest one and that of the tests. `make compat` runs these, with all for which there is a Python.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.environment import CORES, ROOT
from tests.support.closing_lines import closing_lines
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import environment

pytestmark = pytest.mark.skipif(not os.environ.get("EVERY_CORE"), reason="only `make compat` runs it")


@pytest.fixture(params=[OLDEST, NEWEST, *CORES])
def venv(request: pytest.FixtureRequest) -> Path:
    if request.param in (OLDEST, NEWEST):
        return venv_with(request.param)
    folder = ROOT / "build" / f"venv-{request.param}"
    if not (folder / "complete").exists():
        pytest.skip(f"no Python {' or '.join(CORES[request.param])} for ansible-core {request.param}")
    return folder


def core_of(venv: Path) -> str:
    command = [str(venv / "bin" / "python"), "-c", "import ansible.release; print(ansible.release.__version__)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_runs_configure_clusters_and_leave_nothing(venv: Path, tmp_path: Path) -> None:
    with environment(tmp_path, {"shanghai": "3.4", "lab": "3.3"}) as site:
        site.controller.venv = venv
        first = site.site("--check", "--diff")
        assert site.writes() == []
        assert first.changed["shanghai"]
        assert site.site().changed["shanghai"]
        again = site.site()
        assert (again.changed["shanghai"], site.writes()) == (0, [])
        assert "deprecat" not in (again.stdout + again.stderr).lower()
        assert site.run("verify").must().changed["shanghai"] == 0
        assert site.run("doctor").changed["shanghai"] == 0
        assert site.run("teardown").must().changed["shanghai"]
    closing_lines.count("versions of ansible-core", core_of(venv))


def test_modules_are_documented(venv: Path, tmp_path: Path) -> None:
    names = [f"kubesphere.dingtalk.{path.stem}" for path in (ROOT / "plugins" / "modules").glob("*.py")]
    variables = {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
    }
    command = [str(venv / "bin" / "ansible-doc"), *names]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
