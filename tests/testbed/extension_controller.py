# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for what KubeSphere 4 does with an InstallPlan whose values change: a Helm upgrade, and its status."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Self

import yaml

from tests.testbed.client import ApiFailure
from tests.testbed.cluster import Cluster
from tests.testbed.extensions import ALERTMANAGER, chart_alertmanager_text
from tests.testbed.objects import MONITORING
from tests.testbed.watcher import Watcher

Json = dict[str, Any]

PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
RENDERED = f"/api/v1/namespaces/{MONITORING}/configmaps/{ALERTMANAGER}"


class ExtensionController(Watcher):
    """Carries changes of values out inside a ``with``, until which the status tells of an upgrade.

    ``failure`` is the reason with which the next upgrades fail; ``idle`` leaves changes unnoticed.
    """

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self.failure = ""
        self.idle = False
        self.upgrades = 0
        self._cluster = cluster
        self._known: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._known = {plan["metadata"]["name"]: _hash(plan) for plan in self._cluster.list(PLANS)}
        return super().__enter__()

    def look(self) -> None:
        for plan in [] if self.idle else self._cluster.list(PLANS):
            if self._known.get(plan["metadata"]["name"], "") != _hash(plan):
                self._upgrade(plan)

    def _upgrade(self, plan: Json) -> None:
        name = plan["metadata"]["name"]
        self._known[name] = _hash(plan)
        self.upgrades += 1
        self._tell(name, {"state": "Upgrading"})
        if self.failure:
            condition = {"type": "Upgrade", "status": "False", "reason": "Failed", "message": self.failure}
            self._tell(name, {"state": "UpgradeFailed", "conditions": [{**condition, "lastTransitionTime": _TIME}]})
            return
        if name == "whizard-notification":
            self._render(plan)
        self._tell(name, {"state": "Installed", "enabled": True, "configHash": _hash(plan)})

    def _tell(self, name: str, status: Json) -> None:
        self._cluster.patch(f"{PLANS}/{name}", {"status": status})

    def _render(self, plan: Json) -> None:
        values = yaml.safe_load(plan["spec"].get("config") or "{}") or {}
        own = (values.get("alertmanager") or {}).get("config") or {}
        rendered = _laid_over(yaml.safe_load(chart_alertmanager_text()), own)
        try:
            self._cluster.patch(RENDERED, {"data": {"alertmanager.yml": yaml.safe_dump(rendered)}})
        except ApiFailure as failure:
            if failure.status != 404:
                raise


_TIME = "2024-01-02T00:00:00Z"


def _hash(plan: Json) -> str:
    return hashlib.sha256(str(plan["spec"].get("config") or "").encode()).hexdigest()[:16]


def _laid_over(base: Any, values: Any) -> Any:
    """Helm's way with values: maps merge, all else is replaced, null removes."""
    if not isinstance(base, Mapping) or not isinstance(values, Mapping):
        return values
    merged = {key: _laid_over(base.get(key), values[key]) if key in values else base[key] for key in {**base, **values}}
    return {key: value for key, value in merged.items() if value is not None}


def alertmanager_configuration(cluster: Cluster) -> Json:
    """What Alertmanager runs with on a host of KubeSphere 4."""
    found: Json = yaml.safe_load(cluster.get(RENDERED)["data"]["alertmanager.yml"])
    return found
