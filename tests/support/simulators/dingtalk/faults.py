# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test orders, and hooks by which it holds a request between two steps."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.support.simulators.dingtalk.calls import Call

Kind = Literal["delay", "status", "cut_before", "cut_after", "errcode", "throttle", "x5", "expired_token"]
Stage = Literal["arrival", "work", "answer"]
When = Literal["before", "after"]
Hook = Callable[[Call], None]

_STAGES: dict[str, Stage] = {
    "cut_before": "arrival",
    "cut_after": "answer",
    "x5": "arrival",
    "expired_token": "arrival",
    "throttle": "arrival",
}
_MOVABLE: dict[str, Stage] = {"delay": "arrival", "status": "arrival", "errcode": "work"}


@dataclass
class Fault:
    """One order: the next `times` requests of an API fail so (None: all of them)."""

    api: str
    kind: Kind
    stage: Stage
    times: int | None = 1
    seconds: float = 0.0
    status: int | None = None
    errcode: int | str = -1
    message: str = "ordered by the test"


@dataclass
class Pause:
    """A request held by `Faults.pause`: wait until it is there, look around, let it go."""

    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout: float = 10.0) -> None:
        """Wait for a request to arrive; raises TimeoutError."""
        if not self.reached.wait(timeout):
            raise TimeoutError("no request arrived")

    def release(self) -> None:
        """Let the request go on."""
        self.released.set()


class Faults:
    """The orders and hooks; `api` is a path as in the documentation, or a pattern such as `*/group/create`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []
        self._hooks: list[tuple[str, When, Hook]] = []
        self._pauses: list[Pause] = []

    def order(self, fault: Fault) -> None:
        """Add an order."""
        with self._lock:
            self._orders.append(fault)

    def take(self, path: str, stage: Stage) -> list[Fault]:
        """Return the faults that this request meets at this stage, and use them up."""
        with self._lock:
            met = [fault for fault in self._orders if fault.stage == stage and fnmatch.fnmatchcase(path, fault.api)]
            for fault in met:
                if fault.times is not None:
                    fault.times -= 1
            self._orders = [fault for fault in self._orders if fault.times is None or fault.times > 0]
        return met

    def hook(self, api: str, when: When, hook: Hook) -> None:
        """Call `hook` in a thread of its own before or after the work; the request waits for it."""
        with self._lock:
            self._hooks.append((api, when, hook))

    def hooks(self, path: str, when: When) -> list[Hook]:
        """Return the hooks of a request."""
        with self._lock:
            return [hook for api, at, hook in self._hooks if at == when and fnmatch.fnmatchcase(path, api)]

    def pause(self, api: str, when: When) -> Pause:
        """Hold every request of the API until the pause is released."""
        pause = Pause()

        def hold(_call: Call) -> None:
            pause.reached.set()
            pause.released.wait()

        self._pauses.append(pause)
        self.hook(api, when, hold)
        return pause

    def clear(self) -> None:
        """Forget all orders and hooks, and let every held request go."""
        with self._lock:
            self._orders.clear()
            self._hooks.clear()
        for pause in self._pauses:
            pause.release()


def fault(api: str, kind: Kind, when: When = "before", **fields: float | int | str | None) -> Fault:
    """Build an order; `when` moves delay, status and errcode behind the work. Raises ValueError for an unknown kind."""
    if kind in _STAGES:
        stage = _STAGES[kind]
    elif kind in _MOVABLE:
        stage = "answer" if when == "after" else _MOVABLE[kind]
    else:
        raise ValueError(f"unknown kind of fault: {kind}")
    return Fault(api, kind, stage, **fields)  # type: ignore[arg-type]
