# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about matchers whose value is written in another syntax: as a pattern, or in other quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..._core.printable import code_point
from ..._findings.finding import cited
from ..matchers import route_matchers
from .parts import Json

#: What is hardly ever part of a label's value, but often of a glob or a regular expression.
_EXPRESSION = re.compile(r"\*|\||\.\+|^\^|\$$|\\[.dswDSWb]|\(\?|\[(?:\w-\w|\^)[^\]:]*\]")
#: A glob's star in a regular expression repeats the character before it.
_GLOB = re.compile(r"[\w-]+\*")
#: What surrounds no label's value: blanks, visible or not, and the quotes of other languages. Alertmanager removes only
#: quotes of the form "...", and knows no ==.
_AROUND = " \t\r\n\u00a0\u200b\u2060\u3000\ufeff'`\u2018\u2019\u201c\u201d\u300c\u300d\u300e\u300f\uff02\uff07"
_BEFORE = f"={_AROUND}"


def expressions(place: str, route: Json) -> Iterator[str]:
    """Yield the warnings about the matchers of a route, or of one side of an inhibit rule, at ``place``."""
    for matcher in route_matchers(route) or []:
        is_text = matcher.operator in ("=", "!=")
        bare = matcher.value.lstrip(_BEFORE).rstrip(_AROUND)
        if bare and bare != matcher.value:
            character = matcher.value[0] if matcher.value[0] in _BEFORE else matcher.value[-1]
            yield cited(
                f"{place}: {matcher} compares the value with {code_point(character)} at an end as well, which is no "
                f"part of a value; write {matcher._replace(value=bare)}",
                "KD518",
            )
        elif is_text and _EXPRESSION.search(matcher.value):
            corrected = matcher._replace(operator=f"{matcher.operator[0]}~", value=_as_expression(matcher.value))
            yield cited(
                f"{place}: {matcher} compares the value with this text, not with a pattern; write {corrected} if a "
                "pattern is meant",
                "KD518",
            )
        elif not is_text and _GLOB.fullmatch(matcher.value):
            yield cited(
                f"{place}: in {matcher}, the star repeats only the character before it; write "
                f"{matcher._replace(value=_as_expression(matcher.value))} for any text after it",
                "KD518",
            )


def _as_expression(value: str) -> str:
    """Return the text as a regular expression: the stars of a glob stand for any text."""
    return re.sub(r"(?<![.\])}])\*", ".*", value)
