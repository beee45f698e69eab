# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's own API on a host (ks-apiserver): rule groups of all clusters of 4.x, its history, and licences.

It authenticates only KubeSphere users. Requests for KubeSphere's own kinds are forwarded to the host's API server.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import trustme
from aiohttp import web

from tests.support.simulators.kubernetes import ProxyAnswer, ProxyRequest
from tests.support.simulators.kubernetes.serving import ThreadedServer, json_response, server_tls
from tests.support.simulators.kubesphere.rule_webhook import complete_rules
from tests.support.testbed.client import Client
from tests.support.testbed.cluster import Cluster

Json = dict[str, Any]

RULES = "/proxy/alerting.kubesphere.io/v2beta1/"
SEARCH = "/kapis/notification.kubesphere.io/v2beta2/notifications/search"
BEHIND_PROXY = "X-KubeSphere-Authorization"
#: Served with a licence only: 4.x, and Enterprise 3.x (pkg/simple/client/license there).
LICENCES = "/kapis/license.kubesphere.io/v1alpha1/licenses"
LICENCE_3 = "/kapis/license.kubesphere.io/v1alpha1/license/ks-license"
#: The answer to each write while the licence is violated (pkg/apiserver/filters of Enterprise 3.x).
VIOLATED = 430


class KubeSphereApi:
    """Serve inside a ``with``, also behind the service proxy of the host's API server.

    ``groups`` are the rule groups by their path; ``requests`` are methods and paths. ``members`` are the KubeSphere
    names of all registered clusters, including the host. ``answers``: path -> status and body of what else is served,
    such as licences. While ``is_violated``, writes are refused.
    """

    def __init__(self, host: Cluster, user: str, password: str, token: str, members: Sequence[str]) -> None:
        self.groups: dict[str, Json] = {}
        self.requests: list[tuple[str, str]] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.is_violated = False
        self._members = members
        #: The server of the notification history, which the API passes requests on to.
        self.history: Callable[[ProxyRequest], ProxyAnswer] | None = None
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._identities = {f"Basic {basic}", f"Bearer {token}"}
        self._client = Client(host.server, host.ca_file, host.token)
        self.host = host
        self._revision = 0
        self.authority = trustme.CA()
        self._server = ThreadedServer(self._handle, server_tls(self.authority))

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> KubeSphereApi:
        self._server.start()
        if self.host.simulator:
            self.host.simulator.backend("kubesphere-system", "ks-apiserver", self.url)
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        identity = request.headers.get(BEHIND_PROXY) or request.headers.get("Authorization", "")
        if identity not in self._identities:
            return _refused(401, "Unauthorized")
        if request.path == SEARCH and self.history:
            asked = ProxyRequest(request.method, request.path, request.query_string, dict(request.headers), b"")
            found_history = self.history(asked)
            return web.Response(status=found_history.status, body=found_history.body, headers=found_history.headers)
        if request.query_string:
            return _refused(400, "unexpected query")
        if self.is_violated and request.method != "GET":
            return web.Response(status=VIOLATED)
        if request.path in self.answers:
            return json_response(*self.answers[request.path])
        if request.path.startswith("/apis/"):
            found = self._client.send(request.method, request.path)
            return json_response(found.status_code, found.json())
        if not request.path.startswith(RULES):
            return _refused(404, "not found")
        return self._rules(request.method, request.path, await request.json() if request.can_read_body else {})

    def _rules(self, method: str, path: str, body: Json) -> web.StreamResponse:
        parts = path.removeprefix(RULES).split("/")
        if parts[0] == "clusters" and parts[1] not in self._members:
            return _refused(400, f"cluster {parts[1]} not found")
        if method == "POST":
            return self._create(path, body)
        stored = self.groups.get(path)
        if stored is None:
            return _refused(404, f"{parts[-2]} {parts[-1]} not found")
        if method == "PUT":
            if body["metadata"].get("resourceVersion") != stored["metadata"]["resourceVersion"]:
                return _refused(409, "the object has been modified")
            stored = self._store(path, body, stored["metadata"]["uid"])
        if method == "DELETE":
            del self.groups[path]
        return json_response(200, stored)

    def _create(self, path: str, body: Json) -> web.StreamResponse:
        place = f"{path}/{body['metadata']['name']}"
        if place in self.groups:
            return _refused(409, "already exists")
        return json_response(201, self._store(place, body, str(uuid.uuid4())))

    def _store(self, path: str, body: Json, uid: str) -> Json:
        self._revision += 1
        metadata = {**body["metadata"], "uid": uid, "resourceVersion": str(self._revision)}
        self.groups[path] = complete_rules({**body, "metadata": metadata})
        return self.groups[path]


def _refused(status: int, message: str) -> web.Response:
    return json_response(status, {"kind": "Status", "status": "Failure", "message": message, "code": status})
