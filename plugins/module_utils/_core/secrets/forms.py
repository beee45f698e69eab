# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which requests, objects and messages contain a secret."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

#: Bytes from which base64 of a longer text shows enough of a secret to be recognized.
_MIN_EMBEDDED = 12
#: A line of a key or of other base64, which is secret without the lines around it.
_KEY_LINE = re.compile(r"[A-Za-z0-9+/=_-]{40,}")


def forms(value: str) -> set[str]:
    """Return a secret as it is, and in each encoding."""
    escaped = set(_escaped(value))
    escaped |= {again for text in escaped for again in _escaped(text)}
    lines = _KEY_LINE.findall(value) if "\n" in value or "\\n" in value else []
    return {value, *escaped, *_quoted(value), *_encoded(_raw(value)), *lines} - {""}


def _escaped(value: str) -> Iterator[str]:
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]


def _quoted(value: str) -> Iterator[str]:
    for text in (quote(_raw(value), safe=""), quote(_raw(value)), quote_plus(_raw(value))):
        yield text
        yield quote(text, safe="")


def _encoded(raw: bytes) -> Iterator[str]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode("ascii")
        for shift in range(3) if len(raw) >= _MIN_EMBEDDED else ():
            # Without the characters that also depend on the bytes before and after it.
            yield encode(b"\0" * shift + raw)[4 if shift else 0 : -4].decode("ascii")


def _raw(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
