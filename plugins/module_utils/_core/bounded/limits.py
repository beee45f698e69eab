# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounds of values that others provide: options, documents, answers.

All that the collection does with a value recurses into it, encodes its text and compares its numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

#: Levels of maps and lists: Alertmanager's routes and the rules of policies have about ten.
MAX_DEPTH = 100
#: Values in a document: a ConfigMap of 1 MiB has fewer.
MAX_VALUES = 300_000
#: Bytes of a document or an answer.
MAX_SIZE = 16 * 1024 * 1024
#: Every program converts larger numbers to infinity; Alertmanager reads those of many digits as text.
MAX_NUMBER = 10**300

_SURROGATE = re.compile("[\ud800-\udfff]")


def violation(value: Any, is_text_checked: bool = True) -> str:
    """Return why a value is out of bounds, or an empty string; the text contains no part of the value.

    ``is_text_checked``: whether text that cannot be encoded as UTF-8 is refused as well.
    """
    level, count = [value], 0
    for _depth in range(MAX_DEPTH + 1):
        count += len(level)
        if count > MAX_VALUES:
            return f"more than {MAX_VALUES} values"
        for item in level:
            if reason := _scalar_violation(item, is_text_checked):
                return reason
        level = [child for item in level for child in _children(item)]
        if not level:
            return ""
    return f"values nested more than {MAX_DEPTH} levels deep"


def is_unicode(text: str) -> bool:
    """Return whether a text can be encoded as UTF-8: one with a lone surrogate cannot."""
    return text.isascii() or not _SURROGATE.search(text)


def _children(item: Any) -> Iterable[Any]:
    if isinstance(item, Mapping):
        return [*item, *item.values()]
    return item if isinstance(item, list | tuple) else ()


def _scalar_violation(item: Any, is_text_checked: bool) -> str:
    if isinstance(item, str):
        return "" if not is_text_checked or is_unicode(item) else "a text with half a character (a lone surrogate)"
    if isinstance(item, float):
        return "" if math.isfinite(item) else "a number that is not finite"
    if isinstance(item, int):
        return "" if -MAX_NUMBER < item < MAX_NUMBER else "a number of more than 300 digits"
    if item is None or isinstance(item, Mapping | list | tuple):
        return ""
    return f"a value of type {type(item).__name__}"
