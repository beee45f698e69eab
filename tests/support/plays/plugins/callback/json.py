# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Standard output as one line of JSON for each result, as callbacks that print JSON do; nothing is converted."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: json
type: stdout
short_description: Prints each result as JSON
description: Prints each result as JSON.
"""


class CallbackModule(CallbackBase):
    """Print one line for each result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "json"

    def v2_runner_on_ok(self, result: Any) -> None:
        self._print(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._print(result)

    def _print(self, result: Any) -> None:
        self._display.display(json.dumps({"host": result._host.get_name(), "result": dict(result._result)}))
