# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of antsibull-nox, as collections of the Ansible community run them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.conventions.programs import copy_clone, run

#: In the environment of the tests, as galaxy-importer requires another version of a library.
NOX = str(Path(sys.executable).with_name("nox"))
SESSIONS = ("yamllint", "antsibull-nox-config", "docs-check", "license-check", "extra-checks")


def repository(folder: Path) -> Path:
    """Return a copy in which git names the files, as in a clone."""
    copy = copy_clone(folder)
    run("git", "init", "--quiet", folder=copy)
    run("git", "add", "--all", folder=copy)
    return copy


@pytest.mark.parametrize("session", SESSIONS)
def test_a_session_succeeds(tmp_path: Path, session: str) -> None:
    printed = run(NOX, "--sessions", session, folder=repository(tmp_path))
    assert re.search(f"Session {session} was successful", printed), printed


def test_each_session_is_run_here(tmp_path: Path) -> None:
    listed = run(NOX, "--list", folder=repository(tmp_path))
    selected = {line.split()[1] for line in listed.splitlines() if line.startswith("* ")}
    assert selected == {*SESSIONS, "lint"}  # of which yamllint and antsibull-nox-config are the parts
