# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write figures of Ansible's own process at the end of a run: its memory, and its tasks by host."""

from __future__ import annotations

import json
import os
import resource
from collections import Counter
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: measure
type: notification
short_description: Write figures of the run to the file named by the environment variable MEASURE_TO
description: For the benchmark.
"""


class CallbackModule(CallbackBase):
    """Collect figures during the run, and write a JSON object at its end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "measure"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._tasks: Counter[str] = Counter()
        self._objects: list[dict[str, Any]] = []
        self._chats: dict[str, dict[str, Any]] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        self._tasks[result._host.get_name()] += 1
        self._objects = self._objects or result._result.get("objects") or []
        self._chats = self._chats or result._result.get("chats") or {}

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._tasks[result._host.get_name()] += 1

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._tasks[result._host.get_name()] += 1

    def v2_playbook_on_stats(self, stats: Any) -> None:
        content = {
            "parent_kb": _peak_kb(),
            "worker_kb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
            "tasks": self._tasks,
            "changed": sum(stats.changed.values()),
            "objects": self._objects,
            "chat_ids": {key: chat["chat_id"] for key, chat in self._chats.items()},
        }
        Path(os.environ["MEASURE_TO"]).write_text(json.dumps(content), encoding="utf-8")


def _peak_kb() -> int:
    # ru_maxrss would include the process's memory before it executed Ansible.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])
