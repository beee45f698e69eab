# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for KubeSphere 4's controller of InstallPlans: a Helm release on each cluster placed, and its status."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

import yaml

from tests.support.testbed.client import MERGE_PATCH, ApiFailure, Client
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.extensions import ALERTMANAGER, chart_alertmanager_text
from tests.support.testbed.installer.objects import MONITORING
from tests.support.testbed.stand_ins.loaded_alertmanager import LoadedAlertmanager
from tests.support.testbed.stand_ins.watcher import Watcher

Json = dict[str, Any]

PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
ALERTING = f"{PLANS}/whizard-alerting"
RENDERED = f"/api/v1/namespaces/{MONITORING}/configmaps/{ALERTMANAGER}"
STATUS = f"/api/v1/namespaces/{MONITORING}/services/{ALERTMANAGER}:http/proxy/api/v2/status"


class ExtensionController(Watcher):
    """Carries new plans and changes of their values and placement out inside a ``with``, each in ``seconds``.

    ``failure`` is the reason with which the next installations and upgrades fail; ``idle`` leaves changes unnoticed.
    ``alertmanager`` loads what was rendered; an embedded API server leads to it.
    """

    def __init__(self, host: Cluster, seconds: float = 0.0, failure: str = "") -> None:
        super().__init__()
        self.failure = failure
        self.idle = False
        self.upgrades = 0
        self.alertmanager = LoadedAlertmanager(alertmanager_text(host))
        if host.simulator:
            host.simulator.backend(MONITORING, ALERTMANAGER, self.alertmanager.answer)
        self._seconds = seconds
        # A session is for one thread.
        self._client = Client(host.server, host.ca_file, host.token)
        self._known: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._known = {plan["metadata"]["name"]: _hash(plan) for plan in self._plans() if _state(plan)}
        return super().__enter__()

    def look(self) -> None:
        for plan in [] if self.idle else self._plans():
            if not _state(plan) or self._known.get(plan["metadata"]["name"], "") != _hash(plan):
                self._carry_out(plan)

    def _plans(self) -> list[Json]:
        found: list[Json] = self._client.call("GET", PLANS)["items"]
        return found

    def _carry_out(self, plan: Json) -> None:
        name, verb = plan["metadata"]["name"], "Upgrad" if _state(plan) else "Install"
        self._known[name] = _hash(plan)
        self.upgrades += 1
        self._tell(name, {"state": f"{verb}ing"})
        self.stopped.wait(self._seconds)
        if self.failure:
            condition = {"type": "Installed", "status": "False", "reason": "Failed", "message": self.failure}
            failed = {"Upgrad": "UpgradeFailed", "Install": "InstallFailed"}[verb]
            state: Json = {"state": failed, "conditions": [{**condition, "lastTransitionTime": _TIME}]}
        else:
            if name == "whizard-notification":
                self._render(plan)
            state = {"state": "Installed", "version": plan["spec"]["extension"]["version"]}
        placed = ((plan["spec"].get("clusterScheduling") or {}).get("placement") or {}).get("clusters") or []
        status = {**state, "enabled": True, "configHash": _hash(plan)}
        self._tell(name, {**status, **({"clusterSchedulingStatuses": dict.fromkeys(placed, state)} if placed else {})})

    def _tell(self, name: str, status: Json) -> None:
        self._client.call("PATCH", f"{PLANS}/{name}", {"status": status}, content_type=MERGE_PATCH)

    def _render(self, plan: Json) -> None:
        values = yaml.safe_load(plan["spec"].get("config") or "{}") or {}
        own = (values.get("alertmanager") or {}).get("config") or {}
        rendered = laid_over(yaml.safe_load(chart_alertmanager_text()), own)
        text = yaml.safe_dump(rendered)
        try:
            self._client.call("PATCH", RENDERED, {"data": {"alertmanager.yml": text}}, content_type=MERGE_PATCH)
        except ApiFailure as failure:
            if failure.status != 404:
                raise
        self.alertmanager.load(text)


_TIME = "2024-01-02T00:00:00Z"


def is_settled(plan: Json) -> bool:
    """Tell whether the plan was carried out as it is."""
    return _state(plan) == "Installed" and plan["status"].get("configHash") == _hash(plan)


def _state(plan: Json) -> str:
    return str((plan.get("status") or {}).get("state") or "")


def _hash(plan: Json) -> str:
    told = [plan["spec"].get(name) for name in ("config", "clusterScheduling")]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def laid_over(base: Any, values: Any) -> Any:
    """Helm's way with values: maps merge, all else is replaced, null removes."""
    if not isinstance(base, Mapping) or not isinstance(values, Mapping):
        return values
    merged = {key: laid_over(base.get(key), values[key]) if key in values else base[key] for key in {**base, **values}}
    return {key: value for key, value in merged.items() if value is not None}


def alertmanager_text(cluster: Cluster) -> str:
    """What was rendered last for Alertmanager on a host of KubeSphere 4."""
    text: str = cluster.get(RENDERED)["data"]["alertmanager.yml"]
    return text


def alertmanager_configuration(cluster: Cluster) -> Json:
    """The same, parsed."""
    found: Json = yaml.safe_load(alertmanager_text(cluster))
    return found


def loaded_configuration(cluster: Cluster) -> Json:
    """What Alertmanager says that it runs with; on a real API server, which leads to none on loopback, the same."""
    if cluster.simulator is None:
        return alertmanager_configuration(cluster)
    found: Json = yaml.safe_load(cluster.get(STATUS)["config"]["original"])
    return found
