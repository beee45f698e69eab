# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that a terminal shows as it is: what others send may contain escape sequences."""

from __future__ import annotations

import re
from typing import Any

# Control characters except tab and line end; marks that reverse the direction of text; line separators; lone
# surrogates, which no terminal can encode.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]|\r(?!\n)"
)


def printable(value: Any) -> Any:
    """Return ``value``, which may be nested, with each unprintable character as its escape in Python."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else _UNPRINTABLE.sub(_escape, value)
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
