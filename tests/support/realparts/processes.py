# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that run beside the tests and never outlive them, and reserved ports."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.realparts import supervisor

HOST = "127.0.0.1"
POLL_SECONDS = 0.03


@dataclass(frozen=True)
class Program:
    """A command line, and the file for its output."""

    command: Sequence[str]
    log: Path


class ProgramEnded(Exception):
    """A program ended unexpectedly; the message ends with the last lines of its output."""


class Running:
    """The programs of one ``running`` block."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._ended: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait for a condition. Raises ProgramEnded, or TimeoutError with ``what`` in its message."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self._ended:
                raise ProgramEnded(_end_message(self._ended[0]))
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} after {seconds:.0f} s")
            time.sleep(POLL_SECONDS)

    def join(self) -> None:
        """Wait until all that the supervisor wrote is read, after its end and before its pipe is closed."""
        self._listener.join(timeout=10)

    def _listen(self) -> None:
        self._ended += self._process.stdout or ()


def _end_message(line: str) -> str:
    ended = json.loads(line)
    lines = Path(ended["log"]).read_text(errors="replace").strip().splitlines()[-5:]
    return f"{Path(ended['log']).stem} ended with status {ended['status']}: " + " | ".join(lines)


@contextmanager
def running(programs: Sequence[Program]) -> Iterator[Running]:
    """Run programs until the block or this process ends; then kill them in reverse order."""
    command = [sys.executable, "-I", supervisor.__file__]
    listed = [{"command": list(program.command), "log": str(program.log)} for program in programs]
    pipe = subprocess.PIPE
    # With less frequent garbage collection of Go, the programs start a fifth faster, at the cost of memory.
    environment = {"GOGC": "400", **os.environ}
    # A new session, so that Ctrl-C interrupts only the tests, which then end the programs in order.
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=environment, start_new_session=True
    ) as process:
        stdin = process.stdin
        if stdin is None:
            raise RuntimeError("the supervisor has no stdin pipe")
        stdin.write(json.dumps(listed) + "\n")
        stdin.flush()
        programs_running = Running(process)
        try:
            yield programs_running
        finally:
            stdin.close()
            process.wait()
            programs_running.join()


@contextmanager
def reserved_ports(count: int) -> Iterator[list[int]]:
    """Reserve free loopback ports while the block runs; only programs that bind with SO_REUSEPORT can use them."""
    with ExitStack() as stack:
        yield [_reserved(stack) for _ in range(count)]


def _reserved(stack: ExitStack) -> int:
    taken = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    taken.bind((HOST, 0))
    port: int = taken.getsockname()[1]
    return port
