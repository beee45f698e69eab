# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``fleet_chats``: the desired state of all hosts, validated before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.utils.vars import load_extra_vars

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import cited
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.same_clusters import same_cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.address import same_address
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import Fleet, run_fleet
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction, play_of
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._inventory import APP_OPTIONS, Inventory
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._playbook_variables import (
    check_playbook_variables,
    read_group,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._selection import (
    EMPTY_FEATURES,
    applies_features,
    misspelt_tags,
    unselected_clusters,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._unknown_variables import (
    REMEDY,
    Findings,
    check_names,
    mode_of,
    project_folders,
)


class FleetChatsAction(OperationAction):
    """Runs ``fleet_chats`` with the variables of all hosts, regardless of ``--limit``."""

    on_controller = True
    for_all_hosts = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Read and validate the desired state of every host, then reconcile chats and robots."""
        task = self.prepare(dict(self._task.args), self.operation)
        flow = Operation(self.operation.spec, lambda task: self._run(task, variables))
        return self.finish(flow, task)

    def _run(self, task: Task, variables: Mapping[str, Any]) -> dict[str, Any]:
        errors = Errors()
        inventory = self.read_inventory(errors, task, variables)
        if task.params["access_only"]:
            inventory.check_access()
            errors.extend(inventory.errors())
            errors.raise_if_any()
            return {"changed": False, "diff": []}
        fleet = inventory.fleet(task.params["slice"]) if inventory.hosts else Fleet()
        findings = self.find_names(inventory, variables)
        for warning in findings.warnings:
            task.warn(warning)
        with Errors() as all_errors:
            all_errors.extend([*findings.errors, *errors, *inventory.errors()])
        for same in same_address(inventory.addresses):
            task.warn(same_cluster(same))
        task.params = {**task.params, **inventory.app_options()}
        return {**run_fleet(task, fleet), "unknown_variables": findings.names}

    def read_inventory(self, errors: Errors, task: Task, variables: Mapping[str, Any]) -> Inventory:
        """Return the variables of the selected hosts, and check those of the playbook."""
        own = HostVariables(self._templar, variables)
        hosts = self._select_hosts(errors, task, own, variables)
        check_playbook_variables(errors, own, self._names_of_play())
        given = {f"dingtalk_{name}": task.params[name] for name in APP_OPTIONS if name in self._task.args}
        inventory = Inventory(variables["hostvars"], hosts, own, given)
        task.secrets.add(*inventory.secrets())
        return inventory

    def _select_hosts(self, errors: Errors, task: Task, own: HostVariables, variables: Mapping[str, Any]) -> list[str]:
        """Return the hosts whose variables are read."""
        groups, hostvars = variables["groups"], variables["hostvars"]
        if given := task.params["hosts"]:
            for host in given:
                if host not in hostvars:
                    errors.at("hosts").add(f"{host!r} is not in the inventory; remove it or add the host")
            return [host for host in given if host in hostvars]
        hosts = read_group(errors, own, groups)
        if task.params.get("access_only"):
            of_play = variables["ansible_play_hosts_all"]
            hosts = [host for host in hosts if host in of_play]
        return hosts

    def _names_of_play(self) -> set[str] | None:
        """Return the names of the variables with which Ansible templates this task's play; None without a play."""
        play = play_of(self._task)
        return {*load_extra_vars(self._loader), *play.get_vars()} if play else None

    def find_names(self, inventory: Inventory, variables: Mapping[str, Any]) -> Findings:
        """Return what is misspelt, or selects nothing, in the inventory and on the command line."""
        tags, hosts = self._task.tags, inventory.hosts
        findings = check_names(hosts, project_folders(variables))
        if applies_features(tags):
            empty = [host for host, features in inventory.features.items() if not features]
            findings.add_for_each(hosts, empty, cited(f"{EMPTY_FEATURES}, {REMEDY}", "KD104"))
        selected_nothing = unselected_clusters(variables, tags, inventory.features)
        found = [*misspelt_tags(variables), *selected_nothing]
        mode = mode_of(HostVariables(self._templar, variables))
        findings.add(mode, [cited(f"{message}, {REMEDY}", "KD104") for message in found])
        return findings
