# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the chart of the README: ``python -m tests.benchmark.chart build/benchmark.json docs/benchmark.png``.

It requires only matplotlib, because it runs in a separate virtual environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot

Row = dict[str, Any]

COLOURS = {"bare loop": "#9aa5b1", "site.yml": "#1f77b4", "kubernetes.core": "#d9822b"}
LABELS = {"bare loop": "bare loop, one GET per object", "site.yml": "kubesphere.dingtalk, site.yml"}
LINES = {"loopback": "-", "30 ms": "--"}


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    details = json.loads(source.read_text(encoding="utf-8"))["details"]
    rows = [row for row in details["runs"] if row["program"] in COLOURS]
    mpl.rcParams["font.size"] = 9
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9.6, 3.4), layout="constrained")
    _bars(left, [row for row in rows if row["hosts"] == 100 or row["program"] == "kubernetes.core"])
    _curves(right, [row for row in rows if row["program"] != "kubernetes.core"])
    machine = details["machine"]
    figure.suptitle(
        f"Steady runs on real API servers, {machine['processors']} processors, ansible-core {machine['ansible_core']}"
    )
    figure.savefig(target, dpi=150)


def _bars(axes: Any, rows: list[Row]) -> None:
    """Draw the wall time per cluster for 100 clusters."""
    ordered = sorted(rows, key=lambda row: row["wall_ms_per_host"], reverse=True)
    names = [f"{row['program']}, {row['route']}" for row in ordered]
    values = [row["wall_ms_per_host"] for row in ordered]
    bars = axes.barh(names, values, color=[COLOURS[row["program"]] for row in ordered])
    axes.bar_label(bars, [f"{value:,.0f} ms" for value in values], padding=3)
    axes.set(
        xscale="log",
        xlim=(min(values) / 3, max(values) * 6),
        title="wall time per cluster, 100 clusters (kubernetes.core: 4)",
    )
    _tidy(axes)


def _curves(axes: Any, rows: list[Row]) -> None:
    """Draw the wall time of a run by the number of clusters."""
    for program in COLOURS:
        for route, style in LINES.items():
            points = [
                (row["hosts"], row["wall_s"]) for row in rows if (row["program"], row["route"]) == (program, route)
            ]
            if points:
                hosts, seconds = zip(*sorted(points), strict=True)
                name = f"{LABELS[program]}, {route}"
                axes.plot(hosts, seconds, style, marker="o", markersize=4, color=COLOURS[program], label=name)
    axes.set(xscale="log", yscale="log", xlabel="clusters", title="wall time of a run, seconds")
    axes.set_ylim(bottom=axes.get_ylim()[0] / 6)  # room for the legend below the lines
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    _tidy(axes)


def _tidy(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
