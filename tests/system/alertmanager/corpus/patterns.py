# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated regular expressions: the grammar of Go's regexp/syntax, with invalid parts and with characters amiss."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

_LITERALS = (*"ab-,:{}]é界 \n", "{,5}", "{01}", "{a}", "a{2", "\U0001f600", "\\Q", "\\E")
_ESCAPES = (
    "\\.",
    "\\\\",
    "\\/",
    "\\_",
    "\\-",
    "\\n",
    "\\a",
    "\\v",
    "\\0",
    "\\07",
    "\\101",
    "\\777",
    "\\12",
    "\\x41",
    "\\x{41}",
    "\\x{10FFFF}",
    "\\x{0000000041}",
    "\\x{D800}",
    "\\]",
    "\\^",
)
_INVALID_ESCAPES = (
    "\\1",
    "\\8",
    "\\C",
    "\\e",
    "\\u0041",
    "\\x4",
    "\\x{110000}",
    "\\x{}",
    "\\x{g}",
    "\\Z",
    "\\G",
    "\\c",
    "\\é",
    "\\k<n>",
    "\\g",
    "\\h",
    "\\R",
    "\\X",
    "\\N",
    "\\i",
)
_CLASSES = (
    "\\d",
    "\\D",
    "\\s",
    "\\S",
    "\\w",
    "\\W",
    "\\pL",
    "\\PN",
    "\\p{Lu}",
    "\\p{^Greek}",
    "\\P{Han}",
    "\\p{Any}",
    "\\p{Thai}",
)
_INVALID_CLASSES = (
    "\\p",
    "\\pq",
    "\\p{",
    "\\p{}",
    "\\p{Klingon}",
    "\\p{Xx}",
    "\\p{^}",
    "\\P{Lu",
    "\\p^",
    "\\p{L&}",
    "\\pX",
)
_POSIX = (
    "alnum",
    "alpha",
    "ascii",
    "blank",
    "cntrl",
    "digit",
    "graph",
    "lower",
    "print",
    "punct",
    "space",
    "upper",
    "word",
    "xdigit",
)
_ASSERTIONS = ("^", "$", "\\A", "\\b", "\\B", "\\z", ".")
_GROUPS = ("(", "(", "(?:", "(?P<n>", "(?P<n_1>", "(?P<1>", "(?i:", "(?i-s:", "(?-U:", "(?ms:", "(?ii:")
_INVALID_GROUPS = (
    "(?=",
    "(?!",
    "(?<=",
    "(?<!",
    "(?>",
    "(?P<n",
    "(?P<>",
    "(?P<a b>",
    "(?P<é>",
    "(?P=n)",
    "(?#",
    "(?x:",
    "(?|",
    "(?'n'",
    "(?-:",
    "(?i-:",
    "(?--i:",
    "(?(1)",
    "(?R",
    "(?a:",
    "(?1",
    "(?&n",
    "(?P>n",
)
_FLAGS = ("(?i)", "(?s-i)", "(?U)", "(?)", "(?m)", "\\Q\\E")
_INVALID_FLAGS = ("(?-)", "(?i-)", "(?x)", "(?L)", "(?")
_REPETITIONS = (
    "*",
    "+",
    "?",
    "*?",
    "??",
    "{2}",
    "{0}",
    "{0,}",
    "{1,}",
    "{2,5}?",
    "{0,1}",
    "{1000}",
    "{9,10}",
    "{32}",
    "{33,}",
)
_INVALID_REPETITIONS = ("**", "*+", "{1001}", "{2,1}", "{1,1001}", "{99999999999}", "{2}{3}", "???", "{0,1001}", "*{2}")


class _Grammar:
    """One expression after another; ``invalid`` is the share of invalid parts."""

    def __init__(self, random: random.Random, invalid: float) -> None:
        self._random = random
        self._invalid = invalid

    def expression(self, depth: int = 3) -> str:
        return "|".join(self._sequence(depth) for _each in range(self._random.choice((1, 1, 1, 2, 3))))

    def _sequence(self, depth: int) -> str:
        return "".join(self._item(depth) for _each in range(self._random.choice((0, 1, 1, 2, 3))))

    def _item(self, depth: int) -> str:
        kinds: tuple[Callable[[], str], ...] = (
            lambda: self._one(_LITERALS),
            lambda: self._one(_ESCAPES, _INVALID_ESCAPES),
            lambda: self._one(_CLASSES, _INVALID_CLASSES),
            lambda: self._one(_ASSERTIONS),
            lambda: self._one(_FLAGS, _INVALID_FLAGS),
            self._set,
            lambda: f"\\Q{self._one(('', 'a', '(*', '[', 'ab'))}\\E",
            *([lambda: f"{self._one(_GROUPS, _INVALID_GROUPS)}{self.expression(depth - 1)})"] * 5 if depth else ()),
        )
        text = self._random.choice(kinds)()
        return text + self._one(_REPETITIONS, _INVALID_REPETITIONS) if self._random.random() < 0.4 else text

    def _set(self) -> str:
        items = "".join(self._set_item() for _each in range(self._random.randint(1, 3)))
        return f"[{self._random.choice(('', '', '^'))}{self._random.choice(('', '', '', ']', '-'))}{items}]"

    def _set_item(self) -> str:
        return self._random.choice(
            (
                lambda: self._one(("a", "-", "^", "[", "&&", "界", ".", "$", "|", "[a", "[:", "a-", "[=a=]", "(")),
                lambda: self._one(_ESCAPES, _INVALID_ESCAPES),
                lambda: self._one(_CLASSES, _INVALID_CLASSES),
                lambda: f"[:{self._one(('', '^'))}{self._one(_POSIX, ('nope', 'Alpha', '', ']a', 'alpha:'))}:]",
                lambda: f"{self._one(('a', 'z', ' ', *_ESCAPES))}-{self._one(('a', 'z', '[', *_CLASSES, *_ESCAPES))}",
            )
        )()

    def _one(self, valid: tuple[str, ...], invalid: tuple[str, ...] = ()) -> str:
        return self._random.choice(invalid if invalid and self._random.random() < self._invalid else valid)


def patterns(seed: int, count: int) -> Iterator[str]:
    """Yield different expressions, about as many valid ones as invalid ones."""
    chance = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < count:
        text = _Grammar(chance, invalid=chance.choice((0, 0, 0.2))).expression()
        if text and chance.random() < 0.2:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice(("", *"()[]{}\\*+?|^-:")) + text[place + 1 :]
        if text not in seen:
            seen.add(text)
            yield text
