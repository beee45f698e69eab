# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals held off where being cut short would leave something unknown."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

#: What asks a run to stop: Ctrl+C, kill, a terminal that was closed, and the alarm behind a task's ``timeout``.
STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM})


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold off what asks this process to stop; it is delivered at the end.

    ansible-core gives the alarm to the worker process, whose only thread runs the action, so its mask is enough.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
