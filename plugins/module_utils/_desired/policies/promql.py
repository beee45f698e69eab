# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vector selectors of a PromQL expression, as written: ``up``, ``up{job="a"}``, ``{job="a"}``.

Only the tokens are read, so an invalid expression has some selectors as well (Prometheus, promql/parser/lex.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
class Selector:
    """A vector selector. ``text``: as written; ``labels``: label -> operator and value of its matcher, as written."""

    text: str
    labels: Mapping[str, str]

    def matching(self, label: str, value: str) -> str:
        """Return the selector with one more matcher; ``value`` needs no escapes."""
        if not self.text.endswith("}"):
            return f'{self.text}{{{label}="{value}"}}'
        before = self.text[:-1].rstrip().removesuffix(",")
        return f'{before}{"" if before.endswith("{") else ", "}{label}="{value}"}}'


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
            text = expression[tokens[position].start : tokens[last].end]
            yield Selector(text, _labels(tokens[opening:last]) if has_matchers else {})
            position = last
        position += 1


def is_limited(expression: str, label: str, value: str) -> bool:
    """Return whether each vector selector of an expression selects one value of a label, which needs no escapes."""
    equal = {f"={quote}{value}{quote}" for quote in "\"'`"}
    return all(item.labels.get(label) in equal for item in selectors(expression))


def _is_grouping(tokens: Sequence[_Token], position: int) -> bool:
    return tokens[position].text.lower() in _GROUPING and _text(tokens, position + 1) == "("


def _is_metric(tokens: Sequence[_Token], position: int) -> bool:
    """Return whether a token is the name of a metric, and not that of a function or an aggregation."""
    token, following = tokens[position], _text(tokens, position + 1).lower()
    if token.kind != "name" or token.text.lower() in _WORDS or following == "(":
        return False
    return not (following in ("by", "without") and _text(tokens, position + 2) == "(")


def _labels(tokens: Sequence[_Token]) -> dict[str, str]:
    """Return the matchers in braces by their labels; ``tokens``: from the opening brace on."""
    return {
        tokens[position].text: _text(tokens, position + 1) + _text(tokens, position + 2)
        for position in range(1, len(tokens))
        if tokens[position].kind == "name" and tokens[position - 1].text in ("{", ",")
    }


def _closing(tokens: Sequence[_Token], opening: int, sign: str) -> int:
    """Return the position of the next token that is ``sign``, the last one if there is none."""
    found = (index for index in range(opening, len(tokens)) if tokens[index].text == sign)
    return next(found, len(tokens) - 1)


def _text(tokens: Sequence[_Token], position: int) -> str:
    return tokens[position].text if position < len(tokens) else ""
