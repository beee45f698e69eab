# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes of missing answers, without the URL, and whether the request may have been received."""

from __future__ import annotations

import re
import ssl
from urllib.parse import urlsplit

from ..._core.errors import INVALID
from ..._core.texts.causes import causes_of, reason_of
from ..advice.lookup import Advice
from ..advice.table import Repeat

try:
    import requests
    from urllib3.exceptions import NewConnectionError
except ImportError:
    # the transport reports it first
    pass

_UNREACHABLE = "KD237"
_UNTRUSTED = "KD238"
_PROXY = "KD239"
_INTERRUPTED = "KD240"
#: Findings for which a repetition cannot succeed.
_PERSISTENT = frozenset({_UNTRUSTED, INVALID})

_SET_CA = "Set ca_path to the CA that signed it, which may be that of a TLS-inspecting proxy."
_CHECK_CLOCK = "Correct the clock of this machine, or renew the certificate of the TLS-inspecting proxy."
#: Parts of OpenSSL's reasons to reject a certificate, and what to do about each.
_CERTIFICATE_HINTS = (
    ("certificate has expired", _CHECK_CLOCK),
    ("not yet valid", _CHECK_CLOCK),
    ("mismatch", "Correct the host in api_url or legacy_api_url, or the proxy, which answers for another host."),
)
#: The message of http.client, whose end is the proxy's own text.
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})\b")


def explain(error: Exception, url: str, taken: bool | None) -> tuple[str, Advice]:
    """Return the cause and the advice.

    ``taken``: whether a part of the request's body was sent, which alone decides whether DingTalk may have executed the
    call, because after that a library may raise anything, such as the ProxyError of a proxy that cannot connect. None
    for a request without a body.
    """
    place = urlsplit(url).netloc.rpartition("@")[2]
    causes = list(causes_of(error))
    if not _proves_unsent(causes) if taken is None else taken:
        cause, hint, finding = _after_sending(error, place, reason_of(causes))
        text = f"{hint} It is unknown whether DingTalk received the request."
        return cause, Advice(text, Repeat.LATER, 1.0, finding, outcome_unknown=True)
    cause, hint, finding = _before_sending(error, causes, place)
    repeat = Repeat.NEVER if finding in _PERSISTENT else Repeat.LATER
    return cause, Advice(f"{hint} Nothing was sent.", repeat, 1.0, finding)


def _after_sending(error: Exception, place: str, reason: str) -> tuple[str, str, str]:
    """Return cause, hint and finding of a failure after a request was sent."""
    if isinstance(error, requests.exceptions.ReadTimeout):
        return f"{place} did not answer in time", "Try again later, or raise request_timeout.", _INTERRUPTED
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the connection to {place} through the proxy was interrupted ({reason})", "Check the proxy.", _PROXY
    if isinstance(error, ValueError):
        return f"the answer of {place} is malformed ({reason})", "Check the proxy.", "KD213"
    return f"the connection to {place} was interrupted ({reason})", "Check proxy and firewall.", _INTERRUPTED


def _before_sending(error: Exception, causes: list[BaseException], place: str) -> tuple[str, str, str]:
    """Return cause, hint and finding of a failure before a request was sent."""
    reason = reason_of(causes)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        hint = next((hint for part, hint in _CERTIFICATE_HINTS if part in reason), _SET_CA)
        return f"the certificate of {place} is not trusted ({reason})", hint, _UNTRUSTED
    if isinstance(error, requests.exceptions.Timeout):
        return f"the connection to {place} timed out", "Check proxy and firewall.", _INTERRUPTED
    if isinstance(error, requests.exceptions.ProxyError):
        hint = "Check the option proxy or HTTPS_PROXY, and the credentials in it."
        return f"the proxy could not connect to {place} ({_tunnel_status(causes) or reason})", hint, _PROXY
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        hint = "Install the Python package PySocks, or set another proxy: option proxy, HTTPS_PROXY or ALL_PROXY."
        return "the proxy is a SOCKS proxy, which requires PySocks", hint, _PROXY
    if isinstance(error, ValueError):
        return "invalid URL", "Correct api_url, legacy_api_url or proxy.", INVALID
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return f"a file cannot be read ({reason})", "Correct ca_path.", INVALID
    return f"no connection to {place} ({reason})", "Check name resolution, proxy and firewall.", _UNREACHABLE


def _proves_unsent(causes: list[BaseException]) -> bool:
    """Return whether the failure of a request without a body proves that it was not sent."""
    before = (
        NewConnectionError,
        ssl.SSLCertVerificationError,
        requests.exceptions.ConnectTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
    )
    if any(isinstance(cause, before) for cause in causes) or _tunnel_status(causes):
        return True
    # a missing CA file
    return isinstance(causes[0], OSError) and not isinstance(causes[0], requests.RequestException)


def _tunnel_status(causes: list[BaseException]) -> str:
    """Return the HTTP status with which a proxy refused to open a tunnel; empty for other failures."""
    for cause in causes:
        found = _TUNNEL.match(str(cause)) if isinstance(cause, OSError) else None
        if found:
            return f"it returned HTTP {found[1]}"
    return ""
