# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Alertmanager and the ruler of a cluster answer behind kube-apiserver's service proxy.

Sources: Alertmanager's API v2; Thanos' ``GET /api/v1/rules``; the Services in KubeSphere's manifests, in the chart of
extension whizard-notification, and that of prometheus-operator for each ThanosRuler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._alertmanager import config as alertmanager
from .._core import yaml_text
from .._core.bounded import json_text
from .._core.bounded.shapes import Shape, mismatch
from .._core.errors import OperationError
from .._kubernetes.client import Cluster
from .._kubesphere.facts import MONITORING_NAMESPACE, Facts

PROXY = "/api/v1/namespaces/{namespace}/services/{service}/proxy"
ALERTMANAGER = f"{alertmanager.SECRET}:web"
EXTENSION_ALERTMANAGER = f"{alertmanager.EXTENSION_CONFIG_MAP}:http"
#: The component that evaluates policies.
RULER = "thanos-ruler-operated:web"

_STATUS: Shape = {"config": {"original!": str}}
_ALERTS: Shape = [
    {"labels!": {"*": str}, "startsAt": str, "status": {"state": str, "silencedBy": [str], "inhibitedBy": [str]}}
]
_SILENCES: Shape = [
    {
        "status": {"state": str},
        "createdBy": str,
        "endsAt": str,
        "matchers": [{"name!": str, "value!": str, "isRegex": bool, "isEqual": bool}],
    }
]
_RULES: Shape = {
    "data!": {"groups!": [{"rules": [{"name!": str, "type": str, "health": str, "lastError": str, "state": str}]}]}
}


class Alertmanager:
    """A cluster's Alertmanager; each method raises ``ClusterError``, or ``OperationError`` for an odd answer."""

    def __init__(self, cluster: Cluster, facts: Facts) -> None:
        service = EXTENSION_ALERTMANAGER if facts.alertmanager_in == "InstallPlan" else ALERTMANAGER
        self._cluster = cluster
        self._root = PROXY.format(namespace=alertmanager.NAMESPACE, service=service) + "/api/v2"

    def configuration(self) -> Mapping[str, Any]:
        """Return the configuration that it has loaded."""
        path = f"{self._root}/status"
        found = yaml_text.load(_checked(path, self._cluster.request("get", path), _STATUS)["config"]["original"])
        if not isinstance(found, Mapping):
            raise OperationError(f"GET {path}: the answer is not a status of Alertmanager", finding="KD504")
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are firing now."""
        return self._list("alerts", _ALERTS)

    def silences(self) -> list[dict[str, Any]]:
        """Return the silences that are active now."""
        found = self._list("silences", _SILENCES)
        return [item for item in found if (item.get("status") or {}).get("state") == "active"]

    def _list(self, name: str, shape: Shape) -> list[dict[str, Any]]:
        path = f"{self._root}/{name}"
        try:
            answer = json_text.load(self._cluster.text(path))
        except json_text.NotJson as error:
            raise OperationError(
                f"GET {path}: the answer is not one of Alertmanager: {error.message}", finding="KD504"
            ) from None
        found: list[dict[str, Any]] = _checked(path, answer, shape)
        return found


def loaded_rules(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the alerting rules that the ruler has loaded; raises like :class:`Alertmanager`."""
    path = PROXY.format(namespace=MONITORING_NAMESPACE, service=RULER) + "/api/v1/rules"
    groups = _checked(path, cluster.request("get", path), _RULES)["data"]["groups"]
    return [rule for group in groups for rule in group.get("rules") or [] if rule.get("type") == "alerting"]


def _checked(path: str, answer: Any, shape: Shape) -> Any:
    if error := mismatch(answer, shape):
        raise OperationError(f"GET {path}: the answer is out of shape: {error}", finding="KD504")
    return answer
