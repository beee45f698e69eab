# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vector selectors of a PromQL expression, as written: ``up``, ``up{job="a"}``, ``{job="a"}``.

Only the tokens are read, so an invalid expression has some selectors as well (Prometheus, promql/parser/lex.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
    |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    |(?P<range>\[[^\]]*\])
    |(?P<number>\.?\d[\w.]*)
    |(?P<name>[a-zA-Z_:][\w:]*)
    |(?P<sign>=~|!~|!=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
#: Keywords before a list of labels in parentheses.
_GROUPING = ("by", "without", "on", "ignoring", "group_left", "group_right")
#: Other names that are no metrics.
_WORDS = (*_GROUPING, "and", "or", "unless", "atan2", "bool", "offset", "inf", "nan")


@dataclass(frozen=True)
class Matcher:
    """A matcher of a selector. ``label``: empty if it is invalid; ``text``: as written."""

    label: str
    text: str

    def is_equal(self, value: str) -> bool:
        """Return whether it selects one value, which needs no escapes."""
        compact = "".join(self.text.split())
        return compact in (f"{self.label}={quote}{value}{quote}" for quote in "\"'`")


@dataclass(frozen=True)
class Selector:
    """A vector selector. ``metric``: its name, empty if none is written; ``start`` and ``end``: in the expression."""

    text: str
    metric: str
    matchers: tuple[Matcher, ...]
    start: int
    end: int

    def others(self, label: str, value: str) -> tuple[Matcher, ...]:
        """Return the matchers of a label that select other values than this one."""
        return tuple(item for item in self.matchers if item.label == label and not item.is_equal(value))

    def limited(self, label: str, value: str) -> str:
        """Return the selector with one value of a label, which needs no escapes, in place of what it has for it."""
        found = [item for item in self.matchers if item.label == label]
        if found and not self.others(label, value):
            return self.text
        remaining = [item.text for item in self.matchers if item.label != label]
        matchers = ", ".join([*remaining, f'{label}="{value}"'])
        return f"{self.metric}{{{matchers}}}"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def selectors(expression: str) -> Iterator[Selector]:
    """Yield the vector selectors of an expression in their order."""
    tokens = [
        _Token(str(match.lastgroup), match[0], *match.span())
        for match in _TOKEN.finditer(expression)
        if match.lastgroup != "space"
    ]
    position = 0
    while position < len(tokens):
        if _is_grouping(tokens, position):
            position = _closing(tokens, position + 1, ")")
        elif _is_metric(tokens, position) or tokens[position].text == "{":
            opening = position if tokens[position].text == "{" else position + 1
            has_matchers = _text(tokens, opening) == "{"
            last = _closing(tokens, opening, "}") if has_matchers else position
            # An unterminated list remains one, which Prometheus refuses.
            if not has_matchers or tokens[last].text == "}":
                start, end = tokens[position].start, tokens[last].end
                metric = "" if opening == position else tokens[position].text
                matchers = tuple(_matchers(expression, tokens[opening : last + 1])) if has_matchers else ()
                yield Selector(expression[start:end], metric, matchers, start, end)
            position = last
        position += 1


def limited(expression: str, label: str, value: str) -> str:
    """Return an expression whose vector selectors all select one value of a label, which needs no escapes.

    What they select for this label otherwise is replaced, as prom-label-proxy does (injectproxy/enforce.go).
    """
    parts, position = [], 0
    for item in selectors(expression):
        parts += [expression[position : item.start], item.limited(label, value)]
        position = item.end
    return "".join([*parts, expression[position:]])


def _is_grouping(tokens: Sequence[_Token], position: int) -> bool:
    return tokens[position].text.lower() in _GROUPING and _text(tokens, position + 1) == "("


def _is_metric(tokens: Sequence[_Token], position: int) -> bool:
    """Return whether a token is the name of a metric, and not that of a function or an aggregation."""
    token, following = tokens[position], _text(tokens, position + 1).lower()
    if token.kind != "name" or token.text.lower() in _WORDS or following == "(":
        return False
    return not (following in ("by", "without") and _text(tokens, position + 2) == "(")


def _matchers(expression: str, tokens: Sequence[_Token]) -> Iterator[Matcher]:
    """Yield the matchers in braces; ``tokens``: with both braces. Only one comma may end the list."""
    signs = [0, *(index for index, token in enumerate(tokens) if token.text == ","), len(tokens) - 1]
    listed = [tokens[before + 1 : after] for before, after in pairwise(signs)]
    for found in listed if listed[-1] else listed[:-1]:
        # What is no matcher remains as it is, for Prometheus to refuse.
        label = found[0].text if [token.kind for token in found] == ["name", "sign", "text"] else ""
        yield Matcher(label, expression[found[0].start : found[-1].end] if found else "")


def _closing(tokens: Sequence[_Token], opening: int, sign: str) -> int:
    """Return the position of the next token that is ``sign``, the last one if there is none."""
    found = (index for index in range(opening, len(tokens)) if tokens[index].text == sign)
    return next(found, len(tokens) - 1)


def _text(tokens: Sequence[_Token], position: int) -> str:
    return tokens[position].text if position < len(tokens) else ""
