# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go's regular expressions: whether one is valid, and the expression of Python that matches the same texts.

The syntax is that of Go's regexp/syntax up to 1.21, with which Alertmanager is built up to 0.27. Its limits of millions
of characters and a thousand nested groups are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

MAX_REPETITIONS = 1000

_CHARACTER = r"""
    \\(?: x\{0*(?:10|[0-9a-fA-F])?[0-9a-fA-F]{1,4}\} | x[0-9a-fA-F]{2} | 0[0-7]{0,2} | [1-7][0-7]{1,2}
    | [afnrtv] | [^0-9a-zA-Z\x80-\U0010ffff])
"""
_CLASS = r"\\[dDsSwW] | \\[pP](?:(?P<property>[A-Z]) | \{\^?(?P<long_property>\w+)\})"
_COUNT = r"(?:0|[1-9][0-9]*)"
_TOKEN = re.compile(
    rf"""
    \\Q(?P<quoted>.*?)(?:\\E|\Z)
    | (?P<repetition>(?:[*+?] | \{{(?P<least>{_COUNT})(?:(?P<is_range>,)(?P<most>{_COUNT})?)?\}})\??)
    | (?P<flags>\(\?[imsU]*(?:-[imsU]+)?\))
    | (?P<open>\((?!\?) | \(\?P<\w+> | (?P<scope>\(\?[imsU]*(?:-[imsU]+)?:))
    | (?P<close>\))
    | (?P<bar>\|)
    | (?P<set>\[\^?)
    | (?P<class>{_CLASS})
    | (?P<assertion>\\[AbBz] | [.^$])
    | (?P<character>{_CHARACTER} | [^\\(])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ITEM = re.compile(
    rf"""
    \[:(?P<posix>.*?):\]
    | (?P<class>{_CLASS})
    | (?P<low>{_CHARACTER} | [^\\]) (?:-(?P<high>{_CHARACTER} | [^\\\]]) | (?!-[^\]]))
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_POSIX = {
    **{"alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f"},
    **{"digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t-\r "},
    **{"upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f"},
}
#: Those of Python have characters beyond ASCII, too.
_PERL = {r"\d": "0-9", r"\s": r"\t\n\f\r ", r"\w": "0-9A-Za-z_"}
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
#: unicode.Categories and unicode.Scripts of Go 1.21.
PROPERTIES = """
    Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Adlam Ahom
    Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi
    Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic
    Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan
    Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya
    Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese
    Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu
    Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin
    Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean
    Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic
    Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya
    Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada
    Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa
    Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai
    Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
"""
#: Stands for syntax that Python does not have, and is a syntax error there.
_NOT_PYTHON = r"\p"


class _NotGo(Exception):
    """The pattern is invalid in Go; the message is the cause."""


def fault(pattern: str) -> str:
    """Return why Go cannot compile the pattern between ``^(?:`` and ``)$``; empty for a valid one."""
    try:
        for _part in _translated(f"^(?:{pattern})$"):
            pass
    except _NotGo as error:
        return str(error)
    return ""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    r"""Return the expression of Python that matches the same texts as a valid pattern.

    None if there is none, for example for classes such as ``\pL``, or flags that change within a group, or if Python
    could take too long.
    """
    try:
        return re.compile("".join(_translated(pattern)))
    except (_NotGo, re.error, RecursionError):
        return None


def _translated(pattern: str) -> Iterator[str]:
    """Yield the parts of the expression of Python."""
    repetitions, position = _Repetitions(), 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if not token:
            raise _NotGo(f"syntax {pattern[position : position + 3]!r} is not supported by Go")
        position = token.end()
        repetitions.add(token)
        if token["set"]:
            text, position = _set(pattern, token)
            yield text
        else:
            yield _NOT_PYTHON if repetitions.are_nested else _part(token)
    repetitions.end()


def _part(token: re.Match[str]) -> str:
    if token["quoted"] is not None:
        # Of `a*\Q\E*`, both stars count, but not in Python.
        return re.escape(token["quoted"]) or _NOT_PYTHON
    if token["character"]:
        return re.escape(chr(_code(token[0])))
    if token["class"]:
        return f"[{'' if token[0].islower() else '^'}{_class(token)}]"
    if token["assertion"]:
        return {r"\z": r"\Z", r"\b": r"(?a:\b)", r"\B": r"(?a:(?!\b))"}.get(token[0], token[0])
    return "(?:" if token["open"] and not token["scope"] else token[0]


class _Repetitions:
    """Groups, and the repetitions in them, of which Go multiplies nested ones."""

    def __init__(self) -> None:
        #: The largest product in each group that is open, and before it.
        self._most = [1]
        #: The product of the last item; 0 if there is none.
        self._last = 0
        self._is_repeated = False
        #: Whether each group that is open can match a text in several ways, and whether the last one can.
        self._varies, self._last_varies = [False], False
        #: Whether such a group is repeated. Unlike Go, Python may try all the ways, and so take years for a short text.
        self.are_nested = False

    def add(self, token: re.Match[str]) -> None:
        """Add a token, or raise an error for one that is invalid after the others."""
        if token["repetition"]:
            self._repeat(token)
        elif token["open"]:
            self._next(0)
            self._most.append(1)
        elif token["close"]:
            self._close()
        elif not token["flags"] and token["quoted"] != "":
            self._next(0 if token["bar"] else 1)
        self._is_repeated = bool(token["repetition"])
        self._vary(token)

    def _vary(self, token: re.Match[str]) -> None:
        if token["open"]:
            self._varies.append(False)
        elif token["close"]:
            self._last_varies = self._varies.pop()
            self._varies[-1] |= self._last_varies
        else:
            self.are_nested |= bool(token["repetition"]) and self._last_varies and not token[0].startswith("?")
            self._varies[-1] |= bool(token["bar"] or token["repetition"])
            self._last_varies = False

    def end(self) -> None:
        if len(self._most) > 1:
            raise _NotGo("missing )")

    def _next(self, last: int) -> None:
        self._most[-1] = max(self._most[-1], self._last)
        self._last = last

    def _close(self) -> None:
        self._next(0)
        self._last = self._most.pop()
        if not self._most:
            raise _NotGo("unexpected )")

    def _repeat(self, token: re.Match[str]) -> None:
        if self._is_repeated:
            raise _NotGo(f"{token[0]!r} follows another repetition")
        if not self._last:
            raise _NotGo(f"{token[0]!r} repeats nothing")
        if not token["least"]:
            return
        # int() refuses numbers of thousands of digits.
        counts = [int(text[:5]) for text in (token["least"], token["most"]) if text]
        # What is repeated zero times does not count.
        is_open = token["is_range"] and not token["most"]
        self._last = self._last * (counts[-1] or bool(is_open)) or 1
        if max(*counts, self._last) > MAX_REPETITIONS:
            raise _NotGo(f"more than {MAX_REPETITIONS} repetitions")
        if counts[0] > counts[-1]:
            raise _NotGo(f"invalid repetition {token[0]!r}")


def _set(pattern: str, opening: re.Match[str]) -> tuple[str, int]:
    """Return a set of characters for Python, and its end in the pattern. A bracket that comes first is an item."""
    position = start = opening.end()
    parts = [opening[0]]
    while position == start or not pattern.startswith("]", position):
        item = _ITEM.match(pattern, position)
        if not item:
            raise _NotGo("a character class is unterminated or contains syntax that is not supported by Go")
        parts.append(_item(item))
        position = item.end()
    return f"{''.join(parts)}]", position + 1


def _item(item: re.Match[str]) -> str:
    if item["class"]:
        ranges = _class(item)
        return ranges if item[0].islower() else _NOT_PYTHON
    if item["posix"] is not None:
        name = item["posix"].removeprefix("^")
        if name not in _POSIX:
            raise _NotGo(f"unknown character class {item[0]!r}")
        return _POSIX[name] if name == item["posix"] else _NOT_PYTHON
    codes = [_code(item[end]) for end in ("low", "high") if item[end]]
    if codes[0] > codes[-1]:
        raise _NotGo(f"invalid range {item[0]!r}")
    return "-".join(re.escape(chr(code)) for code in codes)


def _class(token: re.Match[str]) -> str:
    """Return the ranges of a class for Python, or of the class that it negates."""
    name = token["property"] or token["long_property"]
    if name and name not in PROPERTIES.split():
        raise _NotGo(f"unknown character class {token[0]!r}")
    return _PERL.get(token[0].lower(), _NOT_PYTHON)


def _code(character: str) -> int:
    if not character.startswith("\\"):
        return ord(character)
    text = character[1:]
    if text in _CONTROLS:
        return _CONTROLS[text]
    if text.startswith("x"):
        return int(text[1:].strip("{}"), 16)
    return int(text, 8) if text[0].isdigit() else ord(text)
