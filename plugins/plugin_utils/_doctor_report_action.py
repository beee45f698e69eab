# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``doctor_report``: results registered on the hosts, including those of failed tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.report import SPEC
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import plain
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._printing import print_lines


class DoctorReportAction(OperationAction):
    """Runs ``doctor_report`` with the registered results, unless others are given, and prints its lines."""

    on_controller = True
    for_all_hosts = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Collect the registered results and report them."""
        options = {**self._registered(variables), **self._task.args}
        result = self.finish(self.operation, self.prepare(options, self.operation))
        result.pop("invocation", None)  # repeats all results
        print_lines(result.get("lines") or [])
        return result

    def _registered(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the results of all hosts that have one, the one of DingTalk, and the hosts of the play."""
        names = {
            option: str(plain(self._task.args.get(option)) or SPEC.options[option]["default"])
            for option in ("results_from", "app_from")
        }
        hosts = variables["groups"]["all"]
        of_dingtalk = _registered_as(variables, names["app_from"], hosts).values()
        return {
            "results": _registered_as(variables, names["results_from"], hosts),
            "app": next(iter(of_dingtalk), {}),
            "hosts": variables["ansible_play_hosts_all"],
        }


def _registered_as(variables: Mapping[str, Any], name: str, hosts: Iterable[str]) -> dict[str, Any]:
    """Return host -> its result, of the hosts whose task was not skipped."""
    # raw: results contain no templates, and searching them for templates would dominate the cost.
    found = {host: plain(variables["hostvars"].raw_get(host).get(name)) for host in hosts}
    return {host: result for host, result in found.items() if result and not _is_skipped(result)}


def _is_skipped(result: Any) -> bool:
    return isinstance(result, Mapping) and result.get("skipped") is True
