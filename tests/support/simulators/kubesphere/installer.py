# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ks-installer of KubeSphere 3.x, limited to the alerting component: it installs the component and sets the status."""

from __future__ import annotations

import json
import threading
from typing import Any, Self

from tests.support.testbed.client import MERGE_PATCH, Client
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.monitoring import thanos_ruler
from tests.support.testbed.paths import collection
from tests.support.testbed.stand_ins.watcher import Watcher

Json = dict[str, Any]

CONFIGURATION = "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
PODS = "/api/v1/namespaces/kubesphere-system/pods"
POD = "ks-installer-5d8f6c7b9-x2x4l"
LINE = "*" * 150


def install_alerting(client: Client) -> None:
    """Enable the alerting component: create its ruler, and set the status."""
    ruler = thanos_ruler()
    place = collection(ruler)
    if client.call("GET", place)["items"] == []:
        client.call("POST", place, ruler)
    status = {"alerting": {"status": "enabled", "enabledTime": "2024-01-01T00:00:00UTC"}}
    content = {"spec": {"alerting": {"enabled": True}}, "status": status}
    client.call("PATCH", CONFIGURATION, content, content_type=MERGE_PATCH)


class Installer(Watcher):
    """Run inside a ``with``. Each installation takes ``seconds``, and fails with the reason ``failure`` if set.

    A failed installation is retried when ``failure`` changes.
    """

    def __init__(self, cluster: Cluster, seconds: float = 0.0, failure: str = "") -> None:
        super().__init__()
        self.failure = failure
        #: Set after an installation.
        self.done = threading.Event()
        self._seconds = seconds
        self._simulator = cluster.simulator
        # A requests session is not thread-safe.
        self._client = Client(cluster.server, cluster.ca_file, cluster.token)
        self._failed = ""

    def __enter__(self) -> Self:
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": POD, "labels": {"app": "ks-installer"}}}
        if self._simulator:
            self._client.call("POST", PODS, {**pod, "spec": {"containers": [{"name": "installer", "image": "i"}]}})
        return super().__enter__()

    def poll(self) -> None:
        if self._is_pending(self._client.call("GET", CONFIGURATION)):
            self._install()

    def _is_pending(self, configuration: Json) -> bool:
        wanted = (configuration["spec"].get("alerting") or {}).get("enabled") is True
        done = (configuration.get("status") or {}).get("alerting")
        return wanted and not done and not (self._failed and self._failed == self.failure)

    def _install(self) -> None:
        self._log("Start installing alerting\n")
        self.stopped.wait(self._seconds)
        self._failed = self.failure
        if self.failure:
            message = {"msg": "non-zero return code", "stderr": self.failure}
            data = {"task": "Alerting | Getting ThanosRuler", "res": message}
            event = json.dumps({"event": "runner_on_failed", "event_data": data}, sort_keys=True, indent=2)
            self._log(f"\n\nTask 'alerting' failed:\n{LINE}\n{event}\n{LINE}\n")
        else:
            install_alerting(self._client)
        self.done.set()

    def _log(self, text: str) -> None:
        if self._simulator:
            self._simulator.write_log("kubesphere-system", POD, text)
