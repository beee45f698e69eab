# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real API servers end with the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.realparts.processes import Program, ProgramEnded, running
from tests.support.testbed.process_tree import wait_for_end

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes")

PARENT = """
import sys, time
from pathlib import Path
from tests.support.realparts.processes import Program, running
folder = Path(sys.argv[1])
command = [sys.executable, "-c", "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"]
programs = [Program([*command, str(folder / name)], folder / f"{name}.log") for name in ("first", "second")]
with running(programs) as processes:
    processes.wait_until(lambda: all((folder / name).exists() for name in ("first", "second")), "not started")
    print("started", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "started\n"
    return process


def child_pids(folder: Path) -> list[int]:
    return [int((folder / name).read_text()) for name in ("first", "second")]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_programs_end_with_the_process_that_started_them(
    parent: subprocess.Popen[str], tmp_path: Path, sent: signal.Signals
) -> None:
    parent.send_signal(sent)
    parent.wait(timeout=10)
    wait_for_end(child_pids(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the end of the parent")
def test_programs_end_when_their_supervisor_is_killed(parent: subprocess.Popen[str], tmp_path: Path) -> None:
    pids = child_pids(tmp_path)
    supervisor = int(Path(f"/proc/{pids[0]}/stat").read_text().split()[3])
    os.kill(supervisor, signal.SIGKILL)
    wait_for_end(pids)
    parent.kill()
    parent.wait(timeout=10)


def test_program_that_ends_early_is_reported_with_its_last_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('the port is taken'); raise SystemExit(3)"]
    ended = pytest.raises(ProgramEnded, match=r"part ended with status 3: the port is taken")
    with running([Program(command, tmp_path / "part.log")]) as processes, ended:
        processes.wait_until(lambda: False, "never ready")
