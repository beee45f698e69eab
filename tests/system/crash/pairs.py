# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reduce all combinations to a few in which every pair of values still occurs."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import fields
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)

Pair = tuple[tuple[str, Any], tuple[str, Any]]


def pairs(row: DataclassInstance) -> set[Pair]:
    """Return the pairs of values, each value with the name of its field."""
    return set(combinations([(field.name, getattr(row, field.name)) for field in fields(row)], 2))


def pairwise(rows: Sequence[Row], coverage: Callable[[Row], Set[Any]] = pairs) -> list[Row]:
    """Return a subset of the rows with the coverage of all rows: greedy and deterministic."""
    left: set[Any] = set().union(*map(coverage, rows))
    chosen = []
    while left:
        best = max(rows, key=lambda row: len(coverage(row) & left))
        chosen.append(best)
        left -= coverage(best)
    return chosen
