# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the alerts of a cluster: at its rulers, at amtool, and at the simulated notification-manager."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.stand_ins.extension_controller import alertmanager_text
from tests.system.alertmanager.amtool import Amtool
from tests.system.delivery.site import Site
from tests.system.delivery.states import ALERTMANAGER, ALERTS, PLANS

Json = dict[str, Any]


def labels_of(alert: str, release: str) -> dict[str, str]:
    severity, _, bare = alert.partition(" ")
    kind = {} if release in ("3.1", "3.3") else {"alerttype": "metric"}
    namespace = {} if bare else {"namespace": "kubesphere-monitoring-system"}
    return {"alertname": "BuiltIn", "severity": severity, **kind, **namespace}


def reaching(cluster: Cluster, amtool: Amtool) -> dict[str, Json]:
    """Return the alerts that notification-manager gets."""
    alerts = {alert: labels_of(alert, cluster.version) for alert in ALERTS}
    return {
        alert: {"labels": labels, "annotations": {"message": f"<{alert}>"}, "status": "firing"}
        for alert, labels in alerts.items()
        if is_sent(cluster) and is_routed(cluster, amtool, labels)
    }


def arrived(site: Site, cluster: Cluster, amtool: Amtool) -> dict[str, set[str]]:
    """Return the channels by which each alert arrives: ``chats``, ``robot``."""
    manager = NotificationManager(
        ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version),
        site.dingtalk.legacy_api_url,
        site.dingtalk.ca_file,
    )
    found: dict[str, set[str]] = {alert: set() for alert in ALERTS}
    names = {"chat": "chats", "robot": "robot"}
    for name, alert in reaching(cluster, amtool).items():
        found[name] = {names[item.kind] for item in manager.deliver([alert]) if item.kind and not item.error}
    return found


def is_sent(cluster: Cluster) -> bool:
    """Return whether the rulers of KubeSphere 4 have an Alertmanager; before it, Prometheus always has one."""
    if not cluster.version.startswith("4"):
        return True
    plan = cluster.find(f"{PLANS}/whizard-alerting")
    values = yaml.safe_load(((plan or {}).get("spec") or {}).get("config") or "{}") or {}
    mode = ((values.get("global") or {}).get("rules") or {}).get("distributionMode")
    part = "extension" if mode == "None" else "agent"
    return bool(((values.get(part) or {}).get("ruler") or {}).get("alertmanagersUrl"))


def is_routed(cluster: Cluster, amtool: Amtool, labels: Mapping[str, str]) -> bool:
    """Return whether Alertmanager sends an alert to notification-manager."""
    if cluster.version.startswith("4"):
        text = alertmanager_text(cluster)
    else:
        secret = cluster.find(ALERTMANAGER)
        if secret is None:
            return False
        text = base64.b64decode(secret["data"]["alertmanager.yaml"]).decode()
    ways = {item["name"]: str(item.get("webhook_configs")) for item in yaml.safe_load(text)["receivers"]}
    service = ("//notification-manager-svc.", "//notification-manager-svc:")
    return any(
        any(name in ways[receiver] for name in service) and "/api/v2/alerts" in ways[receiver]
        for receiver in amtool.receivers(text, labels)
    )
