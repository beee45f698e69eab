# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that a terminal shows as it is: what others send may contain escape sequences."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from .errors import Errors

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


_NOT_VISIBLE = re.compile(r"[^!-~]")
#: What Chinese input methods write in place of visible ASCII, in the same order.
_FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F)))
_QUOTES = "\u2018\u2019\u201c\u201d"
#: Control characters, surrogates, and separators of lines and paragraphs; and the mark at the beginning of files.
_NOT_IN_A_LINE, _BYTE_ORDER_MARK = ("Cc", "Cs", "Zl", "Zp"), "\ufeff"
#: Characters that join or separate others, and have no meaning at an end: copied from a page, they make another name.
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060")


def check_line(errors: Errors, text: str) -> None:
    """Check that a name is a single line without a space at either end, visible or not; an error names the character.

    All other characters are those of some language or emoji, such as a full-width space (U+3000) or a joiner (U+200D).
    """
    for character in text:
        if unicodedata.category(character) in _NOT_IN_A_LINE or character == _BYTE_ORDER_MARK:
            errors.add(f"contains {code_point(character)}, a line break or another control character; remove it")
            return
    for end, character in (("begins", text[:1]), ("ends", text[-1:])):
        if character.isspace() or character in _INVISIBLE:
            kind = "a space" if character.isspace() else "an invisible character"
            errors.add(f"{end} with {code_point(character)}, {kind}; remove it")
            return


def check_visible(errors: Errors, text: str, subject: str) -> None:
    """Check that a text has nothing but visible ASCII; an error names the first other character, and not the text.

    ``subject``: what the text is, such as ``a URL``.
    """
    if found := _NOT_VISIBLE.search(text):
        errors.add(_unexpected(found[0], subject))


def check_typed(errors: Errors, text: str, subject: str) -> None:
    """Check that a text has no blanks, nothing invisible and nothing that only a Chinese input method writes.

    All other characters are those of some language, as in host names. An error names the character, and not the text.
    """
    if found := next((each for each in text if _is_mistyped(each)), ""):
        errors.add(_unexpected(found, subject))


def _is_mistyped(character: str) -> bool:
    return not character.isprintable() or character.isspace() or character in _FULL_WIDTH or character in _QUOTES


def _unexpected(character: str, subject: str) -> str:
    """Return cause and remedy for a character of a text."""
    cause, remedy = f"a space or another character that {subject} cannot have", "remove it"
    if character in _FULL_WIDTH:
        plain = chr(ord(character) - ord(_FULL_WIDTH[0]) + ord("!"))
        cause, remedy = f"the full-width form of {plain}", f"remove it, or write {plain} in its place"
    return f"contains {code_point(character)}, {cause}; {remedy}"


def code_point(character: str) -> str:
    """Return the number of a character, by which it can be found in a text."""
    return f"U+{ord(character):04X}"


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
