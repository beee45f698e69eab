# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares of the soak tests for several nights or machines: `make soak SHARE=2/7` runs the second of seven shares."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Share:
    """The ``number``-th of ``shares`` that together cover all cases."""

    number: int
    shares: int

    @classmethod
    def parse(cls, text: str) -> Share:
        """Parse NUMBER/SHARES. Raises ValueError."""
        found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
        if not found or int(found[1]) > int(found[2]):
            raise ValueError(f"SHARE={text}: expected NUMBER/SHARES, such as 2/7 for the second of seven shares")
        return cls(int(found[1]), int(found[2]))

    def of(self, items: Sequence[Item]) -> list[Item]:
        """Return every ``shares``-th item, so that each share contains all kinds of items."""
        return list(items[self.number - 1 :: self.shares])

    def part(self, number: int) -> int:
        """Return the share's part of a number, rounded up."""
        return -(-number // self.shares)


#: None outside of soak tests.
SHARE = Share.parse(os.environ.get("SHARE") or "1/1") if os.environ.get("SOAK") == "1" else None
