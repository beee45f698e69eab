# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers end in time and have a limited size, on real sockets, for both HTTP libraries."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests
import urllib3

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.http_answers import (
    bound_answers,
    bound_session,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.limits import MAX_SIZE

#: Sends an answer and returns; the connection is then closed.
Answer = Callable[[socket.socket], None]
#: Seconds, for answers that never end and for all others, which may take long on a busy machine.
TIMEOUT, ENOUGH = 0.5, 60.0
OK = b"HTTP/1.1 200 OK\r\n"


class Server:
    """Answers each connection in a thread of its own."""

    def __init__(self) -> None:
        self.answer: Answer = lambda connection: None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _peer = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            try:
                self.answer(connection)
            except OSError:  # the client has closed the connection
                return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def get(url: str, timeout: float = ENOUGH) -> bytes:
    with requests.Session() as session:
        bound_session(session)
        return session.get(url, timeout=timeout).content


def get_with_urllib3(url: str, timeout: float = ENOUGH) -> bytes:
    with urllib3.PoolManager(retries=False, timeout=timeout) as manager:
        bound_answers(manager)
        return manager.request("GET", url).data


CLIENTS = pytest.mark.parametrize("client", [get, get_with_urllib3])


def dripping(beginning: bytes, piece: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(piece)
            time.sleep(TIMEOUT / 10)

    return answer


@CLIENTS
@pytest.mark.parametrize(
    "answer",
    [
        dripping(OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
        dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        dripping(OK + b"\r\n", b"x"),
        dripping(OK + b"X-Header: ", b"x"),
        dripping(b"HTTP/1.1 ", b"1"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "chunks", "until closed", "header", "status line", "continue"],
)
def test_the_whole_answer_has_one_deadline(client: Callable[..., bytes], answer: Answer, server: Server) -> None:
    server.answer = answer
    with pytest.raises((requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)):
        client(server.url, timeout=TIMEOUT)


def compressed(size: int) -> bytes:
    # The time in its head would be another one in each process that collects the tests.
    return gzip.compress(bytes(size), 9, mtime=0)


@CLIENTS
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_is_limited_by_its_size_when_decompressed(
    client: Callable[..., bytes], encoding: str, server: Server
) -> None:
    body = compressed(MAX_SIZE + 1)
    head = OK + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    server.answer = lambda connection: connection.sendall(head + body)
    with pytest.raises((requests.exceptions.ConnectionError, urllib3.exceptions.ProtocolError), match="larger than"):
        client(server.url)


@CLIENTS
def test_a_large_body_is_not_read_to_its_end(client: Callable[..., bytes], server: Server) -> None:
    server.answer = lambda connection: connection.sendall(OK + b"\r\n" + bytes(MAX_SIZE * 2))
    with pytest.raises((requests.exceptions.ConnectionError, urllib3.exceptions.ProtocolError), match="larger than"):
        client(server.url)


@CLIENTS
@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (b"Content-Encoding: gzip\r\n", compressed(1000), bytes(1000)),
        (b"Content-Encoding: gzip\r\n", compressed(1000)[:-9], compressed(1000)[:-9]),
        (b"Content-Encoding: gzip\r\n", b"plain", b"plain"),
        (b"Content-Encoding: br\r\n", b"plain", b"plain"),
        (b"Content-Length: 5\r\n", b"plain", b"plain"),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nplain\r\n0\r\n\r\n", b"plain"),
        (b"Content-Length: 0\r\n", b"", b""),
    ],
)
def test_other_bodies_are_read_as_they_are(
    client: Callable[..., bytes], head: bytes, body: bytes, expected: bytes, server: Server
) -> None:
    server.answer = lambda connection: connection.sendall(OK + head + b"\r\n" + body)
    assert client(server.url) == expected


@CLIENTS
def test_a_body_that_is_cut_is_an_error(client: Callable[..., bytes], server: Server) -> None:
    server.answer = lambda connection: connection.sendall(OK + b"Content-Length: 10\r\n\r\nplain")
    with pytest.raises((requests.exceptions.ConnectionError, urllib3.exceptions.ProtocolError)):
        client(server.url)


def test_a_connection_is_used_again(server: Server) -> None:
    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        for _request in range(2):
            connection.sendall(OK + b"Content-Length: 5\r\n\r\nplain")
            connection.recv(65536)

    connections: list[socket.socket] = []
    server.answer = answer
    with requests.Session() as session:
        bound_session(session)
        for _request in range(2):
            assert session.get(server.url, timeout=ENOUGH).content == b"plain"
    assert len(connections) == 1
