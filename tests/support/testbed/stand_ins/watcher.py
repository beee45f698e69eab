# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of stand-ins for controllers of KubeSphere: a thread that looks at a cluster again and again."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

#: Often enough for what takes minutes elsewhere; many of them share a process with the servers that they ask.
POLL_SECONDS = 0.25


class Watcher(ABC):
    """Works inside a ``with``."""

    def __init__(self) -> None:
        #: Set when the work shall end; waiting for it is a pause that ends early.
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
    def look(self) -> None:
        """See what there is to do, and do it."""

    def _work(self) -> None:
        while not self.stopped.wait(POLL_SECONDS):
            self.look()
