# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers, which use the same cluster and DingTalk; each is a context manager that yields its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.plays.environment import Environment
from tests.support.realparts import notification_manager
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager, Server
from tests.support.testbed import Cluster


@contextmanager
def simulation(site: Environment, cluster: Cluster) -> Iterator[str]:
    """Run the simulation in this process."""
    access = ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version)
    with Server(NotificationManager(access, site.dingtalk.legacy_api_url, site.dingtalk.ca_file)) as server:
        yield server.url


@contextmanager
def genuine(site: Environment, cluster: Cluster, folder: Path) -> Iterator[str]:
    """Run notification-manager itself; without its executable, the test is skipped."""
    executable = notification_manager.given()
    if not executable:
        pytest.skip(notification_manager.NOT_GIVEN)
    ca_files = [Path(site.dingtalk.ca_file), cluster.ca_file]
    with notification_manager.started(executable, cluster.kubeconfig, ca_files, site.dingtalk.proxy_url, folder) as url:
        yield url
