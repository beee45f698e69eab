# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real API servers in their own processes, with their audit logs as the record of requests."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from tests.support.realparts.control_plane import RunningApiServer, control_plane
from tests.support.simulators.kubernetes import RecordedRequest, User
from tests.support.simulators.kubernetes.recording import METHODS, is_dry_run
from tests.support.testbed.client import Client

Json = dict[str, Any]

FLUSH_SECONDS = 10.0


@contextmanager
def real_servers(
    names: Sequence[str], folder: Path, authority: trustme.CA, users: Mapping[str, User]
) -> Iterator[Mapping[str, RealApiServer]]:
    """Start a kube-apiserver for each name, all with one etcd. Raises PartsMissing."""
    tokens = [(token, user.name, user.groups) for token, user in users.items()]
    with control_plane(folder, names, authority, tokens) as running:
        any_token = next(iter(users))
        yield {name: RealApiServer(server, folder / "ca.pem", any_token) for name, server in running.items()}


class RealApiServer:
    """A real API server; its requests are read from the audit log since the last reset."""

    def __init__(self, running: RunningApiServer, ca_file: Path, token: str) -> None:
        self.url = running.url
        self._log = running.audit_log
        self._client = Client(running.url, ca_file, token)
        self._start = 0

    def requests(self) -> list[RecordedRequest]:
        return [_recorded(event) for event in self._events() if not _is_marker(event)]

    def reset_requests(self) -> None:
        self._flushed()
        self._start = self._log.stat().st_size

    def _events(self) -> list[Json]:
        return [json.loads(line) for line in self._flushed().splitlines() if line]

    def _flushed(self) -> bytes:
        """Return the log since the last reset, once it contains a marker request made now.

        A response may arrive before its line in the log.
        """
        marker = f"{_MARKER}={uuid.uuid4()}"
        self._client.send("GET", f"/version?{marker}")
        deadline = time.monotonic() + FLUSH_SECONDS
        while marker.encode() not in (text := self._written()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"kube-apiserver does not write {self._log}")
            time.sleep(0.005)
        return text

    def _written(self) -> bytes:
        with self._log.open("rb") as log:
            log.seek(self._start)
            return log.read()


_MARKER = "testbed"


def _is_marker(event: Json) -> bool:
    return str(event["requestURI"]).startswith(f"/version?{_MARKER}=")


def _recorded(event: Json) -> RecordedRequest:
    path, _, query = event["requestURI"].partition("?")
    verb = event["verb"]
    method = METHODS.get(verb) or ("GET" if verb in ("get", "list", "watch") else verb.upper())
    return RecordedRequest(
        verb=verb,
        method=method,
        path=path,
        query=query,
        user_agent=event.get("userAgent", ""),
        user=event.get("user", {}).get("username", ""),
        status=event.get("responseStatus", {}).get("code", 0),
        dry_run=is_dry_run(query, event.get("requestObject")),
    )
