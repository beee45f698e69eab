# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The webhook of a custom robot, a URL that is secret in whole and in part, and the signature of its messages.

Source: customize-robot-security-settings.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from ..._core.masking import Secrets


@dataclass(frozen=True)
class Webhook:
    """The webhook and the security settings of a robot; secret parts are excluded from the representation."""

    token: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    keywords: tuple[str, ...] = ()

    @classmethod
    def from_url(
        cls, url: str, secret: str | None = None, keywords: list[str] | None = None, *, secrets: Secrets
    ) -> Webhook:
        """Parse a validated URL, and mask it, its token and the signing secret in all output."""
        token = parse_qs(urlsplit(url).query)["access_token"][0]
        secrets.add(url, token, secret)
        return cls(token, secret, tuple(keywords or ()))


def sign(timestamp_ms: int, secret: str) -> str:
    """Return the Base64 form of HMAC-SHA256 over timestamp, line feed and secret, keyed with the secret."""
    digest = hmac.digest(secret.encode(), f"{timestamp_ms}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode("ascii")


def signed_query(timestamp_ms: int, secret: str) -> dict[str, str]:
    """Return the query parameters of a signed message, not yet URL-encoded: encoding twice breaks the signature."""
    return {"timestamp": str(timestamp_ms), "sign": sign(timestamp_ms, secret)}
