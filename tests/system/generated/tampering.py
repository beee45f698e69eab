# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP proxy between the collection and a simulator that replaces answers, on a real socket."""

from __future__ import annotations

import http.client
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """An answer: its status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Rule:
    """Replaces the answers to some requests. ``is_passed``: whether the simulator gets them nevertheless."""

    method: str
    path: str
    replace: Callable[[Answer], Answer]
    is_passed: bool = True
    times: int = 1
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        return self.hits < self.times and self.method == method and re.search(self.path, path) is not None


#: Returns whether a request changes something, from its method and its path with the query.
IsWrite = Callable[[str, str], bool]


@dataclass
class Passage:
    """A running proxy; ``writes`` are the method and path of each request that has changed something."""

    url: str
    is_write: IsWrite
    rule: Rule | None = None
    writes: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, method: str, path: str) -> Rule | None:
        """Return the rule for a request, and count it."""
        with self.lock:
            if self.rule is None or not self.rule.matches(method, path):
                return None
            self.rule.hits += 1
            self.writes.clear()
            return self.rule


@contextmanager
def passage(upstream: str, is_write: IsWrite, ca_file: str = "") -> Iterator[Passage]:
    """Run a proxy in front of a server until the block ends."""
    target = urlsplit(upstream)
    tls = ssl.create_default_context(cafile=ca_file) if target.scheme == "https" else None
    running = Passage("", is_write)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5.0

        def handle_one_request(self) -> None:
            try:
                self.raw_requestline = self.rfile.readline(65537)
            except TimeoutError:  # the client sends no further request
                self.raw_requestline = b""
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            rule = running.take(self.command, self.path)
            passed = rule is None or rule.is_passed
            answer = self._forward(body) if passed else Answer(200, {}, b"")
            if rule is None and answer.status < 300 and running.is_write(self.command, self.path):
                running.writes.append((self.command, self.path))
            self._send(answer if rule is None else rule.replace(answer))

        def _forward(self, body: bytes) -> Answer:
            host, port = target.hostname or "", target.port
            connection = (
                http.client.HTTPSConnection(host, port, context=tls) if tls else http.client.HTTPConnection(host, port)
            )
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            content = response.read()
            connection.close()
            names = ("Content-Type", "Retry-After")
            return Answer(response.status, {n: response.headers[n] for n in names if n in response.headers}, content)

        def _send(self, answer: Answer) -> None:
            lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in answer.headers.items())]
            lines += [f"Content-Length: {len(answer.body)}", "", ""]
            try:
                self.wfile.write("\r\n".join(lines).encode("latin-1") + (b"" if answer.status == 204 else answer.body))
            except OSError:  # the client has read enough
                self.close_connection = True

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
