# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Web pages in place of an API's answer: proxies, load balancers and login pages send them."""

from __future__ import annotations

import html
import re
import unicodedata
from contextlib import suppress

#: The part of a body that is searched, and the maximum length of a title; a longer one is not shown, as a part of a
#: secret in it could not be recognised.
_SEARCHED, _MAX_TITLE = 65_536, 160
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|title|body|h1|center)\b", re.IGNORECASE)
_TITLES = [re.compile(rb"<(%b)\b[^<>]{0,200}>([^<]{0,2000})</\1" % tag, re.IGNORECASE) for tag in (b"title", b"h1")]
_CHARSET = re.compile(rb"<meta[^<>]{0,200}charset\s*=\s*[\"']?([a-z0-9._:-]{2,40})", re.IGNORECASE)
#: Encodings of titles that are not valid UTF-8 and whose page names none that is known: Chinese, then any.
_FALLBACKS = ("gb18030", "latin-1")


def page_title(body: bytes) -> str | None:
    """Return the title of a web page as one line of printable text, empty without one; None if it is not a page."""
    beginning = body[:_SEARCHED]
    if not beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or not _PAGE.search(beginning):
        return None
    title = _title(beginning).decode(_encoding(beginning), "replace")
    title = " ".join(_line(html.unescape(title)).split())
    return title if len(title) <= _MAX_TITLE else ""


def in_utf8(body: bytes) -> bytes:
    """Return a body in UTF-8, from the encoding of a web page; what cannot be decoded is replaced."""
    try:
        body.decode()
    except ValueError:
        name = "utf-8" if page_title(body) is None else _encoding(body[:_SEARCHED])
        return body.decode(name, "replace").encode()
    return body


def describe_page(status: int, title: str, expected: str) -> str:
    """Return what answered instead of ``expected``, with the page's title."""
    titled = f" with the title {title!r}" if title else ""
    return (
        f"the answer (HTTP status {status}) is a web page{titled}, so probably a proxy, a load balancer or a login "
        f"page answered and not {expected}"
    )


def _title(page: bytes) -> bytes:
    return next((match[2] for pattern in _TITLES if (match := pattern.search(page))), b"")


def _encoding(page: bytes) -> str:
    """Return the first encoding that can decode the title: UTF-8, that which the page names, the fallbacks."""
    title = _title(page)
    declared = _CHARSET.search(page)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    # Chinese pages that name gb2312 are written in its extensions.
    for encoding in ("utf-8", "gb18030" if name in ("gb2312", "gbk") else name, *_FALLBACKS):
        with suppress(LookupError, ValueError):
            title.decode(encoding)
            return encoding
    return "utf-8"


def _line(text: str) -> str:
    """Return a text with spaces in place of control characters, and of marks that no reader sees."""
    return "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
