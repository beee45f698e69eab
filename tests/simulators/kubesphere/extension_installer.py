# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere 4's controller of InstallPlans, as far as a new extension goes: it installs it on each cluster placed."""

from __future__ import annotations

from typing import Any

from tests.testbed.client import MERGE_PATCH, ApiFailure, Client
from tests.testbed.cluster import Cluster
from tests.testbed.watcher import Watcher

Json = dict[str, Any]

PLAN = "/apis/kubesphere.io/v1alpha1/installplans/whizard-alerting"
_TIME = "2024-01-01T00:00:00Z"


class ExtensionInstaller(Watcher):
    """Works inside a ``with``; an installation fails with ``failure`` where one is given."""

    def __init__(self, host: Cluster, failure: str = "") -> None:
        super().__init__()
        self.failure = failure
        self._client = Client(host.server, host.ca_file, host.token)

    def look(self) -> None:
        try:
            plan = self._client.call("GET", PLAN)
        except ApiFailure:
            return
        wanted = self._status(plan)
        if (plan.get("status") or {}).get("clusterSchedulingStatuses") != wanted["clusterSchedulingStatuses"]:
            self._client.call("PATCH", PLAN, {"status": wanted}, content_type=MERGE_PATCH)

    def _status(self, plan: Json) -> Json:
        state: Json = {"state": "Installed", "version": plan["spec"]["extension"]["version"]}
        if self.failure:
            condition = {"type": "Installed", "status": "False", "reason": "Failed", "message": self.failure}
            state = {"state": "InstallFailed", "conditions": [{**condition, "lastTransitionTime": _TIME}]}
        placed = plan["spec"]["clusterScheduling"]["placement"]["clusters"]
        return {**state, "enabled": True, "clusterSchedulingStatuses": dict.fromkeys(placed, state)}
