# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to break the fleet of the demo, which the doctor is to find."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from tests.support.testbed import Cluster
from tests.support.testbed.stand_ins.monitoring import Monitoring

ALERTMANAGER = "/api/v1/namespaces/kubesphere-monitoring-system/secrets/alertmanager-main"
CREDENTIALS = "/api/v1/namespaces/kubesphere-monitoring-federated/secrets/global-dingtalk-config-secret"
RECEIVER = "/apis/notification.kubesphere.io/v2beta2/receivers/global-dingtalk-receiver"
REFUSED = (
    'level=error caller=dingtalk.go:1 msg="notify error" err="errcode: 310000, errmsg: ip 192.0.2.7 not in whitelist"\n'
)


@dataclass(frozen=True)
class Break:
    """One change on a cluster. ``finding``: the ID of the first broken link that it makes."""

    title: str
    cluster: str
    finding: str
    change: Callable[[Monitoring], object]


def _selector(monitoring: Monitoring) -> None:
    spec = {"dingtalk": {"alertSelector": {"matchLabels": {"severity": "critical"}}}}
    monitoring.cluster.patch(RECEIVER, {"spec": spec})


def _disabled(monitoring: Monitoring) -> None:
    monitoring.cluster.patch(RECEIVER, {"spec": {"dingtalk": {"enabled": False}}})


def _route(monitoring: Monitoring) -> None:
    secret = monitoring.cluster.get(ALERTMANAGER)
    document = yaml.safe_load(base64.b64decode(secret["data"]["alertmanager.yaml"]))
    document["route"]["routes"][-1]["receiver"] = "Default"
    monitoring.cluster.patch(ALERTMANAGER, {"stringData": {"alertmanager.yaml": yaml.safe_dump(document)}})


def _secret(monitoring: Monitoring) -> None:
    monitoring.cluster.patch(CREDENTIALS, {"stringData": {"appsecret": "of-another-app"}})


BREAKS: dict[str, Break] = {
    "selector": Break("somebody lets only critical alerts through, in the console", "shanghai", "KD609", _selector),
    "receiver": Break("somebody disables DingTalk in the console", "beijing", "KD604", _disabled),
    "route": Break("somebody sends the last route of Alertmanager elsewhere", "lab", "KD503", _route),
    "secret": Break("somebody stores the secret of another app", "guangzhou", "KD616", _secret),
    "ip": Break(
        "DingTalk refuses the IP address of a cluster", "shanghai", "KD701", lambda monitoring: monitoring.log(REFUSED)
    ),
}


def monitored(fleet: Mapping[str, Cluster]) -> dict[str, Monitoring]:
    """Let Alertmanager and notification-manager of the clusters answer; members of KubeSphere 4 have neither."""
    return {name: Monitoring(cluster) for name, cluster in fleet.items() if name != "ningbo"}
