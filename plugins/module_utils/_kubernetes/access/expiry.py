# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When credentials expire: a client certificate, or a token that says it itself.

Sources: RFC 5280 (notAfter), RFC 7519 (exp), of which Kubernetes' tokens of service accounts make use.
"""

from __future__ import annotations

import base64
import binascii
import ssl
from typing import Any

from ..._core.bounded import json_text


def certificate_expiry(path: str | None) -> float | None:
    """Return when the first certificate of a file expires in epoch seconds, None if that cannot be found out."""
    # The only reader of certificates in Python's standard library, which other libraries use as well.
    decode = getattr(getattr(ssl, "_ssl", None), "_test_decode_cert", None)
    if not path or decode is None:
        return None
    try:
        found: dict[str, Any] = decode(path)
        return float(ssl.cert_time_to_seconds(found["notAfter"]))
    except (OSError, ValueError, KeyError):
        return None


def token_expiry(token: str | None) -> float | None:
    """Return when a token expires in epoch seconds, None if it does not say so."""
    parts = (token or "").split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json_text.load(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, json_text.NotJson):
        return None
    expiry = claims.get("exp") if isinstance(claims, dict) else None
    return float(expiry) if isinstance(expiry, int | float) and not isinstance(expiry, bool) else None
