# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy delays data and preserves it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.benchmark.proxy import ONE_WAY_MS, distant
from tests.support.realparts.processes import HOST


@pytest.fixture
def echo() -> Iterator[str]:
    """The URL of an echo server."""

    def serve() -> None:
        while True:
            client, _ = server.accept()
            with client:
                while data := client.recv(65536):
                    if data == b"end":
                        return
                    client.sendall(data)

    with socket.create_server((HOST, 0)) as server, ThreadPoolExecutor(1) as pool:
        port = server.getsockname()[1]
        pool.submit(serve)
        yield f"https://{HOST}:{port}"
        with socket.create_connection((HOST, port)) as client:
            client.sendall(b"end")


def test_a_round_trip_is_delayed(echo: str, tmp_path: Path) -> None:
    with distant({"one": echo}, tmp_path / "log") as urls, _connected(urls["one"]) as client:
        started = time.perf_counter()
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        assert time.perf_counter() - started >= 2 * ONE_WAY_MS / 1000


def test_a_stream_is_preserved(echo: str, tmp_path: Path) -> None:
    sent = b"".join(number.to_bytes(4, "big") for number in range(100_000))
    with (
        distant({"one": echo}, tmp_path / "log") as urls,
        _connected(urls["one"]) as client,
        ThreadPoolExecutor() as pool,
    ):
        sending = pool.submit(client.sendall, sent)
        received = b""
        while len(received) < len(sent):
            received += client.recv(65536)
        sending.result()
    assert received == sent


def _connected(url: str) -> socket.socket:
    client = socket.create_connection((HOST, urlsplit(url).port or 0))
    client.settimeout(30)
    return client
