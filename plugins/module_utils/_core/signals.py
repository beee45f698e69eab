# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals deferred while an interruption would leave an unknown outcome."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

#: The signals that stop a run: Ctrl+C, kill, a closed terminal, and the alarm of a task's ``timeout``.
STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM})


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Defer the signals that stop this process; they are delivered on exit.

    ansible-core sets the alarm in the worker process, whose only thread runs the action, so masking that one suffices.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
