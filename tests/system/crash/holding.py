# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding a play at a step of its way: in a request that a simulator has, or before it writes to its journal."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.plays.controller import Controller

WATCH = Path(__file__).parent / "watch"
#: Seconds that a play may take to the step, and that it is held there at most.
PATIENCE = 60.0


class Hold:
    """Holds whoever comes first, and lets all others pass."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reached = threading.Event()
        self._released = threading.Event()
        self._done = threading.Event()
        self._finishes = False

    def finishes(self) -> Callable[[], None]:
        """What is called when the work of the request that was held is done; else nothing remains to be done then."""
        self._finishes = True
        return self._finish

    def come(self) -> None:
        """Called at the step, in a thread that may wait."""
        with self._lock:
            if self._reached.is_set():
                return
            self._reached.set()
        self._released.wait(PATIENCE)

    def wait(self) -> None:
        """Until somebody has come; raises TimeoutError."""
        if not self._reached.wait(PATIENCE):
            raise TimeoutError("the play did not come to the step")

    def release(self) -> None:
        """Let go, and wait for what is done of the request even when nobody waits for its answer."""
        self._released.set()
        if self._finishes and not self._done.wait(PATIENCE):
            raise TimeoutError("the request that was held is not done")

    def _finish(self) -> None:
        if self._released.is_set():
            self._done.set()


@contextmanager
def journal_watched(controller: Controller, come: Callable[[], None]) -> Iterator[None]:
    """Call ``come`` in a thread of its own each time before the controller's plays write to the journal."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, come), daemon=True)
        thread.start()
        controller.environment |= {"PYTHONPATH": str(WATCH), "JOURNAL_WATCH": str(port)}
        try:
            yield
        finally:
            controller.environment.clear()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, come: Callable[[], None]) -> None:
    while True:
        try:
            connection, _address = server.accept()
        except OSError:  # the server was shut down
            return
        threading.Thread(target=_answer, args=(connection, come), daemon=True).start()


def _answer(connection: socket.socket, come: Callable[[], None]) -> None:
    with connection:
        come()
