# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the environment ``venv-conventions``, and a clone in the place where they look for a collection."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.environment import ROOT

VENV = ROOT / "build" / "venv-conventions"
ONLY_CONVENTIONS = pytest.mark.skipif(not os.environ.get("CONVENTIONS"), reason="only `make conventions` runs it")


def run(program: str, *arguments: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Run a program that has to succeed and return what it prints; without them, skip the test, or fail it in CI."""
    if not (VENV / "bin" / "antsibull-docs").exists():
        reason = f"{VENV} is missing; `make conventions` or `make test` creates it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON", "VIRTUAL_ENV"))
    }
    variables = {
        **inherited,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "ANSIBLE_NOCOLOR": "1",
        **(environment or {}),
    }
    own = VENV / "bin" / program
    command = [str(own) if own.exists() else program, *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    return done.stdout + done.stderr


def build_tarball(folder: Path) -> Path:
    """Build the collection from a copy of the clone and return its tarball."""
    copy = copy_clone(folder / "source")
    run("ansible-galaxy", "collection", "build", "--output-path", str(folder), folder=copy)
    [tarball] = folder.glob("*.tar.gz")
    return tarball


def copy_clone(collections: Path) -> Path:
    """Copy what git tracks, or would, to a collection path, and return the copy."""
    copy = collections / "ansible_collections" / "kubesphere" / "dingtalk"
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in files:
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy
