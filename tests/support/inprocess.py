# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run operations in the test process, in the same way as their modules and action plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.clock import Clock, SystemClock
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor import app as doctor_app
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor import flow as doctor
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import cluster_config, fleet_chats
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._inventory import Inventory
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._renderer import Renderer

Result = dict[str, Any]


def task_for(
    operation: Operation, options: Mapping[str, Any], check_mode: bool = False, clock: Clock | None = None
) -> Task:
    """Return a task with options converted by the operation's spec; they must be valid."""
    validated = ArgumentSpecValidator(dict(operation.spec.options), **operation.spec.rules()).validate(dict(options))
    assert not validated.error_messages, validated.error_messages
    secrets = Secrets(str(value) for value in validated._no_log_values)
    return Task(
        validated.validated_parameters, check_mode, diff_mode=True, secrets=secrets, clock=clock or SystemClock()
    )


def run(
    operation: Operation, options: Mapping[str, Any], check_mode: bool = False, clock: Clock | None = None
) -> Result:
    """Return the result of an operation, as in a play."""
    return run_operation(operation, task_for(operation, options, check_mode, clock))


def apply_features(
    options: Mapping[str, Any],
    variables: Mapping[str, Any],
    check_mode: bool = False,
    hostvars: Mapping[str, Any] | None = None,
) -> Result:
    """Return the result of ``cluster_config`` with ``features``.

    ``variables`` are those of the inventory host, ``hostvars`` those of all hosts.
    """
    flow = Operation(
        cluster_config.OPERATION.spec,
        lambda task: cluster_config.run_features(task, Renderer(task, variables, Errors(), hostvars)),
    )
    return run(flow, options, check_mode)


def examine(
    options: Mapping[str, Any],
    variables: Mapping[str, Any],
    clock: Clock | None = None,
    hostvars: Mapping[str, Any] | None = None,
    clock_offset: int = 0,
) -> Result:
    """Return the result of ``doctor``; ``variables`` are those of the inventory host."""
    flow = Operation(
        doctor.OPERATION.spec,
        lambda task: doctor.run_doctor(task, lambda task: Renderer(task, variables, Errors(), hostvars), clock_offset),
    )
    return run(flow, options, clock=clock)


def make_fleet(hosts: Mapping[str, Mapping[str, Any]], clock: Clock | None = None) -> Result:
    """Return the result of ``fleet_chats`` for an inventory: host -> its variables, which contain no templates."""
    own = HostVariables(_NoTemplar(), next(iter(hosts.values())))
    inventory = Inventory(_HostVars(hosts), hosts, own, {})
    desired_items = inventory.fleet()
    assert not inventory.errors(), inventory.errors()
    flow = Operation(fleet_chats.OPERATION.spec, lambda task: fleet_chats.run_fleet(task, desired_items))
    return run(flow, inventory.app_options(), clock=clock)


def examine_app(hosts: Mapping[str, Mapping[str, Any]], clock: Clock | None = None, **options: Any) -> Result:
    """Return the result of ``doctor_app`` for an inventory: host -> its variables, which contain no templates."""
    own = HostVariables(_NoTemplar(), next(iter(hosts.values())))
    inventory = Inventory(_HostVars(hosts), hosts, own, {})
    fleet = inventory.fleet()
    flow = Operation(doctor_app.OPERATION.spec, lambda task: doctor_app.run_app_doctor(task, fleet, inventory.errors()))
    return run(flow, {**inventory.app_options(), **options}, clock=clock)


class _HostVars(dict[str, Any]):
    """The required subset of ansible-core's variable ``hostvars``."""

    def raw_get(self, host: str) -> Any:
        return self[host]


class _NoTemplar:
    """Replacement for ansible-core's templar where nothing is templated."""

    def copy_with_new_env(self, **_options: Any) -> _NoTemplar:
        return self
