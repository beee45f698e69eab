# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service proxy, which forwards requests to backends registered by tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

from tests.support.simulators.kubernetes.objects.resources import SERVICES
from tests.support.simulators.kubernetes.objects.store import Store
from tests.support.simulators.kubernetes.paths import Target
from tests.support.simulators.kubernetes.statuses import Refusal, not_found


@dataclass(frozen=True)
class ProxyRequest:
    """A forwarded request; ``path`` is the part after ``/proxy``."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class ProxyAnswer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


Backend = Callable[[ProxyRequest], ProxyAnswer] | str

_OWN_HEADERS = {"authorization", "host", "connection", "content-length", "transfer-encoding"}


class ServiceProxy:
    """The service proxy; a Service's backend is a function or the URL of a server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._backends: dict[tuple[str, str], Backend] = {}

    def register(self, namespace: str, service: str, backend: Backend) -> None:
        self._backends[namespace, service] = backend

    async def forward(self, target: Target, request: ProxyRequest) -> ProxyAnswer:
        """Forward a request. Raises Refusal: 404 without such a Service or backend, 503 without such a port."""
        if "dryRun" in request.query:
            raise Refusal(400, "dryRun is not supported")
        backend = self._backend(target)
        headers = {key: value for key, value in request.headers.items() if key.lower() not in _OWN_HEADERS}
        request = ProxyRequest(request.method, request.path, request.query, headers, request.body)
        if isinstance(backend, str):
            return await _sent(backend, request)
        return await asyncio.to_thread(backend, request)

    def _backend(self, target: Target) -> Backend:
        name, port = _name_and_port(target.name)
        service = self._store.get(SERVICES, target.namespace, name)
        if service is None:
            raise not_found(SERVICES, name)
        ports = service["spec"].get("ports") or []
        if not any(port in (str(entry.get("port")), entry.get("name", "")) for entry in ports):
            raise Refusal(503, f'no service port {port} found for service "{name}"')
        try:
            return self._backends[target.namespace, name]
        except KeyError:
            raise not_found(SERVICES, name) from None


def _name_and_port(text: str) -> tuple[str, str]:
    """Parse NAME, NAME:PORT or SCHEME:NAME:PORT; an empty port is the unnamed one."""
    parts = text.split(":")
    if len(parts) == 3:
        parts = parts[1:]
    return parts[0], parts[1] if len(parts) > 1 else ""


async def _sent(url: str, request: ProxyRequest) -> ProxyAnswer:
    address = url.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, address, headers=request.headers, data=request.body, ssl=False, allow_redirects=False
            ) as answer,
        ):
            kind = answer.headers.get("Content-Type", "application/json")
            return ProxyAnswer(answer.status, await answer.read(), {"Content-Type": kind})
    except aiohttp.ClientError as error:
        raise Refusal(503, f"error trying to reach service: {error}") from None
