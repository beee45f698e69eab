# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base of all actions: runs an operation in the worker process or delegates to the module of the same name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ClassVar

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import describe_defect, run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.limits import violation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import (
    INVALID,
    Errors,
    OperationError,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.printable import printable
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.secrets.options import hide_secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import (
    add_messages,
    check_shape,
    check_values,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.verbatim import check_verbatim
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._forking import freeze_objects, prepare_for_forks
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import plain, untrusted

#: The minimum verbosity at which Ansible shows a task's options.
INVOCATION_VERBOSITY = 3
#: Ends of the names of strategies in which each host runs on its own.
INDEPENDENT = ("free", "host_pinned")


class OperationAction(ActionBase):
    """Validates options, runs ``operation`` and returns a masked result whose strings are never templated.

    A module needs a new Python process on every host; a cluster is reached over the network from wherever the code
    runs, so with a local connection the operation runs in this process.
    """

    operation: ClassVar[Operation]
    #: True if the operation needs the controller's state (journal, token cache): the connection is ignored.
    on_controller: ClassVar[bool] = False
    #: True if the operation works once, for all hosts of the play.
    for_all_hosts: ClassVar[bool] = False

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the operation; expected errors become failed results."""
        freeze_objects()
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        given = plain(self._task.args)
        try:
            options = self.operation.spec.options
            if not violation(given):  # a value out of bounds is in no error, and nothing may recurse into it
                self.secrets.add_options(self.operation.spec, given)
            with Errors() as errors:
                check_shape(errors, options, given)
                if not errors:
                    check_values(errors, options, given)
                if not errors:
                    check_verbatim(errors, self.operation.spec.verbatim, given)
                if not errors:
                    self._check_strategy(errors.at("strategy"), variables)
            if self.runs_here():
                with environment(self.task_environment()):
                    result.update(self.run_here(variables))
            else:
                # The host's answer may be that of a module that crashed, with all that it had printed.
                result.update(self.secrets.mask(self.run_remotely(variables)))
        except OperationError as error:  # malformed options, variables that cannot be templated
            result.update(self.secrets.mask(error.as_result()))
        except AnsibleError:  # such as a host that cannot be reached
            raise
        except Exception as error:  # a bug; Ansible would show it with all values
            result.update(failed=True, msg=self.secrets.mask_text(describe_defect(error)))
        finally:
            remove_certificate_files()
        return untrusted(printable(result))

    def _check_strategy(self, errors: Errors, variables: Mapping[str, Any]) -> None:
        """Check that the strategy does not ignore run_once, as one does that lets each host run on its own."""
        strategy = str(getattr(play_of(self._task), "strategy", ""))
        is_independent = self.for_all_hosts and strategy.endswith(INDEPENDENT)
        if is_independent and len(variables.get("ansible_play_hosts_all") or ()) > 1:
            errors.add(
                f"{self._task.action.rpartition('.')[2]} works once for all hosts, but strategy {strategy} would run "
                "it for each; set strategy: linear for this play"
            )

    @cached_property
    def secrets(self) -> Secrets:
        """The secrets of this task, known before any message about its options."""
        return Secrets()

    def runs_here(self) -> bool:
        """Return whether this process runs the operation: local connection without become, or ``on_controller``."""
        local = self._connection.transport.rpartition(".")[2] == "local"
        return self.on_controller or (local and not self._connection.become)

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Validate the options and run the operation in this process."""
        task = self.prepare(dict(self._task.args), self.operation)
        return self.finish(self.operation, task)

    def run_remotely(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Run the module of the same name on the host."""
        return self.execute_module(self._task.action, dict(self._task.args), variables)

    def execute_module(self, name: str, options: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Run a module of this collection on the host and return its result, that of an unreachable host included."""
        try:
            result: dict[str, Any] = self._execute_module(
                module_name=name, module_args=dict(options), task_vars=variables, wrap_async=False
            )
        except AnsibleConnectionFailure as error:
            return {"unreachable": True, "msg": str(error)}
        return result

    def prepare(self, options: Mapping[str, Any], operation: Operation) -> Task | dict[str, Any]:
        """Return the task for an operation, or the failed result for invalid options."""
        validator = ArgumentSpecValidator(dict(operation.spec.options), **operation.spec.rules())
        values = plain(options)
        self.secrets.add_options(operation.spec, values)
        validated = validator.validate(values)
        self.secrets.add(*map(str, validated._no_log_values))
        if validated.error_messages:
            errors = Errors()
            add_messages(errors, operation.spec.options, values, validated)
            return OperationError(self.secrets.mask_text("; ".join(errors)), finding=INVALID).as_result()
        return Task(
            params=validated.validated_parameters,
            check_mode=bool(self._task.check_mode),
            diff_mode=bool(self._task.diff),
            secrets=self.secrets,
        )

    def finish(self, operation: Operation, task: Task | dict[str, Any]) -> dict[str, Any]:
        """Run the operation and add the invocation at -vvv only, as Ansible copies each value several times."""
        if isinstance(task, dict):
            return task
        result = run_operation(operation, task)
        if self._display.verbosity >= INVOCATION_VERBOSITY:
            shown = hide_secrets(operation.spec, task.params)
            result["invocation"] = {"module_args": task.secrets.mask(shown)}
        return result

    def task_environment(self) -> dict[str, str]:
        """Return the task's ``environment``, templated; later entries take precedence."""
        merged: dict[str, str] = {}
        for entry in self._task.environment or []:
            try:
                value = self._templar.template(entry)
            except AnsibleError as error:  # its message may contain a value
                raise OperationError(
                    f"environment: its template cannot be evaluated ({type(error).__name__})", finding="KD110"
                ) from None
            if isinstance(value, Mapping):
                merged.update({str(key): str(item) for key, item in value.items()})
        return merged


def play_of(task: Any) -> Any:
    """Return the play of a task, None without one."""
    return getattr(getattr(task, "_parent", None), "_play", None)


def remove_certificate_files() -> None:
    """Remove the files to which the kubernetes library writes a kubeconfig's certificates and keys.

    The library removes them in an exit handler, which a worker does not run.
    """
    loaded = sys.modules.get("kubernetes.config.kube_config")
    if loaded is not None:
        loaded._cleanup_temp_files()


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables during one task: libraries read proxies and credentials from them."""
    saved = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


prepare_for_forks()  # Ansible imports an action before it forks workers
