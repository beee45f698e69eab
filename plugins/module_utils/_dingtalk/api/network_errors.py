# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes of missing answers, without the URL, and whether the request may have been received."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..advice.lookup import Advice
from ..advice.table import Repeat

try:
    import requests
    from urllib3.exceptions import NewConnectionError
except ImportError:
    # the transport reports it first
    pass


def explain(error: OSError, url: str, unsent: bool) -> tuple[str, Advice]:
    """Return the cause and the advice; ``unsent`` is True if no part of the body had been sent."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    causes = list(_causes(error))
    reason = _reason(causes)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return f"the certificate of {place} is not trusted ({reason})", _never(
            "Set ca_path to the CA that signed it, which may be that of a TLS-inspecting proxy."
        )
    if isinstance(error, requests.exceptions.ReadTimeout):
        return f"{place} did not answer in time", _unknown("Try again later, or raise request_timeout.")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"the connection to {place} timed out", _unsent("Check proxy and firewall.")
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy could not connect to {place} ({reason})", _unsent("Check the option proxy or HTTPS_PROXY.")
    if isinstance(error, ValueError):
        return "invalid URL", _never("Correct api_url, legacy_api_url or proxy.")
    if not isinstance(error, requests.RequestException):
        return f"a file cannot be read ({reason})", _never("Correct ca_path.")
    if unsent or any(isinstance(cause, NewConnectionError) for cause in causes):
        return f"no connection to {place} ({reason})", _unsent("Check name resolution, proxy and firewall.")
    return f"the connection to {place} was interrupted ({reason})", _unknown("Check proxy and firewall.")


def _never(advice: str) -> Advice:
    return Advice(f"{advice} Nothing was sent.", Repeat.NEVER, 0.0)


def _unsent(advice: str) -> Advice:
    return Advice(f"{advice} Nothing was sent.", Repeat.ALWAYS, 1.0)


def _unknown(advice: str) -> Advice:
    return Advice(f"{advice} It is unknown whether DingTalk received the request.", Repeat.IF_REPEATABLE, 1.0)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all exceptions that it wraps, outermost first."""
    pending = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]


def _reason(causes: list[BaseException]) -> str:
    """Return the message of OpenSSL or the operating system, which has no URL, or the innermost exception's type."""
    for cause in reversed(causes):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return str(cause.verify_message)
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.strerror:
            return str(cause.strerror)
    return type(causes[-1]).__name__
