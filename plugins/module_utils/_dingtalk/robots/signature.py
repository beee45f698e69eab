# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signature of a custom robot's message (customize-robot-security-settings)."""

from __future__ import annotations

import base64
import hashlib
import hmac


def sign(timestamp_ms: int, secret: str) -> str:
    """Return the Base64 form of HMAC-SHA256 over time stamp, line feed and secret, keyed with the secret."""
    digest = hmac.digest(secret.encode(), f"{timestamp_ms}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode("ascii")


def signed_query(timestamp_ms: int, secret: str) -> dict[str, str]:
    """Return the query parameters of a signed message, not yet URL-encoded: encoding twice breaks the signature."""
    return {"timestamp": str(timestamp_ms), "sign": sign(timestamp_ms, secret)}
