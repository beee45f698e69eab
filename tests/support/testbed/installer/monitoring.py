# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere 3's monitoring components, by the fields that decide where they send alerts.

Source: kubesphere/ks-installer 3.4 (roles/ks-monitor).
"""

from __future__ import annotations

from typing import Any

from tests.support.testbed.installer.objects import MONITORING, new_object

Json = dict[str, Any]

API_VERSION = "monitoring.coreos.com/v1"


def prometheus() -> Json:
    alertmanager = {"namespace": MONITORING, "name": "alertmanager-main", "port": "web"}
    spec = {"replicas": 1, "evaluationInterval": "1m", "alerting": {"alertmanagers": [alertmanager]}}
    return new_object(API_VERSION, "Prometheus", "k8s", MONITORING, {"prometheus": "k8s"}, spec=spec)


def alertmanager() -> Json:
    return new_object(API_VERSION, "Alertmanager", "main", MONITORING, spec={"replicas": 1})


def thanos_ruler() -> Json:
    """Return the ruler of the alerting component, which ks-installer creates once that is enabled."""
    urls = [f"dnssrv+http://alertmanager-operated.{MONITORING}.svc:9093"]
    queried = [f"prometheus-operated.{MONITORING}.svc:9090"]
    spec = {"replicas": 1, "alertmanagersUrl": urls, "queryEndpoints": queried, "ruleSelector": {}}
    return new_object(API_VERSION, "ThanosRuler", "kubesphere", MONITORING, spec=spec)
