# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments of tests and demo: exact versions, progress, and a clear end if one cannot be created."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from tests.environment import ENVIRONMENTS, LIBRARIES, ROOT
from tests.installing import LOCKS, Job, Progress, packages, provide

PINNED = re.compile(r"[a-z0-9.-]+==\S+( ; .+)?")
NAMES = [*ENVIRONMENTS, *LIBRARIES]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(path: Path) -> list[str]:
    found = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in found if line]


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_has_an_exact_version_of_each_package(name: str) -> None:
    locked = lines(LOCKS / f"{name}.txt")
    assert [line for line in locked if not PINNED.fullmatch(line)] == []
    assert packages(LOCKS / f"{name}.txt") == len(locked)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_lock_has_what_is_required(name: str) -> None:
    """Run `make locks` after a change of requirements."""
    locked = {line.partition(" ;")[0] for line in lines(LOCKS / f"{name}.txt")}
    names = {line.partition("==")[0] for line in locked}
    for required in [line for path in ENVIRONMENTS[name][0] for line in lines(ROOT / path)]:
        [requirement] = re.findall(r"^([A-Za-z0-9.-]+)(.*?)(?:;.*)?$", required.lower())
        assert requirement[0] in names, f"{required}: make locks"
        if re.fullmatch(r"==[^*]+", requirement[1].strip()):
            assert "".join(requirement).strip() in locked, f"{required}: make locks"


def test_progress_on_a_terminal_is_one_line_that_changes() -> None:
    stream = Terminal()
    progress = Progress(stream, {"venv": 2, "libraries": 0})
    for line in ("Collecting aiohttp==3.14 (from -r lock)\n", "  Downloading aiohttp\n", "Collecting attrs==1\n"):
        progress.read("venv", line)
    progress.end("venv")
    shown = stream.getvalue()
    assert "Creating build/venv: 2 packages (once)\n" in shown
    assert "\r\033[K  Collecting aiohttp==3.14   [venv 1/2, libraries 0/?]" in shown
    assert "\r\033[K  Collecting attrs==1   [venv 2/2, libraries 0/?]" in shown
    assert re.search(r"build/venv is ready \(\d+ s\)\n$", shown)


def test_progress_in_a_log_is_a_line_for_start_and_end() -> None:
    stream = io.StringIO()
    progress = Progress(stream, {"venv": 1})
    progress.read("venv", "Collecting aiohttp==3.14\n")
    progress.end("venv")
    assert re.fullmatch(r"Creating build/venv: 1 packages \(once\)\nbuild/venv is ready \(\d+ s\)\n", stream.getvalue())


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")


@pytest.mark.usefixtures("offline")
def test_an_environment_is_created_once_and_again_if_its_lock_changes(tmp_path: Path) -> None:
    lock = tmp_path / "one.txt"
    lock.write_text("# nothing\n")
    job = Job(tmp_path / "one", (), locks=tmp_path)
    stream = io.StringIO()
    assert provide([job], stream)
    assert "build/one is ready" in stream.getvalue()
    assert provide([job], again := io.StringIO())
    assert again.getvalue() == ""
    lock.write_text("# nothing else\n")
    assert not job.is_complete


@pytest.mark.usefixtures("offline")
def test_an_environment_that_cannot_be_created_has_the_cause(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("no-such-package==1.0\n")
    job = Job(tmp_path / "one", (), locks=tmp_path)
    stream = io.StringIO()
    assert not provide([job], stream)
    assert "build/one cannot be created:\n" in stream.getvalue()
    assert "No matching distribution found for no-such-package==1.0" in stream.getvalue()
    assert not job.is_complete
