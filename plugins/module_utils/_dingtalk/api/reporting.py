# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs against DingTalk whose result includes the number of calls, even on failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._core.errors import OperationError
from ..._core.task import Task
from .client import DingTalk

Flow = Callable[[Task, DingTalk], dict[str, Any]]


def reporting_calls(flow: Flow) -> Callable[[Task], dict[str, Any]]:
    """Return the ``run`` of an operation: pass a client to the flow, and add ``calls`` to its result or error."""

    def run(task: Task) -> dict[str, Any]:
        dingtalk = DingTalk.from_task(task)
        try:
            result = flow(task, dingtalk)
        except OperationError as error:
            error.facts.setdefault("calls", dingtalk.call_counter.report())
            raise
        finally:
            dingtalk.close()
            dingtalk.check_cache.save(share=not task.check_mode)
        return {**result, "calls": dingtalk.call_counter.report()}

    return run
