# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``fleet_chats``: the desired state of all hosts, validated before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import raise_for_errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.same_clusters import same_cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.address import same_address
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import run_fleet
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._inventory import APP_OPTIONS, Inventory
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._playbook_variables import check_playbook_variables


class FleetChatsAction(OperationAction):
    """Runs ``fleet_chats`` with the variables of all hosts, regardless of ``--limit``."""

    on_controller = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Read and validate the desired state of every host, then reconcile chats and robots."""
        task = self.prepare(dict(self._task.args), self.operation)
        flow = Operation(self.operation.spec, lambda task: self._run(task, variables))
        return self.finish(flow, task)

    def _run(self, task: Task, variables: Mapping[str, Any]) -> dict[str, Any]:
        hosts = task.params["hosts"] or variables["groups"]["all"]
        unknown = [host for host in hosts if host not in variables["hostvars"]]
        raise_for_errors([f"hosts: {host!r} is not in the inventory; remove it or add the host" for host in unknown])
        given = {f"dingtalk_{name}": task.params[name] for name in APP_OPTIONS if name in self._task.args}
        inventory = Inventory(variables["hostvars"], hosts, HostVariables(self._templar, variables), given)
        task.secrets.add(*inventory.secrets())
        fleet = inventory.fleet()
        raise_for_errors([*check_playbook_variables(HostVariables(self._templar, variables)), *inventory.errors()])
        for hosts in same_address(inventory.addresses):
            task.warn(same_cluster(hosts))
        task.params = {**task.params, **inventory.app_options()}
        return run_fleet(task, fleet)
