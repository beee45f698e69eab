# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration of all tests."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

from tests.support.closing_lines import closing_lines

# The duration of an example depends on the machine, not on the code.
settings.register_profile("collection", deadline=None, print_blob=True)
settings.load_profile("collection")


def pytest_configure() -> None:
    """Make the programs that tests start receive signals also when the shell runs the tests in the background.

    Such a shell ignores SIGINT; a child process inherits an ignored signal, but not a handler.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in closing_lines.lines():
        terminalreporter.write_line(line)
