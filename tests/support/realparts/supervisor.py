# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that runs programs for its parent process and kills them when the parent ends, for whatever reason.

Run as a script. Its first line of input is a JSON list of ``{"command": [...], "log": FILE}``; it starts them in that
order, prints ``{"log": FILE, "status": N}`` when a program ends by itself, and at the end of its input kills all
programs in reverse order, without a graceful shutdown.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any

PR_SET_PDEATHSIG = 1


def main() -> None:
    programs = json.loads(sys.stdin.readline())
    running = [_start(program) for program in programs]
    for program, process in zip(programs, running, strict=True):
        threading.Thread(target=_report, args=(program, process), daemon=True).start()
    sys.stdin.read()
    for process in reversed(running):
        process.kill()
        process.wait()
    os._exit(0)  # without waiting for the threads, whose reports are no longer read


def _start(program: dict[str, Any]) -> subprocess.Popen[bytes]:
    with open(program["log"], "wb") as log:
        return subprocess.Popen(
            program["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent
        )


def _die_with_parent() -> None:
    """Make the program end even if this process is killed with SIGKILL (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _report(program: dict[str, Any], process: subprocess.Popen[bytes]) -> None:
    status = process.wait()
    with contextlib.suppress(BrokenPipeError):  # the parent process has ended
        print(json.dumps({"log": program["log"], "status": status}), flush=True)


if __name__ == "__main__":
    main()
