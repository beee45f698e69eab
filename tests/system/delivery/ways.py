# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the alerts of a cluster: at rulers, Alertmanager and the simulated notification-manager."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.config import SHIPPED
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.stand_ins.extension_controller import alertmanager_text
from tests.system.alertmanager.amtool import Amtool
from tests.system.delivery.inhibition import Case, Inhibitors
from tests.system.delivery.site import Site
from tests.system.delivery.states import ALERTMANAGER, ALERTS, MONITORING, PLANS

Json = dict[str, Any]


def labels_of(alert: str, release: str) -> dict[str, str]:
    severity, _, bare = alert.partition(" ")
    kind = {} if release in ("3.1", "3.3") else {"alerttype": "metric"}
    namespace = {} if bare else {"namespace": "kubesphere-monitoring-system"}
    return {"alertname": "BuiltIn", "severity": severity, **kind, **namespace}


@dataclass(frozen=True)
class Alertmanagers:
    """Those of each version: amtool for the routes of alerts, and running ones for what is muted."""

    amtools: Mapping[str, Amtool]
    inhibitors: Inhibitors

    def passed(self, cluster: Cluster) -> dict[str, dict[str, str]]:
        """Return the alerts that Alertmanager sends to notification-manager, while Watchdog fires."""
        text, version = configuration(cluster), SHIPPED[cluster.version]
        if not text or not is_sent(cluster):
            return {}
        alerts = {alert: labels_of(alert, cluster.version) for alert in ALERTS}
        watchdog = {**labels_of("none bare", cluster.version), "alertname": "Watchdog"}
        rules = yaml.safe_load(text).get("inhibit_rules") or []
        muted = self.inhibitors.muted(version, [Case(rules, [watchdog], labels) for labels in alerts.values()])
        return {
            alert: labels
            for (alert, labels), is_muted in zip(alerts.items(), muted, strict=True)
            if not is_muted and is_routed(text, self.amtools[version], labels)
        }


def reaching(cluster: Cluster, alertmanagers: Alertmanagers) -> dict[str, Json]:
    """Return the alerts that notification-manager gets."""
    return {
        alert: {"labels": labels, "annotations": {"message": f"<{alert}>"}, "status": "firing"}
        for alert, labels in alertmanagers.passed(cluster).items()
    }


def arrived(site: Site, cluster: Cluster, alertmanagers: Alertmanagers) -> dict[str, set[str]]:
    """Return the channels by which each alert arrives: ``chats``, ``robot``."""
    manager = NotificationManager(
        ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version),
        site.dingtalk.legacy_api_url,
        site.dingtalk.ca_file,
    )
    found: dict[str, set[str]] = {alert: set() for alert in ALERTS}
    names = {"chat": "chats", "robot": "robot"}
    for name, alert in reaching(cluster, alertmanagers).items():
        found[name] = {names[item.kind] for item in manager.deliver([alert]) if item.kind and not item.error}
    return found


def is_sent(cluster: Cluster) -> bool:
    """Return whether alerts of built-in rules are sent to an Alertmanager that runs."""
    if not cluster.version.startswith("4"):
        return is_sent_by_prometheus(cluster)
    plan = cluster.find(f"{PLANS}/whizard-alerting")
    values = yaml.safe_load(((plan or {}).get("spec") or {}).get("config") or "{}") or {}
    mode = ((values.get("global") or {}).get("rules") or {}).get("distributionMode")
    part = "extension" if mode == "None" else "agent"
    return bool(((values.get(part) or {}).get("ruler") or {}).get("alertmanagersUrl"))


def is_sent_by_prometheus(cluster: Cluster) -> bool:
    prometheus = cluster.get(f"{MONITORING}/prometheuses/k8s")["spec"]
    alertmanager = cluster.find(f"{MONITORING}/alertmanagers/main")
    services = [
        f"{item['namespace']}/{item['name']}" for item in (prometheus.get("alerting") or {}).get("alertmanagers") or ()
    ]
    runs = alertmanager is not None and bool(alertmanager["spec"]["replicas"]) and bool(prometheus["replicas"])
    return runs and any(
        re.fullmatch("kubesphere-monitoring-system/alertmanager-(main|operated)", it) for it in services
    )


def configuration(cluster: Cluster) -> str:
    """Return Alertmanager's configuration, empty if there is none."""
    if cluster.version.startswith("4"):
        return alertmanager_text(cluster)
    secret = cluster.find(ALERTMANAGER)
    return base64.b64decode(secret["data"]["alertmanager.yaml"]).decode() if secret else ""


#: The URLs at which notification-manager takes alerts, as its Service has no other port and no TLS.
URL = re.compile(
    r"http://notification-manager-svc(\.kubesphere-monitoring-system(\.svc(\.cluster\.local)?)?)?:19093/api/v2/alerts"
)


def is_routed(text: str, amtool: Amtool, labels: Mapping[str, str]) -> bool:
    """Return whether Alertmanager sends an alert to notification-manager."""
    ways = {item["name"]: item.get("webhook_configs") or [] for item in yaml.safe_load(text)["receivers"]}
    return any(
        URL.fullmatch(str(webhook.get("url")))
        for receiver in amtool.receivers(text, labels)
        for webhook in ways[receiver]
    )
