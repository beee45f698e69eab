# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of a server: one for all spellings of its base URL."""

from __future__ import annotations

import contextlib
import ipaddress
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
#: Names of this machine: whoever listens on the same port of any of them is taken for the same server.
_LOCAL = "127.0.0.1"
_LOOPBACK = frozenset({"localhost", _LOCAL, "::1"})


def port_of(parts: SplitResult) -> int | None:
    """Return the port of a URL, by default that of its scheme; raises ``ValueError`` if it is invalid."""
    return parts.port or _PORTS.get(parts.scheme)


def server_identity(url: str) -> str:
    """Return a base URL in lower case, without credentials, default port, trailing slashes and trailing dots.

    A text that is not a URL with a host is returned unchanged.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    if not parts.scheme or not parts.hostname:
        return url
    host = _host(parts.hostname)
    place = f"[{host}]" if ":" in host else host
    suffix = "" if port in (None, _PORTS.get(parts.scheme)) else f":{port}"
    return f"{parts.scheme}://{place}{suffix}{parts.path.rstrip('/')}"


def _host(name: str) -> str:
    """Return one spelling of a host name or address, whose letters are in lower case already."""
    host = name.rstrip(".")
    with contextlib.suppress(ValueError):
        host = str(ipaddress.ip_address(host))
    return _LOCAL if host in _LOOPBACK else host
