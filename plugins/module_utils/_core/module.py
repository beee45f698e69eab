# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry point of a module on a remote host, which runs the same operation as an action plugin."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .boundary import run_operation
from .masking import Secrets
from .task import Operation, Task


def run_module(operation: Operation) -> None:
    """Read the module's options, run the operation and exit with its result."""
    module = AnsibleModule(
        argument_spec=dict(operation.spec.options),
        supports_check_mode=True,
        no_log=True,  # keeps all options, nested secrets included, out of the host's system log
        **operation.spec.rules(),
    )
    task = Task(
        params=module.params,
        check_mode=module.check_mode,
        diff_mode=module._diff,
        secrets=Secrets(module.no_log_values),
    )
    result: dict[str, Any] = run_operation(operation, task)
    result["invocation"] = {"module_args": task.secrets.mask(dict(module.params))}
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
