# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of parsed documents: equality that distinguishes types, and the alignment of two lists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

#: (index before, or None for an added item; index after)
Pair = tuple["int | None", int]

#: An equal item counts more than any number of similar ones, and the same name more than equal fields.
_EQUAL = 1_000_000
_NAMED = 1_000


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal and of the same types: ``True``, ``1`` and ``1.0`` differ."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other or (_is_nan(one) and _is_nan(other)))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def aligned(before: Sequence[Any], after: Sequence[Any]) -> list[Pair]:
    """Return each item of ``after`` with the item of ``before`` that it equals or is an edit of, in their order."""
    pairs: list[Pair] = []
    # repr distinguishes types, as `same` does; autojunk would ignore items that are frequent in long lists.
    matcher = SequenceMatcher(None, list(map(repr, before)), list(map(repr, after)), autojunk=False)
    for kind, first, last, start, stop in matcher.get_opcodes():
        if kind == "equal":
            pairs += zip(range(first, last), range(start, stop), strict=True)
        else:
            found = _edits(before[first:last], after[start:stop])
            pairs += [(None if index is None else first + index, start + other) for index, other in found]
    return pairs


def _edits(before: Sequence[Any], after: Sequence[Any]) -> list[Pair]:
    """Align by the longest common subsequence, weighted by similarity."""
    weights = [[_similarity(one, other) for other in after] for one in before]
    best = [[0] * (len(after) + 1) for _row in range(len(before) + 1)]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            paired = best[i + 1][j + 1] + weights[i][j] if weights[i][j] else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: list[Pair] = []
    i = 0
    for j in range(len(after)):
        while i < len(before) and best[i][j] == best[i + 1][j]:
            i += 1
        if i < len(before) and best[i][j] != best[i][j + 1]:
            pairs.append((i, j))
            i += 1
        else:
            pairs.append((None, j))
    return pairs


def _similarity(one: Any, other: Any) -> int:
    """Return how similar two items are, 0 if one cannot be an edit of the other."""
    if same(one, other):
        return _EQUAL
    if not isinstance(one, dict) or not isinstance(other, dict):
        return 0
    equal = 2 * sum(same(one[key], other[key]) for key in one if key in other)
    if "name" not in one or "name" not in other:
        return equal + bool(one.keys() & other.keys())
    return equal + _NAMED if same(one["name"], other["name"]) else equal
