# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in this process that end at a given step, as if killed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.transport import Transport
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.journal import Journal
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster

#: Functions with effects outside the process: each call is a step.
STEPS = ((Transport, "exchange"), (Cluster, "request"), (Journal, "append"))


class Killed(BaseException):
    """The simulated process is dead: its further calls have no effect."""


class Mortality:
    """Kills at a step, counted from 0, before or after its work; all later steps are killed as well."""

    def __init__(self, step: int, after: bool) -> None:
        self._step = step
        self._after = after
        self._count = 0
        self._dead = False
        self._lock = threading.Lock()

    def run_step(self, work: Callable[[], Any]) -> Any:
        with self._lock:
            last = self._count == self._step
            self._count += 1
            if self._dead or (last and not self._after):
                self._dead = True
                raise Killed
        result = work()
        if last:
            self._dead = True
        if self._dead:
            raise Killed
        return result


@contextmanager
def mortal(mortality: Mortality) -> Iterator[None]:
    """Apply ``mortality`` to all runs of this process; raises nothing when they are killed."""

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **options: mortality.run_step(lambda: function(*arguments, **options))

    patches = [mock.patch.object(owner, name, wrapped(getattr(owner, name))) for owner, name in STEPS]
    for patch in patches:
        patch.start()
    try:
        yield
    except Killed:
        pass
    finally:
        for patch in patches:
            patch.stop()
