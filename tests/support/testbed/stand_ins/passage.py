# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP proxy in front of an API server that can delay or break connections; TLS is passed through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.support.simulators.background import Background
from tests.support.simulators.dingtalk.proxy import pipe

HOST = "127.0.0.1"


class Passage:
    """Proxy connections inside a ``with``. Data of the server is delayed by ``lateness`` seconds, which may change."""

    def __init__(self, target: str, lateness: float = 0.0) -> None:
        self.url = ""
        self.lateness = lateness
        #: The number of connections so far.
        self.connections = 0
        self._port = urlsplit(target).port
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop
        self._server: asyncio.Server
        self._thread = Background(self._serve)

    def __enter__(self) -> Passage:
        self.url = f"https://{HOST}:{self._thread.start()}"
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.stop()

    def cut(self) -> None:
        """Break all connections and refuse new ones, before this returns."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=10)

    async def _end(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[int]:
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._connected, HOST, 0)
        yield int(self._server.sockets[0].getsockname()[1])
        await self._end()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(HOST, self._port)
            self._writers |= {writer, far_writer}
            await asyncio.gather(pipe(reader, far_writer), self._pipe_late(far_reader, writer))
            self._writers -= {writer, far_writer}

    async def _pipe_late(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await asyncio.sleep(self.lateness)
                writer.write(data)
                await writer.drain()
        writer.close()
