# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""promtool validates changed expressions before anything is written, if it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fixtures.alerting import Alerting
from tests.support.fixtures.policies import EXPRESSION, NODE, changed

#: Fake promtool: rejects ``up((`` with promtool's message, and logs its invocations.
SCRIPT = """#!/bin/sh
echo "$@" >> "{folder}/starts"
[ "$1 $2" = "check rules" ] || exit 2
if grep -q "up((" "$3"; then
  echo "Checking $3" >&2
  echo "  FAILED:" >&2
  echo "$3: 4:11: group \\"checked\\", rule 1, \\"target-down\\": could not parse expression: 1:5: parse error: bad" >&2
  exit 1
fi
"""


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which each invocation of promtool is one line."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "promtool"
    program.write_text(SCRIPT.replace("{folder}", str(folder)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder / "starts"


def test_a_rejected_expression_is_reported_and_nothing_is_written(alerting: Alerting, starts: Path) -> None:
    result = alerting.try_apply(NODE, changed(EXPRESSION, expr="up(("))
    assert "alerting_policies (target-down): expr: could not parse expression: 1:5: parse error: bad" in result["msg"]
    assert result["finding"] == "KD407"
    assert alerting.groups() == {}
    assert starts.read_text().count("check rules") == 1


def test_a_run_without_changes_does_not_start_promtool(alerting: Alerting, starts: Path) -> None:
    alerting.apply(EXPRESSION)
    assert starts.read_text().count("check rules") == 1
    alerting.apply(EXPRESSION)
    assert starts.read_text().count("check rules") == 1
