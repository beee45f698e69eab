# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault injection, and hooks to block a request between two steps."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.simulators.dingtalk.calls import Call

Kind = Literal["delay", "status", "cut_before", "cut_after", "errcode", "throttle", "x5", "expired_token", "rewrite"]
Stage = Literal["arrival", "work", "answer"]
When = Literal["before", "after"]
Hook = Callable[[Call], None]
#: Returns the body of an answer, given the one of the successful operation.
Rewrite = Callable[[dict[str, Any]], dict[str, Any] | str]

_STAGES: dict[str, Stage] = {
    "cut_before": "arrival",
    "cut_after": "answer",
    "x5": "arrival",
    "expired_token": "arrival",
    "throttle": "arrival",
    "rewrite": "answer",
}
_MOVABLE: dict[str, Stage] = {"delay": "arrival", "status": "arrival", "errcode": "work"}


@dataclass
class Fault:
    """A fault of the next `times` requests of an API (None: all of them)."""

    api: str
    kind: Kind
    stage: Stage
    times: int | None = 1
    seconds: float = 0.0
    status: int | None = None
    errcode: int | str = -1
    message: str = "injected fault"
    rewrite: Rewrite = dict


@dataclass
class Pause:
    """A request blocked by `Faults.pause`: wait for its arrival, inspect the state, release it."""

    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout: float = 10.0) -> None:
        """Wait for a request to arrive. Raises TimeoutError."""
        if not self.reached.wait(timeout):
            raise TimeoutError("no request arrived")

    def release(self) -> None:
        """Continue the request."""
        self.released.set()


class Faults:
    """The faults and hooks; `api` is a documented path, or a pattern such as `*/group/create`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._hooks: list[tuple[str, When, Hook]] = []
        self._pauses: list[Pause] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(fault)

    def take(self, path: str, stage: Stage) -> list[Fault]:
        """Return the faults of a request at this stage, and count them."""
        with self._lock:
            matching = [
                fault for fault in self._faults if fault.stage == stage and fnmatch.fnmatchcase(path, fault.api)
            ]
            for fault in matching:
                if fault.times is not None:
                    fault.times -= 1
            self._faults = [fault for fault in self._faults if fault.times is None or fault.times > 0]
        return matching

    def hook(self, api: str, when: When, hook: Hook) -> None:
        """Call `hook` in its own thread before or after the operation; the request waits for it."""
        with self._lock:
            self._hooks.append((api, when, hook))

    def hooks(self, path: str, when: When) -> list[Hook]:
        """Return the hooks of a request."""
        with self._lock:
            return [hook for api, at, hook in self._hooks if at == when and fnmatch.fnmatchcase(path, api)]

    def pause(self, api: str, when: When) -> Pause:
        """Block all requests of the API until the pause is released."""
        pause = Pause()

        def block(_call: Call) -> None:
            pause.reached.set()
            pause.released.wait()

        self._pauses.append(pause)
        self.hook(api, when, block)
        return pause

    def clear(self) -> None:
        """Remove all faults and hooks, and continue all blocked requests."""
        with self._lock:
            self._faults.clear()
            self._hooks.clear()
        for pause in self._pauses:
            pause.release()


def fault(api: str, kind: Kind, when: When = "before", **fields: Any) -> Fault:
    """Return a fault; `when` applies to delay, status and errcode. Raises ValueError for an unknown kind."""
    if kind in _STAGES:
        stage = _STAGES[kind]
    elif kind in _MOVABLE:
        stage = "answer" if when == "after" else _MOVABLE[kind]
    else:
        raise ValueError(f"unknown kind of fault: {kind}")
    return Fault(api, kind, stage, **fields)
