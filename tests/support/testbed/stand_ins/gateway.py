# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS-terminating gateway in front of an API server that can respond itself, delay, or cut connections."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web
from yarl import URL

from tests.support.simulators.kubernetes.faults import Faults
from tests.support.simulators.kubernetes.faulty import cut, under
from tests.support.simulators.kubernetes.serving import ThreadedServer, server_tls

# Headers of a single connection, or set again.
_OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "accept-encoding"}


@dataclass(frozen=True)
class Passed:
    """A forwarded request; ``at`` is monotonic time in seconds, ``status`` 0 if the connection was cut."""

    at: float
    method: str
    path: str
    status: int


class Gateway:
    """Serve inside a ``with``; ``authority`` issues the certificate, for ``names`` or loopback."""

    def __init__(self, target: str, ca_file: Path, authority: trustme.CA, *names: str) -> None:
        self.faults = Faults()
        self.passed: list[Passed] = []
        self._target = target
        self._trust = ssl.create_default_context(cafile=ca_file)
        self._server = ThreadedServer(self._handle, server_tls(authority, *names))

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> Gateway:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        at, faults = time.monotonic(), self.faults.for_request(request.method, request.path_qs)
        response = await under(faults, lambda: self._forward(request))
        self.passed.append(Passed(at, request.method, request.path, 0 if response is None else response.status))
        return cut(request) if response is None else response

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        """Forward a request over its own connection."""
        address, content = URL(self._target + request.raw_path, encoded=True), await request.read()
        headers = _passed_on(request.headers.items())
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(request.method, address, data=content, headers=headers, ssl=self._trust) as answer,
        ):
            body = await answer.read()
            return web.Response(status=answer.status, body=body, headers=_passed_on(answer.headers.items()))


def _passed_on(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, text) for name, text in headers if name.lower() not in _OWN_HEADERS]
