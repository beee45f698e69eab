# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of KubeSphere 4's controller of InstallPlans, with Helm releases reduced to the plan's status."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

import requests
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
    """Execute new plans and changes of their values and placement inside a ``with``, each in ``seconds``.

    ``failure`` is the reason with which the next installations and upgrades fail; ``idle`` ignores changes.
    ``alertmanager`` loads the rendered configuration; the service proxy of an embedded API server forwards to it.
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
        # A requests session is not thread-safe.
        self._client = Client(host.server, host.ca_file, host.token)
        self._known: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._known = {plan["metadata"]["name"]: _hash(plan) for plan in self._plans() if _state(plan)}
        return super().__enter__()

    def poll(self) -> None:
        for plan in [] if self.idle else self._plans():
            if not _state(plan) or self._known.get(plan["metadata"]["name"], "") != _hash(plan):
                try:
                    self._execute(plan)
                except (ApiFailure, requests.RequestException):
                    del self._known[plan["metadata"]["name"]]  # not executed, so to be executed again
                    raise

    def _plans(self) -> list[Json]:
        found: list[Json] = self._client.call("GET", PLANS)["items"]
        return found

    def _execute(self, plan: Json) -> None:
        name, verb = plan["metadata"]["name"], "Upgrad" if _state(plan) else "Install"
        self._known[name] = _hash(plan)
        self.upgrades += 1
        self._set_status(name, {"state": f"{verb}ing"})
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
        self._set_status(
            name, {**status, **({"clusterSchedulingStatuses": dict.fromkeys(placed, state)} if placed else {})}
        )

    def _set_status(self, name: str, status: Json) -> None:
        self._client.call("PATCH", f"{PLANS}/{name}", {"status": status}, content_type=MERGE_PATCH)

    def _render(self, plan: Json) -> None:
        values = yaml.safe_load(plan["spec"].get("config") or "{}") or {}
        own = (values.get("alertmanager") or {}).get("config") or {}
        rendered = merged_values(yaml.safe_load(chart_alertmanager_text()), own)
        text = yaml.safe_dump(rendered)
        try:
            self._client.call("PATCH", RENDERED, {"data": {"alertmanager.yml": text}}, content_type=MERGE_PATCH)
        except ApiFailure as failure:
            if failure.status != 404:
                raise
        self.alertmanager.load(text)


def ruler_destinations(plan: Json, cluster: str) -> list[str]:
    """Return the URLs to which the rulers of a cluster send alerts, with the values of an InstallPlan."""
    spec = plan["spec"]
    scheduling = spec.get("clusterScheduling") or {}
    shared, own = (
        yaml.safe_load(text or "{}") or {}
        for text in (spec.get("config"), (scheduling.get("overrides") or {}).get(cluster))
    )
    values = merged_values(shared, own)
    mode = ((values.get("global") or {}).get("rules") or {}).get("distributionMode")
    part = values.get("extension" if mode == "None" else "agent") or {}
    listed = (scheduling.get("placement") or {}).get("clusters") or []
    placed = [*listed, *((plan.get("status") or {}).get("clusterSchedulingStatuses") or {})]
    return list((part.get("ruler") or {}).get("alertmanagersUrl") or []) if cluster in placed else []


_TIME = "2024-01-02T00:00:00Z"


def is_up_to_date(plan: Json) -> bool:
    """Return whether the current plan has been executed."""
    return _state(plan) == "Installed" and plan["status"].get("configHash") == _hash(plan)


def _state(plan: Json) -> str:
    return str((plan.get("status") or {}).get("state") or "")


def _hash(plan: Json) -> str:
    hashed = [plan["spec"].get(name) for name in ("config", "clusterScheduling")]
    return hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()[:16]


def merged_values(base: Any, values: Any) -> Any:
    """Merge values as Helm does: maps are merged, other values replaced, null removes a key."""
    if not isinstance(base, Mapping) or not isinstance(values, Mapping):
        return values
    merged = {
        key: merged_values(base.get(key), values[key]) if key in values else base[key] for key in {**base, **values}
    }
    return {key: value for key, value in merged.items() if value is not None}


def alertmanager_text(cluster: Cluster) -> str:
    """Return the last rendered configuration of Alertmanager on a host of KubeSphere 4."""
    text: str = cluster.get(RENDERED)["data"]["alertmanager.yml"]
    return text


def alertmanager_configuration(cluster: Cluster) -> Json:
    """Return the parsed last rendered configuration of Alertmanager."""
    found: Json = yaml.safe_load(alertmanager_text(cluster))
    return found


def loaded_configuration(cluster: Cluster) -> Json:
    """Return the configuration reported by Alertmanager; on a real API server, which cannot reach it, the rendered."""
    if cluster.simulator is None:
        return alertmanager_configuration(cluster)
    found: Json = yaml.safe_load(cluster.get(STATUS)["config"]["original"])
    return found
