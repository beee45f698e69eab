# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts either reader over the same cluster and the same DingTalk; each is a context manager that gives its URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.support.plays.environment import Surroundings
from tests.support.realparts.processes import HOST, Program, reserved_ports, running
from tests.support.simulators.notification_manager import ClusterAccess, NotificationManager, Server
from tests.support.testbed import Cluster

#: Names the executable of KubeSphere's notification-manager, which cannot be had from a registry of Go modules.
VARIABLE = "NOTIFICATION_MANAGER"
#: Where its operator puts NotificationManager.spec.defaultSecretNamespace: the program itself reads this alone.
SECRET_NAMESPACE = "kubesphere-monitoring-federated"
DEADLINE_SECONDS = 60.0


@contextmanager
def stand_in(site: Surroundings, cluster: Cluster) -> Iterator[str]:
    """The project's own, in this process."""
    access = ClusterAccess(cluster.server, str(cluster.ca_file), cluster.token, cluster.version)
    with Server(NotificationManager(access, site.dingtalk.legacy_api_url, site.dingtalk.ca_file)) as server:
        yield server.url


@contextmanager
def genuine(site: Surroundings, cluster: Cluster, folder: Path) -> Iterator[str]:
    """notification-manager itself; DingTalk's host is fixed in it, so a proxy leads it to the simulator."""
    executable = os.environ.get(VARIABLE)
    if not executable:
        pytest.skip(f"{VARIABLE} does not name the executable of KubeSphere's notification-manager")
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
    """Hand an alert over as Alertmanager's webhook does."""
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
