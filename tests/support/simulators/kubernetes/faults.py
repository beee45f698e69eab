# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test can make go wrong with chosen requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Fault:
    """Happens to requests whose method is ``method`` and in whose path and query the pattern ``path`` is found.

    The first ``skip`` of them pass, the next ``times`` are hit (0: all that follow). In this order: ``delay`` waits
    seconds; ``hook`` is called, in a thread of its own, so that it may use the cluster as a second client would;
    ``status`` answers in place of the work, with ``retry_after`` seconds as header; ``after`` is called like ``hook``,
    when the work is done; ``cut`` closes the connection without an answer, ``"before"`` the work or ``"after"`` it.
    """

    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    delay: float = 0.0
    hook: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    status: int = 0
    message: str = "a fault was asked for"
    retry_after: int | None = None
    cut: str = ""
    seen: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)

    def takes(self, method: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        if self.method not in ("", method) or not re.search(self.path, path):
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.times and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class Faults:
    """The faults of one server; tests and the server's thread both use it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def for_request(self, method: str, path: str) -> list[Fault]:
        with self._lock:
            return [fault for fault in self._faults if fault.takes(method, path)]
