# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's mutating webhook for rule groups: an ID for each rule, and the expression that its terms mean."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.testbed.client import Client
from tests.testbed.cluster import Cluster
from tests.testbed.paths import path
from tests.testbed.watcher import Watcher

Json = dict[str, Any]

GROUP = "alerting.kubesphere.io"
KINDS = {"rulegroups": "RuleGroup", "clusterrulegroups": "ClusterRuleGroup", "globalrulegroups": "GlobalRuleGroup"}


def complete_rules(group: Json) -> Json:
    """The group as it is stored; a builder's expression is spelled in a way of the webhook's own."""
    spec = group.get("spec") or {}
    return {**group, "spec": {**spec, "rules": [_completed(rule) for rule in spec.get("rules") or []]}}


class LateWebhook(Watcher):
    """Completes rule groups right after they are stored, on an API server that calls no webhook of a test."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        # A session is for one thread.
        self._client = Client(cluster.server, cluster.ca_file, cluster.token)

    def look(self) -> None:
        for plural in ("rulegroups", "clusterrulegroups", "globalrulegroups"):
            for group in self._client.call("GET", f"/apis/{GROUP}/v2beta1/{plural}")["items"]:
                done = complete_rules({**group, "apiVersion": f"{GROUP}/v2beta1", "kind": KINDS[plural]})
                if done["spec"] != group["spec"]:
                    self._client.send("PUT", path(done), done)  # refused where somebody was faster: the next look


def _completed(rule: Json) -> Json:
    labels = {"rule_id": str(uuid.uuid4()), **(rule.get("labels") or {})}
    built = {"expr": f"built({json.dumps(rule['exprBuilder'], sort_keys=True)})"} if rule.get("exprBuilder") else {}
    return {**rule, **built, "labels": labels}
