# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback with one handler for all paths, in a thread of the calling process."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trustme
from aiohttp import web

from tests.support.simulators.background import Background, listening

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Closing = Callable[[], Awaitable[None]]

HOST = "127.0.0.1"
MAX_BODY_SIZE = 8 * 1024 * 1024


def server_tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """Return a server context with a certificate issued by ``authority`` for ``names``, by default loopback."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or (HOST, "localhost"))).configure_cert(context)
    return context


def json_response(status: int, body: Json, warnings: Sequence[str] = ()) -> web.Response:
    """Return a response with ``warnings`` in headers, as kube-apiserver sends them."""
    response = web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")
    for warning in warnings:
        response.headers.add("Warning", f'299 - "{warning.replace(chr(34), chr(92) + chr(34))}"')
    return response


class ThreadedServer:
    """Serve ``handler`` from ``start`` to ``stop``, over HTTP without ``tls``; ``url`` is set by ``start``.

    ``closing`` is awaited in the server's thread when it stops.
    """

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None, closing: Closing | None = None) -> None:
        self.url = ""
        self._handler = handler
        self._tls = tls
        self._when_closing = closing
        self._thread = Background(self._serve)

    def start(self) -> None:
        self.url = f"{'https' if self._tls else 'http'}://{HOST}:{self._thread.start()}"

    def stop(self) -> None:
        self._thread.stop()

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[int]:
        application = web.Application(client_max_size=MAX_BODY_SIZE)
        application.router.add_route("*", "/{path:.*}", self._handler)
        async with listening(application, self._tls) as port:
            yield port
        if self._when_closing:
            await self._when_closing()
