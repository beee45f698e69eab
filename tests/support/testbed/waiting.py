# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what an API server or a controller does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], failure: str, seconds: float, interval: float = 0.02) -> None:
    """Wait for a condition. Raises TimeoutError with ``failure`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{failure} after {seconds:.0f} s")
        time.sleep(interval)
