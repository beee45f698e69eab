# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures at the end of a test run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.closing_lines import ClosingLines

TESTS = """
from tests.support.closing_lines import closing_lines
def test_one(): closing_lines.count("things", "a", "b")
def test_two(): closing_lines.count("things", "b", "c")
def test_four(): closing_lines.report("calls", 42)
"""
CONFTEST = "from tests.conftest import *"


def test_a_count_is_of_distinct_items_and_the_last_reported_figure_is_shown() -> None:
    lines = ClosingLines()
    lines.count("things", "a", "b")
    lines.report("calls", 7)
    lines.count("things", "a", "c")
    lines.report("calls", 9)
    assert lines.lines() == ["calls: 9", "things: 3"]


def test_a_reported_figure_cannot_be_counted() -> None:
    lines = ClosingLines()
    lines.report("calls", 7)
    with pytest.raises(TypeError, match="calls: already reported as 7"):
        lines.count("calls", "a")


def process(*items: str, figure: str = "") -> ClosingLines:
    lines = ClosingLines()
    lines.count("findings", *items)
    if figure:
        lines.report("steps", figure)
    return lines


def test_figures_of_several_processes_are_those_of_one() -> None:
    total = ClosingLines()
    for part in (process("a", "b"), process("b", "c", figure="12"), process()):
        total.add(json.loads(json.dumps(part.facts())))
    assert total.lines() == process("a", "b", "c", figure="12").lines() == ["findings: 3", "steps: 12"]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_lines_are_printed_at_the_end_of_a_run(tmp_path: Path, processes: str) -> None:
    (tmp_path / "test_figures.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", processes, str(tmp_path), "-k"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTEST_ADDOPTS": ""}
    outputs = [
        subprocess.run([*command, chosen], cwd=tmp_path, env=environment, capture_output=True, text=True).stdout
        for chosen in ("one or two or four", "two")
    ]
    assert [[line for line in text.splitlines() if ": " in line] for text in outputs] == [
        ["calls: 42", "things: 3"],
        ["things: 2"],
    ]
