# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path of an alert of KubeSphere 4's built-in rules: ruler, Alertmanager of the host, notification-manager."""

from __future__ import annotations

from tests.support.plays.environment import Environment
from tests.support.simulators.notification_manager import ClusterAccess, deliver
from tests.support.simulators.notification_manager.delivery import Delivery
from tests.support.testbed import Cluster
from tests.support.testbed.stand_ins.extension_controller import ALERTING, ruler_destinations

#: The Alertmanager of the host, as rulers of the host and of its members reach it.
HOST_URL = "dnssrv+http://whizard-notification-alertmanager-headless.kubesphere-monitoring-system.svc:9093"
MEMBERS_URL = "http://192.0.2.10:31093"


def fire_built_in(site: Environment, host: Cluster, name: str, is_host: bool) -> list[Delivery]:
    """Fire an alert in a cluster, ``name`` in KubeSphere, and return what reaches DingTalk: nothing without a URL."""
    plan = host.find(ALERTING)
    urls = ruler_destinations(plan, name) if plan else []
    if (HOST_URL if is_host else MEMBERS_URL) not in urls:
        return []
    labels = {"alertname": "KubeNodeNotReady", "namespace": "kube-system", "cluster": name, "severity": "critical"}
    access = ClusterAccess(host.server, str(host.ca_file), host.token, host.version)
    return deliver(access, [{"labels": labels}], site.dingtalk.legacy_api_url, site.dingtalk.ca_file)
