# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that serves HTTP on a free port of loopback."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.support.realparts.processes import HOST, Program, ProgramEnded, Running, running

ATTEMPTS = 5


@contextmanager
def serving(at: Callable[[str], Program], ready: str) -> Iterator[str]:
    """Run a program and yield its base URL.

    ``at``: returns it for an address; ``ready``: a path that has status 200 once it serves. Raises ProgramEnded.
    """
    for last in [False] * (ATTEMPTS - 1) + [True]:
        address = f"{HOST}:{_free_port()}"
        with running([at(address)]) as processes:
            if _started(processes, f"http://{address}{ready}", last):
                yield f"http://{address}"
                return


def _started(processes: Running, url: str, last: bool) -> bool:
    """Return whether it is ready; not if another process took its port, which it cannot share."""
    try:
        processes.wait_until(partial(_is_ready, url), f"{url} is not ready")
    except ProgramEnded as ended:
        if last or "address already in use" not in str(ended):
            raise
        return False
    return True


def _is_ready(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port
