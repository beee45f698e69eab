# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the last soak run, in figures.json and, as a table, in docs/development.md."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from tests.system.ownership.faults import FAULTS

FILE = Path(__file__).parent / "figures.json"
PAGE = Path(__file__).parents[3] / "docs" / "development.md"
START, END = "<!-- ownership -->\n", "<!-- /ownership -->\n"

#: The figures, in the order of the table.
LABELS = ("steps", "runs", "runs within runs", "killed runs", "failed runs", "edits", *FAULTS, "anomalies")


def load() -> dict[str, int]:
    figures: dict[str, int] = json.loads(FILE.read_text())
    return figures


def table(figures: Mapping[str, int]) -> str:
    """Return the figures as a Markdown table."""
    rows = "".join(f"| {label} | {figures.get(label, 0):,} |\n" for label in LABELS)
    return f"| Figure | Number |\n|---|---|\n{rows}"


def table_in_docs() -> str:
    """Return the table in the docs page."""
    found = re.search(f"{START}\n(.*)\n{END}", PAGE.read_text(), re.DOTALL)
    assert found, f"{PAGE} has no section between {START} and {END}"
    return found[1]


def write(figures: Mapping[str, int]) -> None:
    """Replace the figures in both files."""
    FILE.write_text(json.dumps({label: figures.get(label, 0) for label in LABELS}, indent=2) + "\n")
    section = f"{START}\n{table(figures)}\n{END}"
    PAGE.write_text(re.sub(f"{START}.*{END}", lambda _match: section, PAGE.read_text(), flags=re.DOTALL))
