# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's notification-manager as a program: where it is, how it is started, and how it gets alerts.

Its executable cannot be built from a Go module, so it is used if it is given.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests

from tests.support.realparts.processes import HOST, Program, reserved_ports, running

#: The variable with the path of its executable.
VARIABLE = "NOTIFICATION_MANAGER"
NOT_GIVEN = f"{VARIABLE} is not set to the executable of KubeSphere's notification-manager"
#: Value of NAMESPACE, which its operator sets to NotificationManager.spec.defaultSecretNamespace.
SECRET_NAMESPACE = "kubesphere-monitoring-federated"
DEADLINE_SECONDS = 60.0


def given() -> str:
    """Return the path of the executable, empty without one."""
    return os.environ.get(VARIABLE, "")


@contextmanager
def started(
    executable: str,
    kubeconfig: Path,
    ca_files: Sequence[Path],
    proxy_url: str,
    folder: Path,
    secret_namespace: str = SECRET_NAMESPACE,
) -> Iterator[str]:
    """Run it and yield its URL; ``proxy_url``: a proxy to the simulator, as DingTalk's host is not configurable.

    ``ca_files``: those of the cluster and of the simulator. Raises ProgramEnded or TimeoutError if it is not ready.
    """
    trusted = folder / "trusted.pem"
    trusted.write_text("".join(file.read_text() for file in ca_files))
    settings = {
        "KUBECONFIG": str(kubeconfig),
        "NAMESPACE": secret_namespace,
        "HTTPS_PROXY": proxy_url,
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


def post(url: str, *alerts: Mapping[str, Any]) -> None:
    """Send alerts as Alertmanager's webhook does."""
    with _session() as session:
        session.post(f"{url}/api/v2/alerts", json={"alerts": alerts}, timeout=10).raise_for_status()


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
