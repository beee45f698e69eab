# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers, which use the same cluster and DingTalk; each is a context manager that yields its URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.support.plays.environment import Environment
from tests.support.realparts.processes import HOST, Program, reserved_ports, running
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager, Server
from tests.support.testbed import Cluster

#: Path of the executable of KubeSphere's notification-manager, which is not available as a Go module.
VARIABLE = "NOTIFICATION_MANAGER"
#: Value of NAMESPACE, which its operator sets to NotificationManager.spec.defaultSecretNamespace.
SECRET_NAMESPACE = "kubesphere-monitoring-federated"
DEADLINE_SECONDS = 60.0


@contextmanager
def simulation(site: Environment, cluster: Cluster) -> Iterator[str]:
    """Run the simulation in this process."""
    access = ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version)
    with Server(NotificationManager(access, site.dingtalk.legacy_api_url, site.dingtalk.ca_file)) as server:
        yield server.url


@contextmanager
def genuine(site: Environment, cluster: Cluster, folder: Path) -> Iterator[str]:
    """Run notification-manager itself, with a proxy to the simulator because DingTalk's host is not configurable."""
    executable = os.environ.get(VARIABLE)
    if not executable:
        pytest.skip(f"{VARIABLE} is not set to the executable of KubeSphere's notification-manager")
    trusted = folder / "trusted.pem"
    trusted.write_text(Path(site.dingtalk.ca_file).read_text() + cluster.ca_file.read_text())
    settings = {
        "KUBECONFIG": str(cluster.kubeconfig),
        "NAMESPACE": SECRET_NAMESPACE,
        "HTTPS_PROXY": site.dingtalk.proxy_url,
        "NO_PROXY": HOST,
        "SSL_CERT_FILE": str(trusted),
    }
    with reserved_ports(1) as [port]:
        address = f"{HOST}:{port}"
    command = ["env", *(f"{name}={value}" for name, value in settings.items()), executable]
    program = Program([*command, "--webhook.address", address], folder / "notification-manager.log")
    with running([program]) as processes:
        url = f"http://{address}"
        processes.wait_until(partial(_is_ready, url), "notification-manager is not ready", DEADLINE_SECONDS)
        yield url


def post(url: str, alert: dict[str, object]) -> None:
    """Send an alert as Alertmanager's webhook does."""
    with _session() as session:
        session.post(f"{url}/api/v2/alerts", json={"alerts": [alert]}, timeout=10).raise_for_status()


def _is_ready(url: str) -> bool:
    try:
        with _session() as session:
            return session.get(f"{url}/-/ready", timeout=5).ok
    except requests.RequestException:
        return False


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session
