# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry point of a module on a remote host, which runs the same operation as an action plugin."""

from __future__ import annotations

from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from .._findings.finding import cited
from .boundary import run_operation
from .errors import INVALID
from .masking import Secrets
from .secrets.options import hide_secrets
from .specs import ArgumentSpec
from .task import Operation, Task
from .validation import without_values


class _Module(AnsibleModule):
    """A module whose error for invalid options contains no secret, as that is written before the operation runs."""

    def __init__(self, spec: ArgumentSpec) -> None:
        self._spec = spec
        self.secrets = Secrets()
        super().__init__(  # type: ignore[no-untyped-call]
            argument_spec=dict(spec.options),
            supports_check_mode=True,
            no_log=True,  # keeps all options, nested secrets included, out of the host's system log
            **spec.rules(),
        )
        self.secrets.add_options(spec, self.params)
        # core would mask these at any length, and so every "main" because of a password of that name
        self.secrets.add(*self.no_log_values)
        self.no_log_values = set()

    def invocation(self) -> dict[str, Any]:
        """Return the options as they may be shown."""
        options: dict[str, Any] = self.secrets.mask(hide_secrets(self._spec, self.params))
        return {"module_args": options}

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """Exit with an error."""
        self.secrets.add_options(self._spec, self.params)
        message = msg
        if "invocation" not in result:  # invalid options
            [message] = without_values([str(msg)], self.params)
            result |= {"finding": INVALID}
            message = cited(message, INVALID)
        result.setdefault("invocation", self.invocation())
        self.no_log_values = set()
        super().fail_json(msg=self.secrets.mask_text(message), **self.secrets.mask(result))


def run_module(operation: Operation) -> None:
    """Read the module's options, run the operation and exit with its result."""
    module = _Module(operation.spec)
    task = Task(
        params=module.params,
        check_mode=module.check_mode,
        diff_mode=module._diff,
        secrets=module.secrets,
    )
    result: dict[str, Any] = run_operation(operation, task)
    result["invocation"] = module.invocation()
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
