# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP transport: sends a request to DingTalk and classifies failures."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..._core.bounded.http_answers import bound_session
from ..._core.clock import ServerClock
from ..._core.libraries import require_library
from ..._core.texts.basic_authentication import send_to_proxies
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
MAX_RETRY_AFTER = 60


@dataclass(frozen=True)
class Connection:
    """Connection options. ``verify`` is True, False or the path of a CA bundle, as in requests."""

    verify: bool | str = True
    proxy: str | None = None
    read_timeout: float = 30.0


@dataclass(frozen=True)
class Request:
    """A request. ``body`` is JSON; ``subject`` names its object in errors; URL and headers may contain secrets."""

    endpoint: Endpoint
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    subject: str = ""


class Transport:
    """Sends requests in one session, which is opened by the first request, and so never before a fork.

    ``clock``: that of DingTalk.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session: requests.Session | None = None
        self.clock = ServerClock()

    def exchange(self, request: Request) -> tuple[Envelope, float]:
        """Send a request; return the answer and the seconds of its ``Retry-After`` header (else 0).

        Raises :class:`TransportError`, whose message contains neither URL nor token.
        """
        require_library("requests", REQUESTS_IMPORT_ERROR)
        body = _Body(request.body)
        try:
            response = self._send(request, body)
        # all exceptions of requests, that of a missing CA file, and those that requests lets through
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            # "from None": messages of requests contain the URL, and so a token
            raise self._failure(request, error, body) from None
        self.clock.see(response.headers.get("Date"))
        wait = min(number(response.headers.get("Retry-After")), MAX_RETRY_AFTER)
        return parse(response.status_code, response.content.decode("utf-8", "surrogateescape")), float(max(wait, 0))

    def close(self) -> None:
        """Close the connections."""
        if self._session:
            self._session.close()

    def _send(self, request: Request, body: _Body) -> requests.Response:
        session = self._session = self._session or _open_session()
        if not request.endpoint.repeatable:
            # A reused connection that the peer has just closed would make the outcome of a write unknown.
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
                # per request: REQUESTS_CA_BUNDLE overrides the setting of a session
                verify=connection.verify,
                proxies={"http": connection.proxy, "https": connection.proxy} if connection.proxy else None,
                # requests would send the token, and a write, to wherever the answer points
                allow_redirects=False,
            )

    def _failure(self, request: Request, error: Exception, body: _Body) -> TransportError:
        cause, advice = explain(error, request.url, taken=body.was_read if body.present else None)
        attempt = attempt_text(request.endpoint, request.subject)
        return TransportError(attempt, request.endpoint, advice, cause=cause)


class _Body(io.BytesIO):
    """A body that records whether it was read: before that, DingTalk cannot have executed the call."""

    def __init__(self, content: bytes | None) -> None:
        super().__init__(content or b"")
        self.present = content is not None
        self.was_read = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Read a part and record the access."""
        self.was_read = True
        return super().read(size)


def _open_session() -> requests.Session:
    session = requests.Session()
    bound_session(session)
    send_to_proxies(session)
    # prevents a "default" entry of ~/.netrc from being sent to DingTalk
    session.auth = lambda prepared: prepared
    return session


@contextmanager
def _certificate_warnings() -> Iterator[None]:
    """Suppress urllib3's warning about disabled verification, in this exchange only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        yield
