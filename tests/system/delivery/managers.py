# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""notification-manager as a program, with the settings of a state: it watches them, so on a real API server."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.plays.environment import listed, without_server_fields
from tests.support.realparts import notification_manager
from tests.support.testbed.cluster import Cluster
from tests.system.delivery.site import Site
from tests.system.delivery.states import ALERTS, MANAGER, group

Json = dict[str, Any]

POD_NAMESPACE = "kubesphere-monitoring-system"
KINDS = ("notificationmanagers", "configs", "receivers", "routers", "silences")
SECRETS = tuple(
    f"/api/v1/namespaces/{name}/secrets"
    for name in (notification_manager.SECRET_NAMESPACE, POD_NAMESPACE, "kubesphere-system")
)
TEMPLATES = f"/api/v1/namespaces/{POD_NAMESPACE}/configmaps"
CHANNELS = {"app": "chats", "custom robot": "robot"}
#: The interval in which it collects alerts; nothing more is to be expected after three of them.
BATCH_SECONDS = 1
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Manager:
    """An executable. ``quiet_seconds``: how long nothing arrives when all messages have been sent."""

    executable: str
    quiet_seconds: float = 3.0 * BATCH_SECONDS

    def arrived(self, site: Site, cluster: Cluster, alerts: Mapping[str, Json], folder: Path) -> dict[str, set[str]]:
        """Run it on a cluster, send it these alerts, and return the channels by which each of them arrives."""
        spec = cluster.get(f"{group(cluster)}/{MANAGER}")["spec"]
        before = len(site.dingtalk.messages(site.chat_id))
        with notification_manager.started(
            self.executable,
            cluster.kubeconfig,
            [Path(site.dingtalk.ca_file), cluster.ca_file],
            site.dingtalk.proxy_url,
            folder,
            spec.get("defaultSecretNamespace") or POD_NAMESPACE,
        ) as url:
            if alerts:
                notification_manager.post(url, *alerts.values())
                self._wait_until_quiet(site)
        found: dict[str, set[str]] = {alert: set() for alert in ALERTS}
        for message in site.dingtalk.messages(site.chat_id)[before:]:
            for alert in alerts:
                if f"<{alert}>" in message.text:
                    found[alert].add(CHANNELS[message.sender])
        return found

    def _wait_until_quiet(self, site: Site) -> None:
        count, since = -1, time.monotonic()
        while time.monotonic() <= since + self.quiet_seconds or count < 0:
            if (calls := len(site.dingtalk.calls)) != count:
                count, since = calls, time.monotonic()
            time.sleep(0.02)


def stand_in(folder: Path) -> Manager:
    """Return the simulation as an executable, which has sent everything when it answers."""
    file = folder / "notification-manager"
    module = "tests.support.simulators.notification_manager"
    file.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m {module} "$@"\n')
    file.chmod(0o755)
    return Manager(str(file), quiet_seconds=0.0)


def mirror(source: Cluster, target: Cluster) -> None:
    """Replace the settings of one cluster by those of another, with shorter intervals."""
    collections = (*(f"{group(target)}/{kind}" for kind in KINDS), *SECRETS, TEMPLATES)
    for collection in collections:
        for item in listed(target, collection):
            if not item.get("type", "").startswith("kubernetes.io/"):
                target.delete(f"{collection}/{item['metadata']['name']}")
        for item in listed(source, collection):
            target.post(collection, without_server_fields(item))
    target.patch(f"{group(target)}/{MANAGER}", {"spec": {"batchMaxWait": f"{BATCH_SECONDS}s"}})
