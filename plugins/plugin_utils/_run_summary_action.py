# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``run_summary``: results registered on the hosts, including failed ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    FLEET_RESULT,
    HostVariables,
    plain,
)

#: Results of the composite task in the playbooks, and of the later one after a component was installed.
APPLY_RESULT = "dingtalk_applied"
LATER_RESULT = "dingtalk_applied_later"


class RunSummaryAction(OperationAction):
    """Runs ``run_summary`` with the results registered by the playbooks, unless others are given."""

    on_controller = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Collect the registered results and summarize them."""
        host = HostVariables(self._templar, variables)
        options = {"results": self._results(variables), "fleet": host.get(FLEET_RESULT) or {}, **self._task.args}
        result = self.finish(self.operation, self.prepare(options, self.operation))
        result.pop("invocation", None)  # repeats all results
        return result

    def _results(self, variables: dict[str, Any]) -> dict[str, Any]:
        hostvars = variables["hostvars"]
        # raw: results contain no templates, and searching them for templates would dominate the cost.
        applied = {name: _merge_results(hostvars.raw_get(name)) for name in variables["groups"]["all"]}
        return {name: result for name, result in applied.items() if result}


def _merge_results(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the results of a host as one: the later result, changed if either is, with the notes of both."""
    results = [plain(host.get(name)) or {} for name in (APPLY_RESULT, LATER_RESULT)]
    done = [result for result in results if result and not result.get("skipped")]
    changed = any(result.get("changed") for result in done)
    if not done:
        return {}
    notes = list(dict.fromkeys(note for result in done for note in result.get("notes") or []))
    return {name: value for result in done for name, value in result.items()} | {"changed": changed, "notes": notes}
