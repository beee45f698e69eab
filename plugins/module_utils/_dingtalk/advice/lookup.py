# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks an error up in the advice table and fills in what DingTalk's message tells: IP, app key, permissions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from string import Formatter

from .console_pages import PAGES
from .table import ROWS, Repeat, Row

_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F:]*")
_APP_KEY = re.compile(r"appKey\(([^)]+)\)", re.IGNORECASE)

_UNKNOWN = Row(
    (),
    "DingTalk's pages list no remedy for this code. If the message does not tell, open a ticket with the request ID.",
)
_UNKNOWN_FAULT = Row((), "Nobody can tell whether DingTalk did it. Look before it is done again.", Repeat.IF_REPEATABLE)


@dataclass(frozen=True)
class Advice:
    """What to do about one error."""

    text: str
    repeat: Repeat
    wait: float


def advise(
    code: str,
    message: str = "",
    *,
    sub_code: str = "",
    scopes: Iterable[str] = (),
    app_key: str = "",
    unknown_outcome: bool = False,
) -> Advice:
    """Return the advice for an error.

    ``scopes`` are the permissions that DingTalk asked for, else that of the endpoint. ``app_key`` is the app that
    called, compared with the one that a refusal of the IP names. ``unknown_outcome`` says what to assume of a code that
    the table does not know.
    """
    row = find_row(sub_code, message) if sub_code else None
    row = row or find_row(code, message) or (_UNKNOWN_FAULT if unknown_outcome else _UNKNOWN)
    address = caller_address(message)
    text = row.text.format(
        **PAGES,
        scopes=", ".join(scopes) or "that the API's page names",
        caller=f"the IP {address}" if address else "the public IP of this machine (DingTalk did not name it)",
        whose=_whose(message, app_key),
    )
    return Advice(" ".join([text, *_places(row.text)]), row.repeat, row.wait)


def find_row(code: str, message: str = "") -> Row | None:
    """Return the first row that has the code, and whose pattern matches the message if the code alone is ambiguous."""
    for row in ROWS:
        for pattern in row.codes:
            if not fnmatchcase(code.lower(), pattern.lower()):
                continue
            ambiguous = row.message and code == "310000"
            if not ambiguous or re.search(row.message, message, re.IGNORECASE):
                return row
    return None


def caller_address(message: str) -> str:
    """Return the IP address that DingTalk's message names, or an empty text."""
    match = _IP.search(message)
    return match.group(0) if match else ""


def _places(template: str) -> list[str]:
    """Return where the pages of a text are found, each place once."""
    named = (name for _text, name, _format, _conversion in Formatter().parse(template) if name in PAGES)
    return list(dict.fromkeys(PAGES[name].place for name in named))


def _whose(message: str, app_key: str) -> str:
    match = _APP_KEY.search(message)
    if match is None or not app_key or match.group(1) == app_key:
        return ""
    return (
        f" DingTalk names the app key {match.group(1)}, but {app_key} was given: check that these are the credentials "
        "of the right app."
    )
