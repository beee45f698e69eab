# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated URLs, addresses, durations, matchers and label names: valid ones, and such with single characters amiss."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

Generator = Callable[[random.Random], str]


def different(seed: int, count: int, generator: Generator, characters: Sequence[str] = ()) -> Iterator[str]:
    """Yield different texts; in a quarter of them, a character is missing, doubled or replaced by one of these."""
    chance, seen = random.Random(seed), set[str]()
    while len(seen) < count:
        text = generator(chance)
        if text and chance.random() < 0.25:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice(("", text[place] * 2, *characters)) + text[place + 1 :]
        if text not in seen:
            seen.add(text)
            yield text


def _joined(chance: random.Random, *parts: Sequence[str]) -> str:
    return "".join(map(chance.choice, parts))


def _optional(*texts: str) -> tuple[str, ...]:
    return ("",) * len(texts) + texts


URL_CHARACTERS = (
    *" :/?#[]@!$&'()*+,;=%\"<>\\^`{|}~\t\n\x00\x7f\x85\u3000é界",
    "ſ",
    "%2",
    "%25",
    "%zz",
    "%41",
    "%C3%A9",
)
_HOSTS = (
    "a",
    "notification.example",
    "10.0.0.1",
    "h-1_2",
    "é.example",
    "%C3%A9",
    "[::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::ffff:1.2.3.4]",
    "[1.2.3.4]",
    "[::g]",
    "[1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:7:8:9]",
    "[::1",
    "::1",
    "a:b",
    "a:1:2",
    "",
    "[]",
    "a b",
    "%41",
    "%zz",
    "a%25b",
    '"a"',
    "<a>",
    "a,b",
    "[a]b",
    "[fe80::1%25]",
    "[fe80::1%25%20a]",
    "[::1]a",
    "a[",
    "a]",
    "[1::2::3]",
    "[12345::]",
    "[::1.2.3]",
    "[::01.2.3.4]",
    "[::1.2.3.256]",
    "[1:2:3:4:5:6:1.2.3.4]",
    "[::%25a]",
)


def url(chance: random.Random) -> str:
    return _joined(
        chance,
        (*["http"] * 6, *["https"] * 6, "HTTP", "hTTps", "ftp", "", "http1", "ht tp"),
        (*["://"] * 20, ":/", ":", "//", ":///", "://///"),
        _optional("user@", "u:p@", "u%20:p%zz@", "a@b@", "é@", "@", "u/p@", "u:p:q@", "a[b@", "u%40@", "~!$&'()*+,;=@"),
        (*["example.com"] * 10, *_HOSTS),
        _optional(":80", ":", ":99999", ":8a", ":-1", ":é", ": 80", ":80:90"),
        _optional("/", "/a/b", "/%41%7e", "/%zz", "/%2", "/a b", "/a:b", "//", "/é", '/"<>\\^`{|}', "/[a]", "/%", "a"),
        _optional("?", "?a=b&c", "?%zz", "?a b", "??", "?é", "?\t", "?%", "?/#"),
        _optional("#", "#a", "#%zz", "#é", "# ", "#a#b", "#?", "#%", "#\x01"),
    )


def address(chance: random.Random) -> str:
    return _joined(
        chance,
        ("mail.example.com", "10.0.0.1", "[::1]", "::1", "", "[a", "a]", "[]", "a:b", "é", "[[::1]]", "[a]b", "[::1]x"),
        (":", ":", ":", "", "::"),
        ("25", "25", "587", "smtp", "", "a:b", "]", "[", "-1", "é", "99999"),
    )


DURATION_CHARACTERS = (*"0 9smhdwy.-+eµ٣", "ms", "1h")


def duration(chance: random.Random) -> str:
    units = [unit for unit in ("y", "w", "d", "h", "m", "s", "ms") if chance.random() < 0.25]
    if chance.random() < 0.1:
        chance.shuffle(units)
    numbers = (
        "0",
        "1",
        "30",
        "007",
        "292",
        "293",
        "106751",
        "15250",
        "9223372036",
        "9223372037",
        "99999999999999999999",
    )
    return "".join(chance.choice(numbers[: chance.choice((4, 4, 4, 11))]) + unit for unit in units) or "0"


def go_duration(chance: random.Random) -> str:
    count = chance.choice((1, 1, 2, 3))
    units = ("h", "m", "s", "ms", "us", "µs", "μs", "ns", "d", "", "H")
    numbers = (
        "0",
        "1",
        "30",
        "1.5",
        ".5",
        "5.",
        ".",
        "",
        "007",
        "9223372036",
        "9223372036854775807",
        "9223372036854775808",
    )
    text = "".join(chance.choice(numbers) + chance.choice(units[: chance.choice((8, 8, 11))]) for _each in range(count))
    return chance.choice(("", "", "", "-", "+")) + text


MATCHER_CHARACTERS = (*"ab=!~\"{},\\( \t\n'`é.-:1\x1c\x85\xa0\u3000\u200b", "=~", "!~")
_WORDS = (
    "a",
    "_b1",
    "severity",
    "a:b",
    "é",
    "a-b",
    "1a",
    '"a"',
    '"a b"',
    '"é"',
    '"a\\"b"',
    '"a\\nb"',
    '"\\u4e16"',
    '"\\xe4"',
    "b.c",
    '""',
    "a b",
    "'a'",
    "`a`",
    '"a\nb"',
    '"\\d"',
    '"\\400"',
    '"\\377"',
    '"\\ud800"',
    '"a,b"',
    "",
    "a\\",
    '"\\U0010ffff"',
    "\xa0",
    '"\\U00110000"',
    '"\\xc3\\xa9"',
    "\u2028",
    "\ufeff",
    "\x0b",
    "😀",
    '"\\a\\v"',
    '"\\\'"',
    "\\n",
    "x\\ny",
    '"{"',
    "[a]",
    "#",
)


def matcher(chance: random.Random) -> str:
    """Return a line with some matchers, in braces or not."""

    def one() -> str:
        name, value = (chance.choice(_WORDS[: chance.choice((3, len(_WORDS)))]) for _each in range(2))
        space = ("", "", "", " ", "\t", "\n", "  ", "\x0b", "\u3000")
        operator = chance.choice(("=", "=", "!=", "=~", "!~", "==", "~", ""))
        parts = (
            chance.choice(space),
            name,
            chance.choice(space),
            operator,
            chance.choice(space),
            value,
            chance.choice(space),
        )
        return "".join(parts)

    line = ",".join(one() for _each in range(chance.choice((1, 1, 1, 2, 3, 0))))
    line += chance.choice(("", "", "", ",", ", "))
    return _joined(chance, ("", "", "", "{", " {"), (line,), ("", "", "", "}", "} "))


LABEL_CHARACTERS = (*" -:.é\"'\n{}", "__")


def label(chance: random.Random) -> str:
    return _joined(
        chance, ("a", "_", "B", "1", "é", ":", ""), _optional("b", "9", "_", "-", "é", " ", ".", "c:d"), ("", "z", "\n")
    )
