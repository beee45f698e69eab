# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of HTTP servers, read within bounds of time and size, decompressed or not, and errors as UTF-8.

urllib3 limits the time of each read only, and neither the number of reads nor the size of a decompressed body.
"""

from __future__ import annotations

import http.client
import io
import time
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .limits import MAX_SIZE
from .pages import in_utf8, page_title

_PIECE = 65536


class AnswerTooLarge(http.client.HTTPException):
    """The body is larger than :data:`MAX_SIZE`."""

    def __init__(self) -> None:
        super().__init__(f"the answer is larger than {MAX_SIZE} bytes")


def bound_answers(manager: Any) -> None:
    """Make a ``urllib3.PoolManager`` read every answer within bounds; its read timeout applies to the whole answer."""
    pools = manager.pool_classes_by_scheme
    if not all(hasattr(pool, "bounds_answers") for pool in pools.values()):
        manager.pool_classes_by_scheme = {scheme: _bounded(pool) for scheme, pool in pools.items()}


def bound_session(session: Any) -> None:
    """Make a ``requests.Session`` read every answer within bounds, also through a proxy, and follow no redirect."""
    # requests resolves the address even if it is not to be followed, and fails for an invalid one.
    session.resolve_redirects = lambda *_args, **_options: iter(())
    for adapter in session.adapters.values():
        bound_answers(adapter.poolmanager)
        adapter.proxy_manager_for = _bounded_managers(adapter.proxy_manager_for)


def _bounded_managers(proxy_manager_for: Callable[..., Any]) -> Callable[..., Any]:
    def bounded(*args: Any, **options: Any) -> Any:
        manager = proxy_manager_for(*args, **options)
        bound_answers(manager)
        return manager

    return bounded


@lru_cache
def _bounded(pool: Any) -> Any:
    connection = type(pool.ConnectionCls.__name__, (pool.ConnectionCls,), {"response_class": BoundedAnswer})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection, "bounds_answers": True})


class BoundedAnswer(http.client.HTTPResponse):
    """An answer whose headers and body arrive within the socket's timeout, as a whole. The body is decompressed."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))

    def begin(self) -> None:
        """Read status, headers and body."""
        if self.headers is not None:
            return
        super().begin()
        body = _decompressed(self._read_all(), self.headers.get("Content-Encoding") or "")
        if self.status >= http.client.BAD_REQUEST or page_title(body) is not None:
            body = in_utf8(body)  # libraries decode the body of an error, and drop it, or fail, if it is not UTF-8
        for name in ("Content-Encoding", "Transfer-Encoding", "Content-Length"):
            del self.headers[name]
        self.headers["Content-Length"] = str(len(body))
        self.chunked, self.length = False, len(body)
        self.fp = io.BytesIO(body) if body else None

    def _read_all(self) -> bytes:
        pieces, size = [], 0
        while piece := self.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_SIZE:
                raise AnswerTooLarge
        if self.length:
            raise http.client.IncompleteRead(b"".join(pieces), self.length)
        return b"".join(pieces)


class _TimedReader(io.RawIOBase):
    """Reads from a socket until its timeout, counted from now, has passed."""

    def __init__(self, raw: io.RawIOBase, sock: Any) -> None:
        self._raw = raw
        self._sock = sock
        timeout = sock.gettimeout()
        self._end = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None:
            remaining = self._end - time.monotonic()
            if remaining <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(remaining)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _decompressed(body: bytes, encoding: str) -> bytes:
    """Return the body without its compression; as it is if it cannot be decompressed, so that it is not readable."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = decoder.decompress(body, MAX_SIZE + 1)
    except zlib.error:
        return body
    if len(plain) > MAX_SIZE:
        raise AnswerTooLarge
    return plain if decoder.eof else body
