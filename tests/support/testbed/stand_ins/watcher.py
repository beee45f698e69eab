# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of simulated KubeSphere controllers: a thread that polls a cluster."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Self

import requests

from tests.support.testbed.client import ApiFailure

#: Many of these threads share a process with the servers that they poll.
POLL_SECONDS = 0.25


class Watcher(ABC):
    """A controller that runs inside a ``with``."""

    def __init__(self) -> None:
        #: Set to end the thread; waiting for it is an interruptible pause.
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self._thread.join()

    @abstractmethod
    def poll(self) -> None:
        """Reconcile once."""

    def _work(self) -> None:
        while not self.stopped.wait(POLL_SECONDS):
            # A refusal does not end a controller: an object may be gone or changed, which the next poll sees.
            with suppress(ApiFailure, requests.RequestException):
                self.poll()
