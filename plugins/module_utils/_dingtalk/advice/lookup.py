# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look up errors in the advice table and fill in the IP, app key and permissions of DingTalk's message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from string import Formatter

from .console_pages import PAGES
from .table import ROWS, Outcome, Repeat, Row

_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F:]*")
_APP_KEY = re.compile(r"appKey\(([^)]+)\)", re.IGNORECASE)
#: What follows the description in newer messages; it names other causes, such as the time stamp of a wrong signature.
_SOLUTION = re.compile(r"[;；]\s*(solution|解决方案)\s*[:：].*", re.IGNORECASE | re.DOTALL)

_UNDOCUMENTED = Row(
    (),
    Outcome.UNKNOWN,
    "KD212",
    "DingTalk documents no solution for this code. If the message does not explain the error, open a ticket with the "
    "request ID.",
)
#: A code for many errors, which a sub code distinguishes.
_GENERIC = "88"


@dataclass(frozen=True)
class Advice:
    """A hint for the operator, and whether and when the call may succeed if it is repeated (``wait`` in seconds).

    ``finding``: the ID of the catalogue's row. ``outcome_unknown``: the call may have taken effect.
    """

    text: str
    repeat: Repeat
    wait: float
    finding: str
    outcome_unknown: bool = False


def advise(
    code: str,
    message: str = "",
    *,
    sub_code: str = "",
    scopes: Iterable[str] = (),
    app_key: str = "",
    creates_chat: bool = False,
) -> Advice:
    """Return the advice for an error.

    ``scopes`` are the permissions that DingTalk requires, or that of the endpoint. ``app_key`` is the calling app,
    compared with the one in a message that refuses the caller's IP. ``creates_chat``: the call was to create a chat.
    """
    specific = find_row(sub_code, message) if sub_code else None
    row = specific or find_row(code, message) or _UNDOCUMENTED
    undocumented = bool(sub_code) and not specific and code == _GENERIC
    address = caller_address(message)
    text = row.text.format(
        **PAGES,
        scopes=_permissions(tuple(scopes)),
        caller=f"the IP {address}" if address else "the public IP of this machine (not included in DingTalk's message)",
        app_mismatch=_app_mismatch(message, app_key),
    )
    unknown = undocumented or row.outcome is Outcome.UNKNOWN or (row.outcome is Outcome.REFUSED_CHAT and creates_chat)
    return Advice(" ".join([text, *_locations(row.text)]), row.repeat, row.wait, row.finding, unknown)


def find_row(code: str, message: str = "") -> Row | None:
    """Return the first row with the code and, if the code is ambiguous, with a pattern that matches the message."""
    for row in ROWS:
        for pattern in row.codes:
            if not fnmatchcase(code.lower(), pattern.lower()):
                continue
            ambiguous = row.message and code == "310000"
            if not ambiguous or re.search(row.message, _SOLUTION.sub("", message), re.IGNORECASE):
                return row
    return None


def caller_address(message: str) -> str:
    """Return the IP address in DingTalk's message, or an empty string."""
    match = _IP.search(message)
    return match.group(0) if match else ""


def _locations(template: str) -> list[str]:
    """Return the locations of the pages in a text, without duplicates."""
    names = (name for _text, name, _format, _conversion in Formatter().parse(template) if name in PAGES)
    return list(dict.fromkeys(PAGES[name].place for name in names))


def _permissions(scopes: tuple[str, ...]) -> str:
    if not scopes:
        return "permission listed on the API's page"
    return f"permission{'s' if len(scopes) > 1 else ''} {', '.join(scopes)}"


def _app_mismatch(message: str, app_key: str) -> str:
    match = _APP_KEY.search(message)
    if match is None or not app_key or match.group(1) == app_key:
        return ""
    return (
        f" DingTalk reports the app key {match.group(1)}, but {app_key} was used: check that the credentials belong to "
        "the right app."
    )
