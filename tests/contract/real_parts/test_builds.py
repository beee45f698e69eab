# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds of real parts are atomic and done once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# A simulated Go: it counts its builds, each of which takes as long as specified in the file "seconds".
GO = """#!/bin/sh
here=$(dirname "$0")
case "$1" in
  get) if [ -e "$here/offline" ]; then echo "dial tcp: no route to host" >&2; exit 1; fi ;;
  build)
    echo build >> "$here/builds"
    while [ "$1" != -o ]; do shift; done
    echo partial > "$2"; sleep "$(cat "$here/seconds")"; echo complete > "$2"; chmod +x "$2" ;;
esac
"""


@pytest.fixture
def toolchain(tmp_path: Path) -> Path:
    folder = tmp_path / "toolchain"
    folder.mkdir()
    (folder / "go").write_text(GO)
    (folder / "go").chmod(0o755)
    (folder / "seconds").write_text("0.3")
    return folder


def start_build(toolchain: Path) -> subprocess.Popen[str]:
    """Start a build of etcd in its own session, with a cache beside the toolchain."""
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(toolchain.parent / "cache"),
        "PATH": f"{toolchain}:{os.environ['PATH']}",
    }
    command = [sys.executable, "-m", "tests.support.realparts", "build", "etcd"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def cached(toolchain: Path) -> list[Path]:
    return [path for path in (toolchain.parent / "cache").glob("*/realparts/*") if not path.name.endswith(".lock")]


def builds(toolchain: Path) -> int:
    log = toolchain / "builds"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_concurrent_runs_build_once(toolchain: Path) -> None:
    runs = [start_build(toolchain), start_build(toolchain)]
    outputs = {run.communicate(timeout=60)[0] for run in runs}
    [part] = cached(toolchain)
    assert outputs == {f"{part}\n"}
    assert part.name.startswith("etcd-")
    assert part.read_text() == "complete\n"
    assert builds(toolchain) == 1


def test_killed_build_leaves_no_partial_program(toolchain: Path) -> None:
    (toolchain / "seconds").write_text("60")
    run = start_build(toolchain)
    while not builds(toolchain):
        assert run.poll() is None
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=10)
    assert not [path for path in cached(toolchain) if path.is_file()]
    (toolchain / "seconds").write_text("0")
    start_build(toolchain).communicate(timeout=60)
    [part] = cached(toolchain)
    assert part.read_text() == "complete\n"


def test_unreachable_registry_is_reported(toolchain: Path) -> None:
    (toolchain / "offline").touch()
    run = start_build(toolchain)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "PartsMissing: the Go module go.etcd.io/etcd/server/v3 v" in errors
    assert "cannot be fetched: go get failed: dial tcp: no route to host" in errors
    assert cached(toolchain) == []
