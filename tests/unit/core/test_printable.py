# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others send reaches no terminal as a control sequence."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.printable import printable
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("运维群 – ok\n\tnext\r\n", "运维群 – ok\n\tnext\r\n"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("over\rwritten", r"over\rwritten"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("half\ud800", r"half\ud800"),
        ("a\u2028b\x00", r"a\u2028b\x00"),
    ],
)
def test_control_characters_become_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable({text: [text, (text, 1, None)]}) == {shown: [shown, [shown, 1, None]]}


def test_no_result_has_control_characters() -> None:
    def fail(task: Task) -> dict[str, object]:
        task.warn("warned \x1b[1m")
        raise OperationError("refused: \x1b[31m", cause={"text": "\x1b"})

    result = run_operation(Operation(ArgumentSpec(), fail), Task({}))
    assert result["msg"] == r"refused: \x1b[31m"
    assert result["cause"] == {"text": r"\x1b"}
    assert result["warnings"] == [r"warned \x1b[1m"]
