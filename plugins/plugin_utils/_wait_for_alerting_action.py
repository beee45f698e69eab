# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``wait_for_alerting``: registered results show which clusters are installing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import validated
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import (
    cluster_spec,
    kubesphere_api_spec,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.wait_for_alerting import run_wait
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    HostVariables,
    access_options,
    api_options,
    registered,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._inventory import is_local
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._printing import print_lines
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._run_summary_action import (
    require_results,
    result_names,
)

SPEC = cluster_spec().merge(kubesphere_api_spec())


class WaitForAlertingAction(OperationAction):
    """Runs ``wait_for_alerting`` for the clusters whose registered result lists a component in installation."""

    on_controller = True
    for_all_hosts = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Find the clusters and wait for them, with progress on the display."""
        clusters = self._clusters(variables)
        for access in clusters.values():
            self.secrets.add_options(SPEC, access)
        task = self.prepare(dict(self._task.args), self.operation)
        # Progress does not pass through the result, and may quote a cluster's answer.
        flow = Operation(
            self.operation.spec,
            lambda task: run_wait(task, clusters, lambda text: print_lines([task.secrets.mask_text(text)])),
        )
        return self.finish(flow, task)

    def _clusters(self, variables: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
        hostvars, own = variables["hostvars"], HostVariables(self._templar, variables)
        clusters: dict[str, Mapping[str, Any]] = {}
        names, hosts = result_names(self._task.args), variables["groups"]["all"]
        require_results(variables, hosts, names)
        for host in hosts:
            results = [registered(hostvars.raw_get(host), name) for name in names]
            if any(result.get("installing") and not result.get("failed") for result in results):
                access = self._access(own.for_host(hostvars, host))
                clusters |= {host: access} if access is not None else {}
        return clusters

    def _access(self, host: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the access options of a cluster; None if they are invalid or it is not reached from the controller."""
        return validated(Errors(), SPEC, {**access_options(host), **api_options(host)}) if is_local(host) else None
