# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests inject into selected requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Fault:
    """A fault for requests with this ``method`` whose path and query match the pattern ``path``.

    The first ``skip`` requests pass, the next ``times`` are affected (0: all further ones). In this order: ``delay``
    sleeps for seconds; ``hook`` is called in its own thread, so that it can use the cluster like a second client;
    ``status`` is the response instead of the operation's, with ``retry_after`` seconds as header; ``after`` is called
    like ``hook``, after the operation; ``cut`` closes the connection without a response, ``"before"`` or ``"after"``
    the operation.
    """

    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    delay: float = 0.0
    hook: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    status: int = 0
    message: str = "injected fault"
    retry_after: int | None = None
    cut: str = ""
    seen: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)

    def matches(self, method: str, path: str) -> bool:
        """Return whether the fault affects this request, and count the request."""
        if self.method not in ("", method) or not re.search(self.path, path):
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.times and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class Faults:
    """The faults of one server, shared by tests and the server's thread."""

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
            return [fault for fault in self._faults if fault.matches(method, path)]
