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

from .._core import yaml_text
from .._core.bounded import json_text
from .._core.bounded.shapes import Shape, mismatch
from .._core.errors import OperationError
from .._kubernetes.client import Cluster
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .._kubesphere.facts import Facts
from .._kubesphere.permissions import RULER_SERVICE
from .._verify.service_proxy import alertmanager_service, path

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
        self._cluster = cluster
        self._service = alertmanager_service(facts.is_kubesphere_4)

    def configuration(self) -> Mapping[str, Any]:
        """Return the configuration that it has loaded."""
        place = path(self._service, "/api/v2/status")
        found = yaml_text.load(_checked(place, self._cluster.request("get", place), _STATUS)["config"]["original"])
        if not isinstance(found, Mapping):
            raise OperationError(f"GET {place}: the answer is not a status of Alertmanager", finding="KD504")
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are firing now."""
        return self._list("alerts", _ALERTS)

    def silences(self) -> list[dict[str, Any]]:
        """Return the silences that are active now."""
        found = self._list("silences", _SILENCES)
        return [item for item in found if (item.get("status") or {}).get("state") == "active"]

    def _list(self, name: str, shape: Shape) -> list[dict[str, Any]]:
        place = path(self._service, f"/api/v2/{name}")
        try:
            answer = json_text.load(self._cluster.text(place))
        except json_text.NotJson as error:
            raise OperationError(
                f"GET {place}: the answer is not one of Alertmanager: {error.message}", finding="KD504"
            ) from None
        found: list[dict[str, Any]] = _checked(place, answer, shape)
        return found


def loaded_rules(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the alerting rules that the ruler has loaded; raises like :class:`Alertmanager`."""
    place = path(RULER_SERVICE, "/api/v1/rules", MONITORING_NAMESPACE)
    groups = _checked(place, cluster.request("get", place), _RULES)["data"]["groups"]
    return [rule for group in groups for rule in group.get("rules") or [] if rule.get("type") == "alerting"]


def _checked(place: str, answer: Any, shape: Shape) -> Any:
    if error := mismatch(answer, shape):
        raise OperationError(f"GET {place}: the answer is out of shape: {error}", finding="KD504")
    return answer
