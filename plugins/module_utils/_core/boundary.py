# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boundary that handles an operation's exceptions and masks its secrets."""

from __future__ import annotations

import traceback
from typing import Any

from .errors import OperationError
from .task import Operation, Task


def run_operation(operation: Operation, task: Task) -> dict[str, Any]:
    """Run an operation and return a result that is safe to show: no secret, no traceback, ``failed`` when it failed."""
    try:
        result = operation.run(task)
    except OperationError as error:
        result = {"failed": True, "msg": error.message, **error.facts}
    except Exception as error:  # a bug in the collection must not show values either
        result = {"failed": True, "msg": _describe_defect(error)}
    result.setdefault("changed", False)
    if not task.diff_mode:
        result.pop("diff", None)
    if task.warnings:
        result["warnings"] = [*result.get("warnings", []), *task.warnings]
    masked: dict[str, Any] = task.secrets.mask(result)
    return masked


def _describe_defect(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return (
        f"Unexpected {type(error).__name__} in {place}: {error}. This is a bug in the collection "
        "kubesphere.dingtalk; please report it with this line and the versions of ansible-core and Python."
    )
