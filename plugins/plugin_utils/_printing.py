# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines for people, printed by a task beside its result."""

from __future__ import annotations

from collections.abc import Iterable

from ansible import constants
from ansible.utils.display import Display

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.printable import printable

#: Callbacks whose output programs read; they print the task's result, which has the lines as well.
_MACHINE_READABLE = ("json", "jsonl", "null")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines without secrets, unless the output is for programs."""
    callback = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))
    if callback.rpartition(".")[2] not in _MACHINE_READABLE:
        for line in lines:
            Display().display(printable(line))
