# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of Go's regular expressions, which differ from Python's and have no lookaround or backreferences.

The rules are those of Go's regexp/syntax. The pattern is rewritten with a placeholder for each character and class, and
Python's parser validates the remaining groups and repetitions. Two rare errors are not detected: unknown Unicode
scripts, and nested repetitions whose product exceeds 1000.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_REPETITIONS = 1000

_CHARACTER = r"""
    \\x\{0*(?:10|[0-9a-fA-F])?[0-9a-fA-F]{1,4}\} | \\x[0-9a-fA-F]{2} | \\0[0-7]{0,2} | \\[1-7][0-7]{1,2} | \\[afnrtv]
    | \\[^0-9a-zA-Z\x80-\U0010ffff]
"""
_CLASS = r"\\[dDsSwW] | \\[pP](?:[CLMNPSZ]|\{\^?(?:[CLMNPSZ][a-z]?|[A-Z][A-Za-z_]{2,}|Any)\})"
_POSIX = (
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]",
    r"\[:[^\]]*:\]",
)

_TOKEN = re.compile(
    rf"""
    (?P<quoted>\\Q(?P<text>.*?)(?:\\E|\Z))
    | (?P<atom>{_CHARACTER} | {_CLASS} | \.)
    | (?P<anchor>\\[AbBz] | \^ | \$)
    | (?P<set>\[\^?)
    | (?P<flags>\(\?(?:[imsU]*|[imsU]*-[imsU]+)\))
    | (?P<group>\(\?(?:[imsU]*|[imsU]*-[imsU]+): | \(\?P?<\w+> | \((?!\?))
    | (?P<repetition>(?:[*+?] | \{{(?P<least>0|[1-9][0-9]*)(?:,(?P<most>0|[1-9][0-9]*)?)?\}})\??)
    | (?P<structure>[|)])
    | (?P<literal>[^\\(])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ITEM = re.compile(
    rf"""
    (?P<class>{_POSIX[0]} | {_CLASS})
    | (?!{_POSIX[1]}) (?P<low>{_CHARACTER} | [^\\]) (?:-(?P<high>{_CHARACTER} | [^\\\]]) | (?!-[^\]]))
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
#: Words, alternatives and wildcards, which cover nearly all patterns and need no compilation, the slowest step.
_SIMPLE = re.compile(r"(?:[A-Za-z0-9_|]|\.[*+]?)*")
_NAMED = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


class _NotGo(Exception):
    """The pattern is invalid in Go; the message is the cause."""


def fault(pattern: str) -> str:
    """Return why Go cannot compile the pattern between ``^(?:`` and ``)$``; empty for a valid one."""
    if _SIMPLE.fullmatch(pattern):
        return ""
    try:
        re.compile("".join(_rewritten(f"^(?:{pattern})$")))
    except (_NotGo, re.error) as error:
        return str(error)
    except (RecursionError, OverflowError):
        return "pattern too large"
    return ""


def _rewritten(pattern: str) -> Iterator[str]:
    position, repeated = 0, False
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if not token:
            raise _NotGo(f"syntax {pattern[position : position + 3]!r} is not supported by Go")
        position = token.end()
        if token["repetition"]:
            _check_repetition(token, repeated)
        repeated = bool(token["repetition"])
        if token["set"]:
            position = _end_of_set(pattern, position)
        yield _placeholder(token)


def _placeholder(token: re.Match[str]) -> str:
    if token["quoted"] is not None:
        return "x" * len(token["text"])
    if token["flags"]:
        return ""
    if token["anchor"]:
        return "(?:^)"
    if token["repetition"] or token["structure"]:
        return token[0]
    return "(?:" if token["group"] else "x"


def _check_repetition(token: re.Match[str], repeated: bool) -> None:
    if repeated:
        raise _NotGo(f"{token[0]!r} follows another repetition")
    if int(token["least"] or 0) > MAX_REPETITIONS or int(token["most"] or 0) > MAX_REPETITIONS:
        raise _NotGo(f"more than {MAX_REPETITIONS} repetitions")


def _end_of_set(pattern: str, start: int) -> int:
    """Return the end of a set whose items begin at ``start``; a leading bracket is an item."""
    position = start
    while position == start or not pattern.startswith("]", position):
        item = _ITEM.match(pattern, position)
        if not item:
            raise _NotGo("a character class is unterminated or contains syntax that is not supported by Go")
        if item["high"] and _code(item["low"]) > _code(item["high"]):
            raise _NotGo(f"invalid range {item[0]!r}")
        position = item.end()
    return position + 1


def _code(character: str) -> int:
    if not character.startswith("\\"):
        return ord(character)
    text = character[1:]
    if text in _NAMED:
        return _NAMED[text]
    if text.startswith("x"):
        return int(text[1:].strip("{}"), 16)
    return int(text, 8) if text[0].isdigit() else ord(text)
