# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a test run are the same however many processes run it."""

from __future__ import annotations

import json

from tests.support.closing_lines import ClosingLines


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
