# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager, ruler and notification-manager of an embedded cluster, as far as others see them from outside."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from tests.support.plays.environment import simulator
from tests.support.simulators.kubernetes import ProxyAnswer, ProxyRequest
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.stand_ins.extension_controller import alertmanager_text
from tests.support.testbed.stand_ins.loaded_alertmanager import printed

Json = dict[str, Any]

NAMESPACE = "kubesphere-monitoring-system"
SECRET = f"/api/v1/namespaces/{NAMESPACE}/secrets/alertmanager-main"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
SERVICES = f"/api/v1/namespaces/{NAMESPACE}/services"
MANAGER, POD = "notification-manager-deployment", "notification-manager-deployment-0"
RULER = "thanos-ruler-operated"
_RULE_GROUPS = tuple(
    f"/apis/alerting.kubesphere.io/v2beta1/{kind}" for kind in ("globalrulegroups", "clusterrulegroups", "rulegroups")
)
_PROMETHEUS_RULES = "/apis/monitoring.coreos.com/v1/prometheusrules"
#: What Alertmanager runs with after its Secret is gone.
LOST = "route: {receiver: Default}\nreceivers: [{name: Default}]\n"


def deploy_manager(cluster: Cluster) -> None:
    """Create the Deployment of notification-manager and its pod, unless the cluster has them."""
    if cluster.find(f"{DEPLOYMENT}/{MANAGER}"):
        return
    labels = {"app": "notification-manager"}
    pod_spec = {"containers": [{"name": "notification-manager", "image": "kubesphere/notification-manager:v2"}]}
    template = {"metadata": {"labels": labels}, "spec": pod_spec}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    cluster.post(DEPLOYMENT, {"metadata": {"name": MANAGER}, "spec": spec})
    cluster.patch(f"{DEPLOYMENT}/{MANAGER}/status", {"status": {"readyReplicas": 1, "replicas": 1}})
    cluster.post(PODS, {"metadata": {"name": POD, "labels": labels}, "spec": pod_spec})


class Monitoring:
    """What answers behind the service proxy. ``loaded``: the document that Alertmanager runs with, None for the stored.

    ``rules``: those of the ruler, None for a rule for each stored policy. ``down``: Services that do not answer.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.reset()
        is_4 = cluster.version.startswith("4")
        self.alertmanager = "whizard-notification-alertmanager" if is_4 else "alertmanager-main"
        self._install("http" if is_4 else "web")

    def reset(self) -> None:
        """Let everything answer as in a working cluster without alerts."""
        self.loaded: str | None = None
        self.alerts: list[Json] = []
        self.silences: list[Json] = []
        self.rules: list[Json] | None = None
        self.down: set[str] = set()
        simulator(self.cluster).clear_log(NAMESPACE, POD)

    def _install(self, port: str) -> None:
        for name, port_name in ((self.alertmanager, port), (RULER, "web")):
            if self.cluster.find(f"{SERVICES}/{name}") is None:
                spec = {"ports": [{"name": port_name, "port": 9093}], "selector": {"app": name}}
                self.cluster.post(SERVICES, {"metadata": {"name": name}, "spec": spec})
        deploy_manager(self.cluster)
        server = simulator(self.cluster)
        server.backend(NAMESPACE, self.alertmanager, self.answer)
        server.backend(NAMESPACE, RULER, self._ruler)

    def log(self, text: str) -> None:
        """Let notification-manager write to its log."""
        simulator(self.cluster).write_log(NAMESPACE, POD, text)

    def answer(self, request: ProxyRequest) -> ProxyAnswer:
        """Answer in place of Alertmanager."""
        if self.alertmanager in self.down:
            return ProxyAnswer(503, b"no endpoints available")
        answers = {
            "/api/v2/status": {"config": {"original": printed(self.loaded or self._stored())}},
            "/api/v2/alerts": self.alerts,
            "/api/v2/silences": self.silences,
        }
        if request.path not in answers:
            return ProxyAnswer(404, b"404 page not found\n")
        return ProxyAnswer(200, json.dumps(answers[request.path]).encode())

    def _stored(self) -> str:
        if self.cluster.version.startswith("4"):
            return alertmanager_text(self.cluster)
        secret = self.cluster.find(SECRET)
        return base64.b64decode(secret["data"]["alertmanager.yaml"]).decode() if secret else LOST

    def _ruler(self, _request: ProxyRequest) -> ProxyAnswer:
        if RULER in self.down:
            return ProxyAnswer(503, b"no endpoints available")
        rules = self._policies() if self.rules is None else self.rules
        return ProxyAnswer(200, json.dumps({"status": "success", "data": {"groups": [{"rules": rules}]}}).encode())

    def _policies(self) -> list[Json]:
        groups = [item["spec"] for kind in _RULE_GROUPS for item in self._stored_objects(kind)]
        groups += [group for item in self._stored_objects(_PROMETHEUS_RULES) for group in item["spec"]["groups"]]
        names = [rule["alert"] for group in groups for rule in group.get("rules") or [] if "alert" in rule]
        return [{"name": name, "type": "alerting", "health": "ok", "state": "inactive"} for name in names]

    def _stored_objects(self, path: str) -> Sequence[Json]:
        """Return the objects of a kind, none if the cluster does not serve it."""
        found = self.cluster.find(path)
        return found["items"] if found else []
