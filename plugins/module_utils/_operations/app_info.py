# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells whether the app can do what the collection asks of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.permissions import (
    NEEDED,
    Permissions,
    missing,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.reporting import reporting_calls
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.specs import dingtalk_spec

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
        raise OperationError(f"The app {dingtalk.app_key} lacks {len(lacking)} permission(s):\n{listed}", **result)
    return result


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
