# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about matchers whose value looks like a pattern of another syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..._findings.finding import cited
from ..matchers import route_matchers
from .parts import Json

#: What is hardly ever part of a label's value, but often of a glob or a regular expression.
_EXPRESSION = re.compile(r"\*|\||\.\+|^\^|\$$|\\[.dswDSWb]|\(\?|\[(?:\w-\w|\^)[^\]:]*\]")
#: A glob's star in a regular expression repeats the character before it.
_GLOB = re.compile(r"[\w-]+\*")
#: Signs that are part of the value, as Alertmanager knows neither ``==`` nor quotation marks other than ``"``.
_SIGNS = "=~ '\"`“”‘’「」『』＂＇"


def expressions(place: str, route: Json) -> Iterator[str]:
    """Yield the warnings about the matchers of a route, or of one side of an inhibit rule, at ``place``."""
    for matcher in route_matchers(route) or []:
        if matcher.value[:1] in _SIGNS and matcher.value.strip(_SIGNS):
            yield cited(
                f"{place}: {matcher} compares the value with a text that has the {matcher.value[0]} in it; write "
                f"{matcher._replace(value=matcher.value.strip(_SIGNS))}",
                "KD518",
            )
            continue
        is_text = matcher.operator in ("=", "!=")
        if is_text and _EXPRESSION.search(matcher.value):
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
