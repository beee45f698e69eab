# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairwise selection of combinations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from tests.system.crash.pairs import pairs, pairwise


@dataclass(frozen=True)
class Row:
    one: int
    two: int
    three: str
    four: bool


ROWS = [Row(*values) for values in product(range(5), range(4), "abc", (True, False)) if values[:2] != (0, 0)]


def test_all_possible_pairs_of_values_are_covered() -> None:
    chosen = pairwise(ROWS)
    assert set().union(*map(pairs, chosen)) == set().union(*map(pairs, ROWS))
    assert len(chosen) < len(ROWS) / 4
