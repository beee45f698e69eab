# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the result of each task as a line of JSON, as callbacks such as AWX's receive it."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Write results to the file named by the environment variable RECORD_RESULTS_TO
description: For tests.
"""


class CallbackModule(CallbackBase):
    """Write one line for each task on each host, and one for the statistics."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._record("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._record("skipped", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._write({"stats": {host: stats.summarize(host) for host in stats.processed}})

    def _record(self, outcome: str, result: Any) -> None:
        task = result._task
        content = {"host": result._host.get_name(), "task": task.get_name(), "action": task.action}
        self._write({**content, "outcome": outcome, "result": result._result})

    def _write(self, content: dict[str, Any]) -> None:
        with open(os.environ["RECORD_RESULTS_TO"], "a", encoding="utf-8") as file:
            file.write(json.dumps(content, default=str) + "\n")
