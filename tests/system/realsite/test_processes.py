# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real cluster does not outlive its test run, even if the test run is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plays.controller import COLLECTIONS, REPOSITORY
from tests.support.realparts.build import program
from tests.support.realparts.catalog import ETCD, KUBE_APISERVER
from tests.support.testbed.fixtures import needing_real_parts
from tests.support.testbed.process_tree import commands, wait_for_end, with_descendants

pytestmark = [pytest.mark.real, pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes")]

#: A test module with a cluster and a test that does not end.
ENDLESS = """
import threading
import pytest
from tests.support.testbed import clusters

@pytest.fixture
def fleet(tmp_path):
    with clusters({"one": "3.4"}, tmp_path, real=True) as fleet:
        yield fleet

def test_endless(fleet):
    print("test is running", flush=True)
    threading.Event().wait(300)
"""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A separate test run, during its test."""
    with needing_real_parts():
        for part in (ETCD, KUBE_APISERVER):
            program(part)
    module = tmp_path / "test_endless.py"
    module.write_text(ENDLESS)
    options = ["-s", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *options, f"--basetemp={tmp_path / 'runs'}", str(module)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY, COLLECTIONS)))}
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        message = "".join(iter_until(process, "test is running"))
        assert "test is running" in message, message
        yield process
        process.kill()


def iter_until(process: subprocess.Popen[str], text: str) -> Iterator[str]:
    """Yield the output of a process, up to a line with the text or to the end."""
    for line in process.stdout or ():
        yield line
        if text in line:
            return


def test_real_servers_end_when_the_test_run_is_killed(run: subprocess.Popen[str]) -> None:
    started = with_descendants(run.pid)
    names = {Path(command.split()[0]).name for command in commands(started).values()}
    assert {ETCD.file_name, KUBE_APISERVER.file_name} <= names
    run.kill()
    run.wait(timeout=10)
    wait_for_end(started)
