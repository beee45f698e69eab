# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration of all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import clock
from tests.support.closing_lines import closing_lines

TESTS = Path(__file__).parent

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


#: In this order, so that at the end no process runs one of the longest tests while the others have nothing to do.
LONGEST_FIRST = ("system", "integration", "conventions", "contract", "unit")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by folder; within these, they are in random order."""
    items.sort(key=_place_in_run)


def _place_in_run(item: pytest.Item) -> int:
    folders = [TESTS / name in item.path.parents for name in LONGEST_FIRST]
    return folders.index(True) if any(folders) else len(folders)


def _surroundings() -> tuple[dict[str, str], object, str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return environment, vars(clock)["time"], os.getcwd()


_BEFORE = _surroundings()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Fail the last test of a folder whose fixtures leave an environment, clock or folder to all later tests."""
    yield
    is_last = nextitem is None or nextitem.path.parent != item.path.parent
    if is_last and _surroundings() != _BEFORE:
        pytest.fail(f"the fixtures of {item.path.parent} leave a changed environment, clock or folder behind")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Return the figures of this process to the one that prints them, if the tests run in several processes."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["closing_lines"] = closing_lines.facts()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the figures of a process; one that crashed has none."""
    closing_lines.add(getattr(node, "workeroutput", {}).get("closing_lines", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in closing_lines.lines():
        terminalreporter.write_line(line)
