# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's mutating webhook for rule groups, which sets an ID and the built expression of each rule."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, Self

from aiohttp import web

from tests.support.simulators.kubernetes.serving import ThreadedServer, json_response, server_tls
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.stand_ins.admission import wait_until_noticed

Json = dict[str, Any]

GROUP = "alerting.kubesphere.io"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
NAME = "rulegroups"


def complete_rules(group: Json) -> Json:
    """Return the group as stored; a builder's expression has a format specific to this simulation."""
    spec = group.get("spec") or {}
    return {**group, "spec": {**spec, "rules": [_completed(rule) for rule in spec.get("rules") or []]}}


class RuleWebhook:
    """The webhook of a real API server inside a ``with``; objects are stored unchanged while it ``is_away``."""

    def __init__(self, cluster: Cluster) -> None:
        self.is_away = False
        self._cluster = cluster
        self._server = ThreadedServer(self._handle, server_tls(cluster.authority))

    def __enter__(self) -> Self:
        self._server.start()
        self._cluster.post(WEBHOOKS, self._configuration())
        wait_until_noticed(self._is_active)
        return self

    def __exit__(self, *_error: object) -> None:
        self._cluster.delete(f"{WEBHOOKS}/{NAME}")
        self._server.stop()

    def _configuration(self) -> Json:
        rule = {"apiGroups": [GROUP], "apiVersions": ["*"], "resources": ["*"], "operations": ["CREATE", "UPDATE"]}
        authority = base64.b64encode(self._cluster.authority.cert_pem.bytes()).decode()
        webhook = {
            "name": f"{NAME}.{GROUP}",
            "rules": [rule],
            "clientConfig": {"url": f"{self._server.url}/mutate", "caBundle": authority},
            "failurePolicy": "Ignore",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
        return {**kind, "metadata": {"name": NAME}, "webhooks": [webhook]}

    def _is_active(self) -> bool:
        head = {"apiVersion": f"{GROUP}/v2beta1", "kind": "ClusterRuleGroup", "metadata": {"name": "trial"}}
        trial = {**head, "spec": {"rules": [{"alert": "trial", "expr": "vector(1)"}]}}
        [rule] = self._cluster.post(f"/apis/{GROUP}/v2beta1/clusterrulegroups", trial, dryRun="All")["spec"]["rules"]
        return "rule_id" in (rule.get("labels") or {})

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        review = await request.json()
        if self.is_away:
            return web.Response(status=503)
        spec = complete_rules(review["request"]["object"])["spec"]
        patch = json.dumps([{"op": "add", "path": "/spec", "value": spec}]).encode()
        allowed = {"allowed": True, "patchType": "JSONPatch", "patch": base64.b64encode(patch).decode()}
        response = {"uid": review["request"]["uid"], **allowed}
        return json_response(200, {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response})


def _completed(rule: Json) -> Json:
    labels = {"rule_id": str(uuid.uuid4()), **(rule.get("labels") or {})}
    built = {"expr": f"built({json.dumps(rule['exprBuilder'], sort_keys=True)})"} if rule.get("exprBuilder") else {}
    return {**rule, **built, "labels": labels}
