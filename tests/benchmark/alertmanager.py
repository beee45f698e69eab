# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Alertmanager without alerts behind the service proxies of real API servers, which refuse endpoints on loopback."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.support.testbed import Cluster
from tests.support.testbed.stand_ins.loaded_alertmanager import printed
from tests.support.testbed.stand_ins.monitoring import NAMESPACE, PODS, SECRET, SERVICES

NAME = "alertmanager-main"
ENDPOINTS = f"/api/v1/namespaces/{NAMESPACE}/endpoints"


def own_address() -> str:
    """Return the address of this machine in its network, empty if it is in none. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
    return "" if address.startswith("127.") else address


@contextmanager
def alertmanager(clusters: Iterable[Cluster], address: str) -> Iterator[None]:
    """Let an Alertmanager with the stored configuration answer for these clusters, which have the same one."""
    fleet = list(clusters)
    stored = base64.b64decode(fleet[0].get(SECRET)["data"]["alertmanager.yaml"]).decode()
    server = ThreadingHTTPServer((address, 0), _handler(printed(stored)))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        for cluster in fleet:
            _register(cluster, address, server.server_address[1])
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(configuration: str) -> type[BaseHTTPRequestHandler]:
    answers = {
        path: json.dumps(content).encode()
        for path, content in {
            "/api/v2/status": {"config": {"original": configuration}},
            "/api/v2/alerts": [],
            "/api/v2/silences": [],
        }.items()
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = answers.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Write no log."""

    return Handler


def _register(cluster: Cluster, address: str, port: int) -> None:
    ports = [{"name": "web", "port": port}]
    if cluster.find(f"{SERVICES}/{NAME}") is None:
        cluster.post(SERVICES, {"metadata": {"name": NAME}, "spec": {"ports": ports}})
    # The service proxy takes addresses of pods only.
    pod = f"{NAME}-0"
    cluster.post(PODS, {"metadata": {"name": pod}, "spec": {"containers": [{"name": "alertmanager", "image": "none"}]}})
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
    cluster.patch(f"{PODS}/{pod}/status", {"status": status})
    target = {"kind": "Pod", "namespace": NAMESPACE, "name": pod}
    subsets = [{"addresses": [{"ip": address, "targetRef": target}], "ports": ports}]
    cluster.post(ENDPOINTS, {"metadata": {"name": NAME}, "subsets": subsets})
