# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of ``apply``: a feature's options come from host variables, its manifests from a role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.kubesphere import Facts, require_supported
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.specs import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import raise_for_problems
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.apply import Render, run_features
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._roles import ROLES
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables import (
    HostVariables,
    access_options,
    known_chat_ids,
)


class ApplyAction(OperationAction):
    """Runs ``apply``; with ``features``, options not given are taken from the host's variables."""

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Apply in this process."""
        if not self._task.args.get("features"):
            return super().run_here(variables)
        host = HostVariables(self._templar, variables)
        task = self.prepare({**access_options(host), **self._task.args}, self.operation)
        flow = Operation(self.operation.spec, lambda task: run_features(task, renderer(task, host)))
        return self.finish(flow, task)

    def run_remotely(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Learn what the cluster is from the host, render here, apply from the host."""
        if not self._task.args.get("features"):
            return super().run_remotely(variables)
        host = HostVariables(self._templar, variables)
        task = self.prepare({**access_options(host), **self._task.args}, self.operation)
        if isinstance(task, dict):
            return task
        flow = Operation(self.operation.spec, lambda task: self._apply_remotely(task, host, variables))
        return run_operation(flow, task)

    def _apply_remotely(self, task: Task, host: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        access = {name: task.params[name] for name in ACCESS_OPTIONS if task.params.get(name) is not None}
        absent = task.params["state"] == "absent"
        info = self.execute_module("kubesphere.dingtalk.cluster_info", access, variables)
        if info.get("failed"):
            return info
        facts = Facts(**info["kubesphere_cluster"])
        if not absent:
            require_supported(facts)
        render = renderer(task, host)
        results = []
        for feature in task.params["features"]:
            manifests = [] if absent else render(feature, facts)
            options = {**access, "manifests": manifests, "name": feature, "state": task.params["state"]}
            results.append(self.execute_module("kubesphere.dingtalk.apply", options, variables))
            if results[-1].get("failed"):
                return results[-1]
        return {
            "changed": any(result["changed"] for result in results),
            "objects": [item for result in results for item in result["objects"]],
            "diff": [item for result in results for item in result.get("diff", [])],
            "kubesphere_cluster": facts.as_dict(),
        }


def renderer(task: Task, host: Mapping[str, Any]) -> Render:
    """Check the options of all features at once; return the function that renders one."""
    contexts = {} if task.params["state"] == "absent" else _contexts(task, host)

    def render(name: str, facts: Facts) -> list[dict[str, Any]]:
        if name not in contexts:
            return []
        return ROLES[name].render({name: contexts[name], "kubesphere_cluster": facts.as_dict()})

    return render


def _contexts(task: Task, host: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each feature's templates see; a feature that the host wants absent has none."""
    problems: list[str] = []
    wished = {}
    for name in task.params["features"]:
        params = ROLES[name].params(host, problems)
        if params is None or params[f"{name}_state"] == "absent":
            continue
        values = {variable: host.get(variable) for variable in FEATURES[name].VARIABLES}
        task.secrets.add(*FEATURES[name].secrets(params, values))
        problems += FEATURES[name].check(params, values)
        wished[name] = (params, values)
    raise_for_problems(problems)
    chat_ids = known_chat_ids(host)
    return {name: FEATURES[name].settings(*both, chat_ids) for name, both in wished.items()}
