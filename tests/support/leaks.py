# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a secret in a text, in every form in which output may contain it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote, quote_plus


def encodings(secret: str) -> set[str]:
    """Return the forms of a secret: plain, in JSON, in a URL, in base64 alone and within a longer text."""
    raw = secret.encode()
    inside = {base64.b64encode(b"x" * shift + raw)[4 if shift else 0 : -4].decode() for shift in range(3)}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    escaped |= {json.dumps(form)[1:-1] for form in escaped}
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return {secret, *escaped, *quoted, *(quote(form, safe="") for form in quoted), *inside} - {""}


def leaks(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Return the names of the secrets that a text contains."""
    return [name for name, secret in secrets.items() if any(form in text for form in encodings(secret))]
