# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: routes from the table of endpoints, and conversion of requests and responses."""

from __future__ import annotations

import traceback

from aiohttp import web

from tests.support.simulators.dingtalk.endpoint import Endpoint, Wire
from tests.support.simulators.dingtalk.endpoints import (
    chats,
    messages,
    robots,
    scene_group_queries,
    scene_groups,
    tokens,
    users,
    webhook,
)
from tests.support.simulators.dingtalk.gateway import Cut, Gateway, World
from tests.support.simulators.dingtalk.refusals import Answer, Style

GROUPS = (tokens, users, chats, scene_groups, scene_group_queries, robots, messages, webhook)
ENDPOINTS: tuple[Endpoint, ...] = tuple(endpoint for group in GROUPS for endpoint in group.ENDPOINTS)


def application(world: World, style: Style) -> web.Application:
    """Return the server of one API generation; its gateway also responds to unknown paths."""
    gateway = Gateway(world, style)
    app = web.Application(client_max_size=4 * 1024**2)
    for endpoint in ENDPOINTS:
        if endpoint.style == style:
            app.router.add_route("*", endpoint.path, _Handler(gateway, world, endpoint).handle)
    app.router.add_route("*", "/{path:.*}", _Handler(gateway, world, None).handle)
    return app


class _Handler:
    def __init__(self, gateway: Gateway, world: World, endpoint: Endpoint | None) -> None:
        self._gateway = gateway
        self._world = world
        self._endpoint = endpoint

    async def handle(self, request: web.Request) -> web.StreamResponse:
        wire = Wire(
            method=request.method,
            path=request.path,
            match=dict(request.match_info) if self._endpoint else {},
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        try:
            return _response(await self._gateway.answer(self._endpoint, wire))
        except Cut:
            if request.transport:
                request.transport.abort()
            return web.Response()
        except Exception:
            self._world.crashes.append(traceback.format_exc())
            return web.Response(status=500, text="the simulator itself failed")


def _response(answer: Answer) -> web.Response:
    if isinstance(answer.body, str):
        return web.Response(status=answer.status, text=answer.body, content_type="text/html")
    return web.json_response(answer.body, status=answer.status)
