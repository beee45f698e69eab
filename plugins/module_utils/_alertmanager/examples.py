# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that a regular expression matches: all of them if they are few, else examples.

Supported are literals, alternatives, groups, character sets and repetitions; of other syntax there are no examples.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

#: The most examples of a part of an expression, and the most characters of one.
LIMIT, LENGTH = 200, 200

_ANY, _WORDS, _DIGITS, _SPACES = ("x", "-", "0"), ("x", "0", "_"), ("0", "7"), (" ",)
_CLASSES = {"d": _DIGITS, "w": _WORDS, "s": _SPACES, "D": ("x", "-"), "W": ("-", " "), "S": ("x", "0")}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}
#: Other braces are literals, such as those of `a{01}`.
_COUNTS = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_SET = re.compile(r"\[([^\]\[\\^][^\]\[\\]*)\]")
_RANGE = re.compile(r"(.)-(.)", re.DOTALL)
_GROUP = re.compile(r"\((?:\?:|\?P?<\w+>)?")


class Examples(NamedTuple):
    """Texts that an expression matches, and whether these are all of them."""

    texts: tuple[str, ...]
    are_all: bool


NONE = Examples((), False)


class _Unsupported(Exception):
    """There are no examples of the expression, because of its syntax or because they are too long."""


@lru_cache(maxsize=256)
def examples(pattern: str) -> Examples:
    """Return examples of a valid expression, which is anchored at both ends as in Alertmanager."""
    try:
        parser = _Parser(pattern)
        found = parser.alternatives()
        return found if parser.is_at_end else NONE
    except (_Unsupported, RecursionError):
        return NONE


def _either(parts: Iterable[Examples]) -> Examples:
    listed = list(parts)
    texts = tuple(dict.fromkeys(text for part in listed for text in part.texts))
    return Examples(texts[:LIMIT], len(texts) <= LIMIT and all(part.are_all for part in listed))


def _then(first: Examples, second: Examples) -> Examples:
    pairs = itertools.islice(itertools.product(first.texts, second.texts), LIMIT + 1)
    texts = tuple(dict.fromkeys(one + other for one, other in pairs))
    if any(len(text) > LENGTH for text in texts):
        raise _Unsupported
    return Examples(texts[:LIMIT], len(texts) <= LIMIT and first.are_all and second.are_all)


def _times(part: Examples, count: int) -> Examples:
    found = Examples(("",), True)
    for _each in range(count):
        found = _then(found, part)
    return found


def _repeated(part: Examples, least: int, most: int | None) -> Examples:
    """Return the repetitions of a part; ``most`` is None if there is no limit."""
    if most is not None and most - least <= 1:
        return _either(_times(part, count) for count in range(least, most + 1))
    once = _times(part, least)
    more = _then(once, part)
    mixed = Examples((("".join(part.texts) * max(1, least))[: LENGTH + 1],), False)
    return _either((once, more, _then(mixed, Examples(("",), True))))


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0

    @property
    def is_at_end(self) -> bool:
        return self._position == len(self._pattern)

    def alternatives(self) -> Examples:
        parts = [self._sequence()]
        while self._next("|"):
            parts.append(self._sequence())
        return _either(parts)

    def _sequence(self) -> Examples:
        found = Examples(("",), True)
        while not self.is_at_end and self._pattern[self._position] not in "|)":
            found = _then(found, self._repetitions(self._atom()))
        return found

    def _next(self, text: str) -> bool:
        is_next = self._pattern.startswith(text, self._position)
        self._position += len(text) if is_next else 0
        return is_next

    def _matched(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        found = expression.match(self._pattern, self._position)
        self._position = found.end() if found else self._position
        return found

    def _atom(self) -> Examples:
        if self._pattern[self._position] == "(":
            return self._group()
        if self._pattern[self._position] == "[":
            return self._set()
        character = self._pattern[self._position]
        self._position += 1
        if character == "\\":
            return self._escape()
        if character in "^$":
            return Examples(("",), True)
        return Examples(_ANY, False) if character == "." else Examples((character,), True)

    def _group(self) -> Examples:
        opened = self._matched(_GROUP)
        if not opened or self._pattern.startswith("?", self._position):
            raise _Unsupported
        found = self.alternatives()
        if not self._next(")"):
            raise _Unsupported
        return found

    def _set(self) -> Examples:
        found = self._matched(_SET)
        if not found:
            raise _Unsupported
        ranges = _RANGE.findall(found[1])
        single = _RANGE.sub("", found[1])
        return Examples(tuple(dict.fromkeys([*single, *(end for pair in ranges for end in pair)])), not ranges)

    def _escape(self) -> Examples:
        character = self._pattern[self._position : self._position + 1]
        self._position += 1
        if character in _CLASSES:
            return Examples(_CLASSES[character], False)
        if character in _CONTROLS:
            return Examples((_CONTROLS[character],), True)
        if not character or character.isalnum():
            raise _Unsupported
        return Examples((character,), True)

    def _repetitions(self, part: Examples) -> Examples:
        if self._next("*"):
            found = _repeated(part, 0, None)
        elif self._next("+"):
            found = _repeated(part, 1, None)
        elif self._next("?"):
            return _repeated(part, 0, 1)
        elif counts := self._matched(_COUNTS):
            least = int(counts[1])
            found = _repeated(part, least, int(counts[3]) if counts[3] else None if counts[2] else least)
        else:
            return part
        self._next("?")
        return found
