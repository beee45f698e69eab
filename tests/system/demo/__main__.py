# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the demo: ``python -m tests.system.demo`` exits with 0 if all steps have the expected results."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.system.demo.breaks import BREAKS
from tests.system.demo.deviation import Deviation
from tests.system.demo.story import run_demo

BUILD = Path(__file__).resolve().parents[3] / "build"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--kubernetes", choices=["embedded", "real"], default="embedded")
    parser.add_argument("--break", dest="broken", choices=[*BREAKS, "list"], default="", help="break it at the end")
    parser.add_argument("--keep", action="store_true", help="leave clusters and DingTalk running at the end")
    arguments = parser.parse_args()
    if arguments.broken == "list":
        print("\n".join(f"make demo BREAK={name:9}  {way.title}" for name, way in BREAKS.items()))
        return 0
    if arguments.broken and arguments.kubernetes == "real":
        parser.error("--break requires embedded API servers, as the doctor asks what runs on the clusters")
    signal.signal(signal.SIGTERM, _interrupt)
    started = time.monotonic()
    (BUILD / "demo").mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=BUILD / "demo") as folder:
            run_demo(Path(folder), arguments.kubernetes == "real", arguments.broken, arguments.keep)
    except Deviation as deviation:
        print(f"\nThe demo failed: {deviation}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was interrupted; all its processes have been stopped.", file=sys.stderr)
        return 130
    print(f"\nThe demo completed successfully in {time.monotonic() - started:.1f} s.")
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
