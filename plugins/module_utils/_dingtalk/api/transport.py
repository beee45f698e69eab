# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange with DingTalk: what is put on the wire, and what became of it."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..._core.libraries import require_library
from .endpoints import Endpoint
from .errors import TransportError, attempt_text
from .network_errors import explain
from .response import Envelope, number, parse

try:
    import requests
    import urllib3
except ImportError as error:
    REQUESTS_IMPORT_ERROR: ImportError | None = error
else:
    REQUESTS_IMPORT_ERROR = None

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECT_TIMEOUT = 5.0
LONGEST_RETRY_AFTER = 60


@dataclass(frozen=True)
class Connection:
    """How DingTalk is reached. ``verify`` is True, False or the path of a CA bundle, as requests takes it."""

    verify: bool | str = True
    proxy: str | None = None
    read_timeout: float = 30.0


@dataclass(frozen=True)
class Request:
    """One request. ``subject`` names what it is about in an error; URL and headers may hold secrets."""

    endpoint: Endpoint
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    subject: str = ""


class Transport:
    """Sends requests over one session, which is opened at the first request (so never before a fork)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session: requests.Session | None = None

    def exchange(self, request: Request) -> tuple[Envelope, float]:
        """Send a request; return the answer, and the seconds that a ``Retry-After`` header asks to wait (else 0).

        Raises :class:`TransportError`, whose text holds neither URL nor token.
        """
        require_library("requests", REQUESTS_IMPORT_ERROR)
        body = _Body(request.body)
        try:
            response = self._send(request, body)
        except OSError as error:  # all of requests' own, and its complaint about a missing CA file
            # "from None": the text of requests' exceptions holds the URL, and so a token
            raise self._failure(request, error, body) from None
        wait = min(number(response.headers.get("Retry-After")), LONGEST_RETRY_AFTER)
        return parse(response.status_code, response.content.decode("utf-8", "replace")), float(max(wait, 0))

    def close(self) -> None:
        """Close the connections."""
        if self._session:
            self._session.close()

    def _send(self, request: Request, body: _Body) -> requests.Response:
        session = self._session = self._session or _open_session()
        if not request.endpoint.repeatable:
            # A kept connection that the other side has just dropped would leave the outcome of a write unknown.
            session.close()
        connection = self._connection
        headers = {"Accept": "application/json", **request.headers}
        if body.present:
            headers["Content-Type"] = "application/json; charset=utf-8"
        with _certificate_warnings() if connection.verify is False else nullcontext():
            return session.request(
                request.endpoint.method,
                request.url,
                params=dict(request.query),
                headers=headers,
                data=body if body.present else None,
                timeout=(CONNECT_TIMEOUT, connection.read_timeout),
                # with each request: REQUESTS_CA_BUNDLE overrides what is set on a session
                verify=connection.verify,
                proxies={"http": connection.proxy, "https": connection.proxy} if connection.proxy else None,
                allow_redirects=False,
            )

    def _failure(self, request: Request, error: OSError, body: _Body) -> TransportError:
        cause, advice = explain(error, request.url, unsent=body.present and not body.taken)
        attempt = attempt_text(request.endpoint, request.subject)
        return TransportError(attempt, request.endpoint, advice, cause=cause)


class _Body(io.BytesIO):
    """A JSON body that knows whether any of it was taken: before that, nothing can have run at DingTalk's side."""

    def __init__(self, value: Mapping[str, Any] | None) -> None:
        super().__init__(b"" if value is None else json.dumps(value, ensure_ascii=False).encode())
        self.present = value is not None
        self.taken = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Hand out a part, and remember that."""
        self.taken = True
        return super().read(size)


def _open_session() -> requests.Session:
    session = requests.Session()
    # else a "default" entry of ~/.netrc would be sent to DingTalk
    session.auth = lambda prepared: prepared
    return session


@contextmanager
def _certificate_warnings() -> Iterator[None]:
    """Keep urllib3 from complaining about what was asked for, in this exchange only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        yield
