# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From all combinations to a few in which every two values still meet."""

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
    """The pairs of values, each with its field's name."""
    return set(combinations([(field.name, getattr(row, field.name)) for field in fields(row)], 2))


def pairwise(rows: Sequence[Row], meetings: Callable[[Row], Set[Any]] = pairs) -> list[Row]:
    """Some of the rows in which all meets that meets in any of the rows: greedily, always the same ones."""
    left: set[Any] = set().union(*map(meetings, rows))
    chosen = []
    while left:
        best = max(rows, key=lambda row: len(meetings(row) & left))
        chosen.append(best)
        left -= meetings(best)
    return chosen
