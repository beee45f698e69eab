# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP proxy to the simulator: tunnels for HTTPS, forwarded requests for plain HTTP, and faults of both.

It sends each request once: a proxy that repeats a request is beyond what any client can notice.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

#: `refuse`: an HTML page with `status` instead of a tunnel or of a forwarded request; `close`: the connection is closed
#: without an answer; `broken_tunnel`: it is closed after the tunnel was confirmed; `replace`: a forwarded request is
#: executed, but answered with an HTML page; `drop`: it is executed, and the connection is closed.
Kind = Literal["refuse", "close", "broken_tunnel", "replace", "drop"]
#: Faults after DingTalk has executed the request, which a proxy can only have if it reads the request.
AFTERWARDS = ("replace", "drop")

_LENGTH = re.compile(rb"(?im)^content-length:\s*(\d+)")


class Closed(Exception):
    """The connection is to be closed without an answer."""


class Proxy:
    """The state of a proxy, for the thread of a test."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        """The request lines that arrived, without HTTP version."""
        self._faults: list[tuple[Kind, int]] = []
        self._lock = threading.Lock()
        self._clients: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def fail(self, kind: Kind, status: int = 502, times: int = 1) -> None:
        """Make the next requests fail."""
        with self._lock:
            self._faults += [(kind, status)] * times

    def heal(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def cut(self, _call: object = None) -> None:
        """Cut all connections of clients now; a hook of the simulator calls it while a request is executed."""
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(timeout=10)

    async def _cut(self) -> None:
        for client in self._clients:
            client.transport.abort()

    def take(self, afterwards: bool) -> tuple[Kind, int] | None:
        """Return the fault of a request before or after its execution."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if (fault[0] in AFTERWARDS) is afterwards:
                    return self._faults.pop(index)
        return None

    def begin(self, line: str, client: asyncio.StreamWriter) -> None:
        """Record the arrival of a request."""
        self.requests.append(line)
        self._clients.add(client)
        self._loop = asyncio.get_running_loop()

    def end(self, client: asyncio.StreamWriter) -> None:
        """Record the end of a connection."""
        self._clients.discard(client)


@asynccontextmanager
async def tunnelling(ports: Mapping[str, int], proxy: Proxy | None = None) -> AsyncIterator[int]:
    """Serve a proxy on a free port of 127.0.0.1; `ports` maps host names to local ports, others get 502.

    A target such as `127.0.0.1:PORT` is reached as well if PORT is one of the local ports.
    """
    handler = _Handler(ports, proxy or Proxy())
    server = await asyncio.start_server(handler.connected, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


class _Handler:
    def __init__(self, ports: Mapping[str, int], proxy: Proxy) -> None:
        self._ports = ports
        self._proxy = proxy

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, Closed):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _version = head.split(b"\r\n")[0].decode("latin-1").split()
            self._proxy.begin(f"{method} {target.partition('?')[0]}", writer)
            await self._serve(method, target, head, reader, writer)
        self._proxy.end(writer)
        writer.close()

    async def _serve(
        self, method: str, target: str, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        place = urlsplit(f"//{target}" if method == "CONNECT" else target)
        port = self._ports.get(place.hostname or "")
        if place.port in self._ports.values():
            port = place.port
        kind, status = self._proxy.take(afterwards=False) or ("", 502)
        if kind == "close":
            raise Closed
        if kind == "refuse" or port is None:
            # An unread body would reset the connection before the page arrives.
            await _body(head, reader)
            writer.write(_page(status))
        elif method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if kind == "broken_tunnel":
                raise Closed
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))
        else:
            writer.write(await self._forward(port, _origin_form(head), await _body(head, reader)))

    async def _forward(self, port: int, head: bytes, body: bytes) -> bytes:
        """Return the answer to a forwarded request, or what replaces it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(head + body)
        answer = await reader.read()
        writer.close()
        kind, status = self._proxy.take(afterwards=True) or ("", 0)
        if kind == "drop":
            raise Closed
        return _page(status) if kind == "replace" else answer


def _page(status: int) -> bytes:
    page = f"<html><body><h1>{status} by the proxy</h1></body></html>".encode()
    head = f"HTTP/1.1 {status} By-the-proxy\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + page


def _origin_form(head: bytes) -> bytes:
    """Return the head of a forwarded request: the path instead of the URL, and one request for each connection."""
    first, _separator, rest = head.partition(b"\r\n")
    method, target, version = first.decode("latin-1").split()
    url = urlsplit(target)
    path = f"{url.path}?{url.query}" if url.query else url.path
    headers = [line for line in rest.split(b"\r\n") if line and not line.lower().startswith(b"connection:")]
    return b"\r\n".join([f"{method} {path} {version}".encode("latin-1"), *headers, b"Connection: close", b"", b""])


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    length = _LENGTH.search(head)
    return await reader.readexactly(int(length[1])) if length else b""


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Forward data until the end of the stream, then close the other end."""
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
