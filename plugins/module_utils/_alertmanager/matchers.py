# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matchers of Alertmanager's routes, in three forms that are compared by their meaning.

The grammars are those of prometheus/alertmanager, pkg/labels (all versions) and matcher/parse (from 0.27 on).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import go_regexp

#: The fields of a route with its matchers.
FORMS = ("match", "match_re", "matchers")

_SPACE = r"[\t\n\f\r ]*"
_CLASSIC = re.compile(rf"{_SPACE}([a-zA-Z_:][a-zA-Z0-9_:]*){_SPACE}(=~|!=|!~|=){_SPACE}(.*?){_SPACE}", re.DOTALL)
#: What Go's unicode.IsSpace accepts; Python's ``\\s`` also matches the separators of ASCII.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ANY_SPACE = rf"[{_SPACES}]*"
_ESCAPE = r'\\(?:[abfnrtv\\"]|[0-3][0-7]{2}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})'
_WORD = rf"""(?:[^{_SPACES}{{}}!=~,\\"'`]+|"(?:[^"\\\n]|{_ESCAPE})*")"""
_UTF8_MATCHER = rf"{_ANY_SPACE}{_WORD}{_ANY_SPACE}(?:=~|!~|!=|=){_ANY_SPACE}{_WORD}{_ANY_SPACE}"
_UTF8_LIST = rf"(?:{_UTF8_MATCHER}(?:,{_UTF8_MATCHER})*(?:,{_ANY_SPACE})?)"
_UTF8 = re.compile(rf"{_ANY_SPACE}(?:\{{{_ANY_SPACE}{_UTF8_LIST}?\}}{_ANY_SPACE}|{_UTF8_LIST})?")
_UTF8_PARTS = re.compile(rf"({_WORD}){_ANY_SPACE}(=~|!~|!=|=){_ANY_SPACE}({_WORD})")
#: Any escaped character, and the only ones of the classic form.
_ESCAPED, _CLASSIC_ESCAPE = re.compile(r"\\.", re.DOTALL), re.compile(r'\\(["\\n])')
_PLAIN_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
#: A regular expression that matches its own text and nothing else.
_LITERAL = re.compile(r"[\w /:;@%&=,'\"#~<>!-]*")


class Matcher(NamedTuple):
    """One condition on a label; ``operator`` is one of ``=``, ``!=``, ``=~``, ``!~``."""

    name: str
    operator: str
    value: str

    def __str__(self) -> str:
        """Return the matcher in the syntax that every version with ``matchers`` accepts."""
        name = self.name if _PLAIN_NAME.fullmatch(self.name) else _quoted(self.name)
        return f"{name}{self.operator}{_quoted(self.value)}"

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels satisfy the matcher; a missing label has an empty value."""
        value = labels.get(self.name, "")
        if self.operator in ("=", "!="):
            return (value == self.value) is (self.operator == "=")
        expression = go_regexp.compiled(self.value)
        if not expression:
            return False
        return bool(expression.fullmatch(value)) is (self.operator == "=~")

    @property
    def is_known(self) -> bool:
        """Whether :meth:`accepts` can be relied on: some expressions cannot be evaluated in Python."""
        return self.operator in ("=", "!=") or go_regexp.compiled(self.value) is not None


def parse_classic(line: str, empty: bool = True) -> list[Matcher] | None:
    """Return the matchers in a line in the syntax of all versions; None if it is invalid.

    ``empty``: whether the value may be missing.
    """
    found = []
    for item in _items(line.removeprefix("{").removesuffix("}")):
        parts = _CLASSIC.fullmatch(item)
        if not parts or not _is_value(parts[3]) or not (parts[3] or empty):
            return None
        found.append(Matcher(parts[1], parts[2], _unescaped(parts[3])))
    return found


def parse_utf8(line: str) -> list[Matcher] | None:
    """Return the matchers in a line in the syntax of Alertmanager 0.27, with any label names; None if it is invalid."""
    if not _UTF8.fullmatch(line):
        return None
    parts = _UTF8_PARTS.findall(line)
    try:
        return [Matcher(_unquoted(name), operator, _unquoted(value)) for name, operator, value in parts]
    except ValueError:  # of escapes that are no characters
        return None


def route_matchers(route: Mapping[str, Any]) -> list[Matcher] | None:
    """Return the matchers of a route in a fixed order; None if one of them is invalid."""
    found = {_literal(matcher) for matcher in (*_by_label(route, "match", "="), *_by_label(route, "match_re", "=~"))}
    lines = route.get("matchers") or []
    for line in lines if isinstance(lines, list) else [lines]:
        # In this order: where both syntaxes accept a line with different meanings, Alertmanager takes the classic one.
        parsed = parse_classic(str(line))
        parsed = parse_utf8(str(line)) if parsed is None else parsed
        if parsed is None:
            return None
        found |= {_literal(matcher) for matcher in parsed}
    return sorted(found)


def identity(route: Any) -> str:
    """Return the identity of a route among its siblings, equal for routes that match the same alerts."""
    matchers = route_matchers(route) if isinstance(route, Mapping) else []
    if matchers is None:
        return json.dumps({form: route.get(form) for form in FORMS}, sort_keys=True, default=str)
    return ",".join(sorted(str(_in_order(matcher)) for matcher in matchers))


def literal_value(matcher: Matcher) -> str | None:
    """Return a value that a positive matcher accepts: its own, or the first of plain alternatives; None if unknown."""
    if matcher.operator == "=":
        return matcher.value
    first = matcher.value.removeprefix("(").removesuffix(")").split("|")[0]
    return first if matcher.operator == "=~" and _LITERAL.fullmatch(first) else None


def write(matchers: Iterable[Matcher]) -> dict[str, Any]:
    """Return the field of a route with these matchers, for Alertmanager from 0.22 on."""
    return {"matchers": [str(matcher) for matcher in matchers]}


def write_old(matchers: Sequence[Matcher]) -> dict[str, Any] | None:
    """Return the fields of a route with these matchers, valid in every version; None if they cannot be expressed."""
    fields: dict[str, dict[str, str]] = {"match": {}, "match_re": {}}
    for matcher in matchers:
        form = {"=": "match", "=~": "match_re"}.get(matcher.operator)
        if not form or matcher.name in fields[form]:
            return None
        fields[form][matcher.name] = matcher.value
    return {form: labels for form, labels in fields.items() if labels}


def as_text(value: Any) -> str:
    """Return a scalar as Alertmanager reads it: the literal text, whatever its YAML type."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _by_label(route: Mapping[str, Any], form: str, operator: str) -> list[Matcher]:
    labels = route.get(form)
    if not isinstance(labels, Mapping):
        return []
    return [Matcher(as_text(name), operator, as_text(value)) for name, value in labels.items()]


def _literal(matcher: Matcher) -> Matcher:
    if matcher.operator in ("=~", "!~") and _LITERAL.fullmatch(matcher.value):
        return matcher._replace(operator={"=~": "=", "!~": "!="}[matcher.operator])
    return matcher


def _in_order(matcher: Matcher) -> Matcher:
    """Return the matcher with its literal alternatives in a fixed order, such as ``error|critical``."""
    alternatives = matcher.value.split("|")
    if matcher.operator in ("=", "!=") or not all(map(_LITERAL.fullmatch, alternatives)):
        return matcher
    return matcher._replace(value="|".join(sorted(set(alternatives))))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _items(line: str) -> list[str]:
    """Split at the commas outside of quotes, without an empty last item, which Go strips of any white space."""
    items, item, quoted, escaped = [], "", False, False
    for character in line:
        if character == "," and not quoted:
            items.append(item)
            item = ""
            continue
        quoted ^= character == '"' and not escaped
        if character != ",":
            escaped = character == "\\" and not escaped
        item += character
    last = re.sub(rf"\A{_ANY_SPACE}|{_ANY_SPACE}\Z", "", item)
    return [*items, last] if last else items


def _is_value(value: str) -> bool:
    """Return whether the value is unquoted, or enclosed in quotes with inner quotes escaped."""
    quoted = value.startswith('"')
    inner = value[1:] if quoted else value
    bare = _ESCAPED.sub("", inner)
    return bare.endswith('"') and bare.count('"') == 1 if quoted else '"' not in bare


def _unescaped(value: str) -> str:
    inner = value[1:-1] if value.startswith('"') else value
    return _CLASSIC_ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], inner)


def _unquoted(word: str) -> str:
    """Return the text of a word. Raises ValueError if its escapes, which may be single bytes, are not UTF-8."""
    if not word.startswith('"'):
        return word
    return re.sub(_ESCAPE.encode(), _unescaped_bytes, word[1:-1].encode()).decode()


def _unescaped_bytes(found: re.Match[bytes]) -> bytes:
    plain = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
    escape = found[0][1:].decode()
    if escape[0] in "uU":
        return chr(int(escape[1:], 16)).encode()
    if escape[0] in "x01234567":
        return bytes([int(escape.removeprefix("x"), 16 if escape[0] == "x" else 8)])
    return plain.get(escape, escape).encode()
