# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that were copied with something that does not belong to them, or from a place where they are encoded."""

from __future__ import annotations

import base64
import binascii
import re

_SCHEME = "bearer "
_QUOTES = "'\""
#: A JSON Web Token, such as that of a service account.
_JSON_WEB_TOKEN = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]*\s*")


def expected_token(text: str) -> str:
    """Return what is expected instead of a text that is not a token, or an empty string."""
    if text.lower().startswith(_SCHEME):
        return "the token alone, without Bearer"
    if _JSON_WEB_TOKEN.fullmatch(_decoded(text)):
        return "the token itself, and not its base64 in a Secret; decode it (base64 -d)"
    if " " in text.strip() or (len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES):
        return "the token alone, without blanks and quotes"
    return ""


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
