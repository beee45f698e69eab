# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of distant clusters: a TCP proxy in a separate process that delays data in both directions."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.realparts.processes import HOST, Program, reserved_ports, running

ONE_WAY_MS = 15


@contextmanager
def distant(urls: Mapping[str, str], log: Path) -> Iterator[dict[str, str]]:
    """Run a proxy for servers' URLs by name; yield the URLs with a round-trip time of ``2 * ONE_WAY_MS``."""
    with reserved_ports(len(urls)) as ports:
        routes = [f"{port}:{urlsplit(url).port}" for port, url in zip(ports, urls.values(), strict=True)]
        command = [sys.executable, "-m", __spec__.name, "--one-way-ms", str(ONE_WAY_MS), *routes]
        with running([Program(command, log)]) as programs:
            for port in ports:
                programs.wait_until(partial(_listens, port), "the proxy does not listen")
            yield {name: f"https://{HOST}:{port}" for name, port in zip(urls, ports, strict=True)}


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


class _End(asyncio.Protocol):
    """One side of a connection; received data is written to ``other`` after the delay, in order."""

    def __init__(self, delay: float) -> None:
        self.other: _End
        self._delay = delay
        self._waiting: deque[bytes | None] = deque()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._later(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._later(None)

    def _later(self, data: bytes | None) -> None:
        self._waiting.append(data)
        asyncio.get_running_loop().call_later(self._delay, self._deliver)

    def _deliver(self) -> None:
        data = self._waiting.popleft()
        if data is None:
            self.other._transport.close()
        else:
            self.other._transport.write(data)


class _Near(_End):
    """The client's side, which connects to the server before it reads."""

    def __init__(self, delay: float, target: int) -> None:
        super().__init__(delay)
        self._target = target

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport.pause_reading()
        self._connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        self.other = _End(self._delay)
        self.other.other = self
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.other, HOST, self._target)
        except OSError:  # reported to the client when it reads
            self.other._transport = self._transport
            self._transport.abort()
            return
        self._transport.resume_reading()


async def _serve(routes: list[tuple[int, int]], delay: float) -> None:
    loop = asyncio.get_running_loop()
    for port, target in routes:
        await loop.create_server(partial(_Near, delay, target), HOST, port, backlog=512, reuse_port=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one-way-ms", type=float, default=ONE_WAY_MS)
    parser.add_argument("routes", nargs="+", metavar="PORT:TARGET")
    arguments = parser.parse_args()
    routes = [(int(port), int(target)) for port, target in (route.split(":") for route in arguments.routes)]
    asyncio.run(_serve(routes, arguments.one_way_ms / 1000))


if __name__ == "__main__":
    main()
