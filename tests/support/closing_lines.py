# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of a test run, printed at its end as one line each: `LABEL: FIGURE`.

A test reports a figure as its last step, so that failed or skipped tests have none.
"""

from __future__ import annotations

from collections.abc import Mapping


class ClosingLines:
    """Figures by label."""

    def __init__(self) -> None:
        self._figures: dict[str, set[str] | str] = {}

    def report(self, label: str, figure: int | str) -> None:
        """Set a figure; a later one replaces it."""
        self._figures[label] = str(figure)

    def count(self, label: str, *items: str) -> None:
        """Add distinct items to the label's count, across all tests."""
        known = self._figures.setdefault(label, set())
        if isinstance(known, str):
            raise TypeError(f"{label}: already reported as {known}; use either report or count")
        known.update(items)

    def facts(self) -> dict[str, list[str] | str]:
        """Return the figures of a process that runs a part of the tests, for :meth:`add`."""
        return {label: figure if isinstance(figure, str) else sorted(figure) for label, figure in self._figures.items()}

    def add(self, facts: Mapping[str, list[str] | str]) -> None:
        """Add the figures of such a process."""
        for label, figure in facts.items():
            if isinstance(figure, str):
                self.report(label, figure)
            else:
                self.count(label, *figure)

    def lines(self) -> list[str]:
        """Return the lines, sorted by label, as the tests run in random order."""
        return [
            f"{label}: {figure if isinstance(figure, str) else len(figure)}"
            for label, figure in sorted(self._figures.items())
        ]


#: The figures of this run.
closing_lines = ClosingLines()
