# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of all requests, without their secrets."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from tests.support.simulators.dingtalk.organisation import Json

_SECRET = {"access_token", "appsecret", "appSecret", "client_secret", "sign", "secret", "token"}


@dataclass
class Call:
    """A request; status 0 is a request without response yet."""

    time: float
    """Arrival, seconds since the epoch by the simulator's clock."""
    method: str
    path: str
    """As sent, without the query."""
    api: str
    """The documented path, empty for an unknown one."""
    ip: str
    app: str = ""
    """Key of the app whose token was used."""
    query: Json = field(default_factory=dict)
    body: Any = None
    status: int = 0
    """HTTP status, or -1 if the connection was cut."""
    code: int | str = ""
    """0, or the error code."""
    quota: str = ""
    """`api` or `webhook` if the call counts against that monthly quota, else empty."""

    @property
    def counted(self) -> bool:
        """Whether the call counts against the organisation's monthly API quota."""
        return self.quota == "api"


def redact(value: Any) -> Any:
    """Return a copy with the values of secret-bearing keys replaced."""
    if isinstance(value, dict):
        return {key: "***" if key in _SECRET else redact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


class Calls:
    """All calls in order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Record an arrival."""
        with self._lock:
            self._calls.append(call)

    def all(self) -> list[Call]:
        """Return a copy of the list."""
        with self._lock:
            return list(self._calls)

    def reset(self) -> None:
        """Clear the record."""
        with self._lock:
            self._calls.clear()
