# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers in a thread: an asynchronous context manager that runs in its own event loop."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, TypeVar

from aiohttp import web

T = TypeVar("T")


class Background(Generic[T]):
    """Run `serve` in a thread until `stop`; `start` returns the value that it yields, usually ports."""

    def __init__(self, serve: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self._serve = serve
        self._ready: Future[T] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="simulator", daemon=True)

    def start(self) -> T:
        """Start the thread and wait until the servers listen. Raises the exception of the thread, if any."""
        self._thread.start()
        return self._ready.result(timeout=30)

    def stop(self) -> None:
        """Close the servers and end the thread."""
        if self._loop and self._stop and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=30)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        # One thread for each request that a test can block at the same time.
        self._loop.set_default_executor(ThreadPoolExecutor(max_workers=64))
        try:
            async with self._serve() as served:
                self._ready.set_result(served)
                await self._stop.wait()
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)


@asynccontextmanager
async def listening(
    application: web.Application, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[int]:
    """Serve an application on a port of 127.0.0.1, a free one by default; no access logs, as URLs contain tokens."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls, backlog=512).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
