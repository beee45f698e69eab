# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the permissions of the app."""

from __future__ import annotations

from typing import Any

from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.permissions import NEEDED, Permissions, missing

SPEC = dingtalk_spec().merge(
    ArgumentSpec(
        options={
            "permissions": {"type": "list", "elements": "str", "default": list(NEEDED)},
            "fail_on_missing": {"type": "bool", "default": False},
        }
    )
)


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    permissions = Permissions(dingtalk).check(task.params["permissions"])
    lacking = missing(permissions)
    result: dict[str, Any] = {
        "app_key": dingtalk.app_key,
        "permissions": [permission.facts() for permission in permissions],
        "missing": lacking,
    }
    if lacking and task.params["fail_on_missing"]:
        listed = "\n".join(f"- {item['advice']}" for item in lacking)
        raise OperationError(
            f"The app {dingtalk.app_key} lacks {len(lacking)} permission(s):\n{listed}", finding="KD202", **result
        )
    return result


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
