# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP API of notification-manager for Alertmanager and the console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.support.simulators.background import Background, listening
from tests.support.simulators.notification_manager.cluster import ClusterError
from tests.support.simulators.notification_manager.delivery import Delivery
from tests.support.simulators.notification_manager.manager import NotificationManager


class Server:
    """A context manager; `url` is the base URL. Unlike the original, it delivers before it responds."""

    def __init__(self, manager: NotificationManager, port: int = 0) -> None:
        self._manager = manager
        self._port = port
        self._background = Background(self._serve)
        self.url = ""

    def __enter__(self) -> Self:
        self.url = f"http://127.0.0.1:{self._background.start()}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.stop()

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[int]:
        app = web.Application()
        app.router.add_post("/api/v2/alerts", self._alerts)
        if self._manager.has_test:
            app.router.add_post("/api/v2/verify", self._verify)
            app.router.add_post("/api/v2/notifications", self._notify)
        app.router.add_get("/-/ready", self._ready)
        async with listening(app, port=self._port) as port:
            yield port

    async def _ready(self, _request: web.Request) -> web.Response:
        return _answer(200, "readiness check")

    async def _alerts(self, request: web.Request) -> web.Response:
        await asyncio.to_thread(self._manager.accept, await request.json())
        return _answer(200, "Notification request accepted")

    async def _verify(self, request: web.Request) -> web.Response:
        body = await request.json()
        return await _try(body, "Verify successfully", lambda: self._send(body, None))

    async def _notify(self, request: web.Request) -> web.Response:
        body = await request.json()
        alerts = (body.get("alert") or {}).get("alerts")
        return await _try(body, "Send alerts successfully", lambda: self._send(body, alerts))

    def _send(self, body: dict[str, Any], alerts: Sequence[dict[str, Any]] | None) -> list[Delivery]:
        return self._manager.verify(body["receiver"], body.get("config"), alerts)


async def _try(body: dict[str, Any], success: str, send: Callable[[], list[Delivery]]) -> web.Response:
    if not body.get("receiver"):
        return _answer(400, "receiver is nil")
    try:
        errors = [delivery.error for delivery in await asyncio.to_thread(send) if delivery.error]
    except ClusterError as error:
        errors = [str(error)]
    return _answer(400, ", ".join(errors)) if errors else _answer(200, success)


def _answer(status: int, message: str) -> web.Response:
    return web.json_response({"Status": status, "Message": message}, status=status)
