# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of basic authentication, for servers and proxies (RFC 7617)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import unquote, urlsplit


def basic(username: str, password: str) -> str:
    """Return the header's value in UTF-8, as kubectl and curl send it; requests and urllib3 allow Latin-1 only."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def send_to_proxies(session: Any) -> None:
    """Make a ``requests.Session`` send the user name and the password in a proxy's URL by :func:`basic`."""
    for adapter in session.adapters.values():
        adapter.proxy_headers = _proxy_headers


def _proxy_headers(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    return {"Proxy-Authorization": basic(unquote(parts.username), unquote(parts.password or ""))}
