# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running Alertmanager without peers, on loopback, with all its files in its own folder."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.support.realparts.build import program
from tests.support.realparts.catalog import ALERTMANAGERS
from tests.support.realparts.processes import HOST, Program, ProgramEnded, Running, running

ATTEMPTS = 5


@contextmanager
def alertmanager(version: str, folder: Path, configuration: str) -> Iterator[str]:
    """Run Alertmanager and yield its base URL.

    Raises PartsMissing, BuildFailed, or ProgramEnded, for example for an invalid configuration.
    """
    binary = program(ALERTMANAGERS[version])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yaml").touch(mode=0o600)
    (folder / "alertmanager.yaml").write_text(configuration, encoding="utf-8")
    for last in [False] * (ATTEMPTS - 1) + [True]:
        address = f"{HOST}:{_free_port()}"
        with running([_command(binary, folder, address)]) as processes:
            if _started(processes, address, last):
                yield f"http://{address}"
                return


def _command(binary: Path, folder: Path, address: str) -> Program:
    options = {
        "config.file": folder / "alertmanager.yaml",
        "storage.path": folder / "data",
        "web.listen-address": address,
        "cluster.listen-address": "",
    }
    return Program(
        [str(binary), *(f"--{name}={value}" for name, value in options.items())], folder / "alertmanager.log"
    )


def _started(processes: Running, address: str, last: bool) -> bool:
    """Return whether it is ready; not if another process took its port, which Alertmanager cannot share."""
    try:
        processes.wait_until(partial(_is_ready, address), "Alertmanager is not ready")
    except ProgramEnded as ended:
        if last or "address already in use" not in str(ended):
            raise
        return False
    return True


def _is_ready(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port
