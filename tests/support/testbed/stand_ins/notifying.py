# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager and notification-manager behind the service proxies of embedded clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager, Server
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.extensions import ALERTMANAGER
from tests.support.testbed.installer.objects import MONITORING
from tests.support.testbed.installer.releases import KUBESPHERE_4
from tests.support.testbed.stand_ins.alertmanager import AlertmanagerApi

GROUP_WAIT = 30.0


@dataclass(frozen=True)
class Programs:
    """The programs of one cluster."""

    alertmanager: AlertmanagerApi
    manager: NotificationManager


@contextmanager
def notifying(
    fleet: Mapping[str, Cluster], dingtalk: DingTalk, group_wait: Mapping[str, float] | None = None
) -> Iterator[dict[str, Programs]]:
    """Run the programs of clusters; ``group_wait``: cluster -> that of its Alertmanager."""
    with ExitStack() as stack:
        found = {}
        for name, cluster in fleet.items():
            access = ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version)
            manager = NotificationManager(access, dingtalk.legacy_api_url, str(dingtalk.ca_file))
            server = stack.enter_context(Server(manager))
            alertmanager = AlertmanagerApi(manager.deliver, (group_wait or {}).get(name, GROUP_WAIT))
            stack.callback(alertmanager.stop)
            if cluster.simulator:
                service = ALERTMANAGER if cluster.version in KUBESPHERE_4 else "alertmanager-main"
                cluster.simulator.backend(MONITORING, "notification-manager-svc", server.url)
                cluster.simulator.backend(MONITORING, service, alertmanager.answer)
            found[name] = Programs(alertmanager, manager)
        yield found
