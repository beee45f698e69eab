# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``doctor`` and ``doctor_app``: their options come from the variables of the hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.app import run_app_doctor
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.flow import run_doctor
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.same_clusters import same_cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.address import same_address
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import check_access
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import Fleet
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.registered import FLEET_RESULT
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._fleet_chats_action import FleetChatsAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    HostVariables,
    access_options,
    api_options,
    plain,
    registered,
    selected_features,
    with_fleet,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._renderer import Renderer


class DoctorAction(OperationAction):
    """Runs ``doctor`` for the cluster of a host. It is reached from the controller, whatever the connection is."""

    on_controller = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Examine the cluster with the variables of the host."""
        variables = with_fleet(variables, self._task.args)
        host = HostVariables(self._templar, variables)
        own = {"features": selected_features(host), "state_path": host.get("dingtalk_state_path")}
        task = self.prepare({**access_options(host), **api_options(host), **own, **self._task.args}, self.operation)

        def read(task: Task) -> Renderer:
            errors = Errors()
            check_access(errors, "kubesphere_", task.params)
            return Renderer(task, host, errors, variables.get("hostvars"))

        offset = registered(host, FLEET_RESULT).get("clock_offset") or 0
        return self.finish(Operation(self.operation.spec, lambda task: run_doctor(task, read, offset)), task)


class DoctorAppAction(FleetChatsAction):
    """Runs ``doctor_app`` with the variables of all hosts, regardless of ``--limit``."""

    def _run(self, task: Task, variables: Mapping[str, Any]) -> dict[str, Any]:
        errors = Errors()
        inventory = self.read_inventory(errors, task, variables)
        fleet = inventory.fleet() if inventory.hosts else Fleet()
        findings = self.find_names(inventory, variables)
        for warning in findings.warnings:
            task.warn(warning)
        for same in same_address(inventory.addresses):
            task.warn(same_cluster(same))
        task.params = {**task.params, **plain(inventory.app_options())}
        return run_app_doctor(task, fleet, [*findings.errors, *errors, *inventory.errors()])
