# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to a cluster on which something happens at given requests: a fault, a kill, or what others do."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import (
    Connection,
    Proxied,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import (
    ClusterError,
    ClusterUnreachable,
)

Json = dict[str, Any]

#: What may happen at a request, beside what others do before it.
FAULTS = (
    "killed before",
    "killed after",
    "answer lost",
    "not sent",
    "503 although done",
    "503 and not done",
    "stale",
)


class Killed(BaseException):
    """The run was killed: nothing of it is executed any more."""


class History:
    """Earlier states of objects, as an API server that is behind would return them."""

    def __init__(self) -> None:
        self._states: dict[str, list[Json]] = {}

    def add(self, path: str, state: Json) -> None:
        known = self._states.setdefault(path, [])
        if not known or known[-1] != state:
            known.append(copy.deepcopy(state))

    def earlier(self, path: str) -> Json | None:
        """Return the state before the latest known one."""
        known = self._states.get(path, [])
        return copy.deepcopy(known[-2]) if len(known) > 1 else None


class FaultyConnection:
    """A connection; ``events``: number of a request -> a fault, or a function to call before the request is sent."""

    def __init__(
        self,
        connection: Connection,
        history: History,
        events: Mapping[int, str | Callable[[], None]],
        met: Counter[str],
    ) -> None:
        self.server = connection.server
        self.writes: list[str] = []
        self._connection = connection
        self._history = history
        self._events = dict(events)
        self._met = met
        self._number = 0

    def has_dry_run(self, path: str) -> bool:
        return True

    def proxied(self, verb: str, path: str, body: Any = None) -> Proxied:
        return self._connection.proxied(verb, path, body)

    def text(self, path: str) -> str:
        return self._connection.text(path)

    def credentials_expiry(self) -> float | None:
        return None

    def server_time(self) -> float | None:
        return None

    def request(self, verb: str, path: str, **options: Any) -> Json:
        event = self._events.pop(self._number, None)
        self._number += 1
        is_write = verb != "get"
        if is_write and not options.get("dry_run"):
            self.writes.append(f"{verb} {path}")
        if callable(event):
            event()
            event = None
        if event:
            self._met[event] += 1
        return self._under(event, verb, path, **options) if event else self._send(verb, path, **options)

    def _send(self, verb: str, path: str, **options: Any) -> Json:
        answer = self._connection.request(verb, path, **options)
        if verb in ("get", "put") and not options.get("dry_run"):
            self._history.add(path, answer)
        return answer

    def _under(self, event: str, verb: str, path: str, **options: Any) -> Json:
        if event == "killed before":
            raise Killed
        if event == "not sent":
            raise ClusterUnreachable("refused")
        if event == "503 and not done":
            raise ClusterError("unavailable", 503)
        if event == "stale":
            earlier = self._history.earlier(path) if verb == "get" else None
            return earlier or self._send(verb, path, **options)
        self._send(verb, path, **options)
        if event == "killed after":
            raise Killed
        if event == "answer lost":
            raise ClusterUnreachable("cut")
        raise ClusterError("unavailable", 503)  # although done
