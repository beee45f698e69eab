# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breakpoints for plays: in a request to a simulator, or before a write to the journal."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.plays.controller import Controller

WATCH = Path(__file__).parent / "watch"
#: Seconds until a play must have reached its breakpoint, and that it is paused there at most.
TIMEOUT = 60.0


class Breakpoint:
    """Pauses the first thread that reaches it; all others pass."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reached = threading.Event()
        self._released = threading.Event()
        self._done = threading.Event()
        self._has_work = False

    def work_callback(self) -> Callable[[], None]:
        """Return a callback for the end of the paused request's work; without it, no work is left after the pause."""
        self._has_work = True
        return self._finish

    def reach(self) -> None:
        """Pause, in a thread that may wait."""
        with self._lock:
            if self._reached.is_set():
                return
            self._reached.set()
        self._released.wait(TIMEOUT)

    def wait(self) -> None:
        """Wait until the breakpoint is reached; raises TimeoutError."""
        if not self._reached.wait(TIMEOUT):
            raise TimeoutError("the play did not reach the breakpoint")

    def release(self) -> None:
        """Continue, and wait for the end of the request's work, even if its client is gone."""
        self._released.set()
        if self._has_work and not self._done.wait(TIMEOUT):
            raise TimeoutError("the paused request was not completed")

    def _finish(self) -> None:
        if self._released.is_set():
            self._done.set()


@contextmanager
def journal_watched(controller: Controller, reach: Callable[[], None]) -> Iterator[None]:
    """Call ``reach`` in a separate thread before each write of the controller's plays to the journal."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, reach), daemon=True)
        thread.start()
        controller.environment |= {"PYTHONPATH": str(WATCH), "JOURNAL_WATCH": str(port)}
        try:
            yield
        finally:
            controller.environment.clear()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, reach: Callable[[], None]) -> None:
    while True:
        try:
            connection, _address = server.accept()
        except OSError:  # the server was shut down
            return
        threading.Thread(target=_answer, args=(connection, reach), daemon=True).start()


def _answer(connection: socket.socket, reach: Callable[[], None]) -> None:
    with connection:
        reach()
