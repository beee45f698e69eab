# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.benchmark`` measures, writes build/benchmark.json and a chart, and prints ratios and goals."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmark.controller import BUILD, PEERS_VENV, ROOT
from tests.benchmark.measurement import InvalidRun
from tests.benchmark.report import document, lines
from tests.benchmark.runs import measure_first, measure_steady
from tests.benchmark.subjects import DOCTOR, MANY, MOST, SITE
from tests.support.realparts import PartsMissing

FIGURES = BUILD / "benchmark.json"


def main() -> int:
    arguments = _arguments()
    repeats = 1 if arguments.quick else 3
    hosts = arguments.hosts or ([10, MANY] if arguments.quick else [10, MANY, MOST])
    # As for Ctrl+C, end all processes and remove all files.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=BUILD))
    try:
        print(f"Steady runs, {repeats} of each, interleaved", flush=True)
        results = measure_steady(folder / "steady", hosts, repeats, arguments.programs)
        if not arguments.programs:
            print("First runs", flush=True)
            results |= measure_first(folder / "first", repeats)
    except (InvalidRun, PartsMissing) as error:
        print(f"The benchmark failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("The benchmark was interrupted.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    written = document(results, time.monotonic() - started)
    FIGURES.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    print("\n".join(["", *lines(written), f"\n{FIGURES.relative_to(ROOT)}, in {written['details']['seconds']} s"]))
    return _draw(arguments.chart)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--hosts", type=_counts, help="hosts of the steady runs (10,100,1000)", metavar="N,N,...")
    parser.add_argument(
        "--programs", type=_names, default=[], help=f"only steady runs of these ({SITE},{DOCTOR})", metavar="NAME,..."
    )
    parser.add_argument("--quick", action="store_true", help="each run once, without those with 1,000 hosts")
    parser.add_argument("--chart", type=Path, default=BUILD / "benchmark.png", help="path of the chart (%(default)s)")
    return parser.parse_args()


def _counts(text: str) -> list[int]:
    return [int(count) for count in text.split(",")]


def _names(text: str) -> list[str]:
    return text.split(",")


def _draw(chart: Path) -> int:
    """Draw the chart in the virtual environment with matplotlib."""
    program = [str(PEERS_VENV / "bin" / "python"), "-m", "tests.benchmark.chart"]
    return subprocess.run([*program, str(FIGURES), str(chart)], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
