# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test run has shown, in figures: `LABEL: FIGURE`, each on a line of its own at the end of the run.

A test says so as its last step, so that a figure never stands for what failed; what did not run has no line.
"""

from __future__ import annotations


class ClosingLines:
    """Figures by label, in the order in which the labels came up."""

    def __init__(self) -> None:
        self._figures: dict[str, set[str] | str] = {}

    def tell(self, label: str, figure: int | str) -> None:
        """Set a figure; the one told last stands."""
        self._figures[label] = str(figure)

    def count(self, label: str, *items: str) -> None:
        """Add to the different items that the label counts, over all tests."""
        known = self._figures.setdefault(label, set())
        if isinstance(known, str):
            raise TypeError(f"{label}: told before as {known}, so that nothing can be counted")
        known.update(items)

    def lines(self) -> list[str]:
        return [
            f"{label}: {figure if isinstance(figure, str) else len(figure)}" for label, figure in self._figures.items()
        ]


#: Those of this run.
closing_lines = ClosingLines()
