# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets known by their shape alone, whoever says them: an API server, a proxy, a plugin, ansible-core."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

#: The mark of ansible-core for a secret within a text.
MASK = "********"

#: Query parameters that authenticate: DingTalk's and WeCom's robots, and signed URLs.
_PARAMETERS = "access_token|api_?key|key|password|secret|sig|sign|signature|token"
#: Each has one group, the secret. None spans quotes or white space, except a private key.
_SHAPES = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # The password of a URL, which may contain "@" and "/"; a port and a path are no password.
        (r"://[^\s/?#:@\[\]'\"\\]*:(?!\d{1,5}(?:[/?#]|$))([^\s'\"\\<>]+)@(?=[\w.\[-])", re.NOFLAG),
        # A token in place of a user name.
        (r"://([^\s/?#:@'\"\\]{16,})@", re.NOFLAG),
        (rf"[?&;](?:{_PARAMETERS})=([^\s&'\"\\#<>]+)", re.IGNORECASE),
        (r"\baccess[-_]?token[\"']?\s*[=:]\s*[\"']?([^\s\"'\\&,;{}<>]{8,})", re.IGNORECASE),
        # The signing secret of a DingTalk robot.
        (r"(?<![0-9A-Za-z])(SEC[0-9a-f]{32,})", re.NOFLAG),
        # A JSON Web Token, such as that of a service account.
        (r"\b(eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)", re.NOFLAG),
        # With a digit or padding, as "Basic information" is no header.
        (r"\b(?:Bearer|Basic)\s+((?=\S*[\d=])[\w.~+/-]{8,}=*)", re.IGNORECASE),
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END|\Z)", re.DOTALL),
        # The fields of a kubeconfig that cannot be words of a sentence.
        (
            r"\b(?:client-key-data|client-certificate-data|id-token|refresh-token)[\"']?\s*:\s*[\"']?([^\s\"'\\,}]+)",
            re.NOFLAG,
        ),
        # Webhooks whose path is the secret: Slack, Feishu (Lark), Telegram.
        (r"hooks\.slack\.com/(?:services|workflows|triggers)/([^\s'\"\\<>]+)", re.NOFLAG),
        (r"open-apis/bot/v2/hook/([^\s'\"\\<>]+)", re.NOFLAG),
        (r"api\.telegram\.org/bot([^\s'\"\\<>/]+)", re.NOFLAG),
    )
)
#: Text in base64 that is long enough for a key or a kubeconfig.
_ENCODED = re.compile(r"(?<![\w+/-])[\w+/-]{64,}={0,2}", re.ASCII)
_ENCODED_SECRET = re.compile(rb"PRIVATE KEY|client-key-data|access_token=|\btoken\b|\bpassword\b|current-context")
#: Nearly every text has none of these in lower case, and is not searched further.
_MARKS = (
    *(
        "://",
        "?",
        "&",
        ";",
        "accesstoken",
        "access_token",
        "access-token",
        "sec",
        "eyj",
        "bearer",
        "basic",
        "-----begin",
    ),
    *("-data", "-token", "open-apis", "hooks.slack", "api.telegram"),
)


def found(text: str) -> Iterator[str]:
    """Yield the secrets in a text."""
    if may_match(text):
        for start, end in _spans(text):
            yield text[start:end]


def may_match(text: str) -> bool:
    """Return False for nearly every text without a secret, in a fraction of the time that a search takes."""
    lower = text.lower()
    return any(mark in lower for mark in _MARKS) or _ENCODED.search(text) is not None


def redact(text: str) -> str:
    """Return a text without the secrets in it."""
    if not may_match(text):
        return text
    for start, end in sorted(_spans(text), reverse=True):
        if text[start:end].strip("*"):
            text = text[:start] + MASK + text[end:]
    return text


def decoded(text: str) -> str:
    """Return the text behind base64, empty if it is none."""
    raw = _decoded("".join(text.split()))
    return raw.decode("utf-8", "replace") if raw else ""


def _spans(text: str) -> list[tuple[int, int]]:
    """Return the places of the secrets, without overlaps."""
    spans = [match.span(1) for shape in _SHAPES for match in shape.finditer(text)]
    spans += [match.span() for match in _ENCODED.finditer(text) if _ENCODED_SECRET.search(_decoded(match[0]))]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _decoded(text: str) -> bytes:
    plain = text.rstrip("=").translate(_STANDARD)
    # Whoever quotes a text may have cut it.
    whole = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


_STANDARD = str.maketrans("-_", "+/")
