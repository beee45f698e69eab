# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A KubeSphere cluster under test, the same whether its API server is embedded or real."""

from __future__ import annotations

import base64
import dataclasses
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.simulators.kubernetes import KubernetesSimulator, RecordedRequest
from tests.testbed.client import MERGE_PATCH, Client

Json = dict[str, Any]


class ApiServer(Protocol):
    """What a test bed needs to know of a running API server."""

    @property
    def url(self) -> str: ...

    def requests(self) -> list[RecordedRequest]: ...

    def reset_requests(self) -> None: ...


@dataclass(frozen=True)
class Cluster:
    """``version`` is KubeSphere's (``"3.4"``), ``token`` may do everything, ``simulator`` is None on a real API server.

    The helpers take paths such as ``/api/v1/namespaces/default/secrets/one`` and Kubernetes' own query parameters
    (``dryRun="All"``), return dicts and raise ``ApiFailure``.
    """

    name: str
    version: str
    server: str
    ca_file: Path
    token: str = field(repr=False)
    kubeconfig: Path
    simulator: KubernetesSimulator | None = field(repr=False, compare=False)
    api_server: ApiServer = field(repr=False, compare=False)
    client: Client = field(repr=False, compare=False)
    spare_tokens: Iterator[tuple[str, str]] = field(repr=False, compare=False)

    def requests(self) -> list[RecordedRequest]:
        """All requests since the start or the last reset, the test's own included."""
        return self.api_server.requests()

    def reset_requests(self) -> None:
        self.api_server.reset_requests()

    def get(self, path: str, **query: Any) -> Json:
        return self.client.call("GET", path, **query)

    def list(self, path: str, **query: Any) -> Sequence[Json]:
        """The items of a list."""
        items: Sequence[Json] = self.client.call("GET", path, **query)["items"]
        return items

    def post(self, path: str, body: Json, **query: Any) -> Json:
        return self.client.call("POST", path, body, **query)

    def put(self, path: str, body: Json, **query: Any) -> Json:
        return self.client.call("PUT", path, body, **query)

    def patch(self, path: str, body: Any, content_type: str = MERGE_PATCH, **query: Any) -> Json:
        return self.client.call("PATCH", path, body, content_type=content_type, **query)

    def delete(self, path: str, body: Json | None = None, **query: Any) -> Json:
        return self.client.call("DELETE", path, body, **query)

    def limited(self, rules: Sequence[Json]) -> Cluster:
        """The same cluster, seen with a token that may do no more than RBAC ``rules`` (of a ClusterRole) allow."""
        user, token = next(self.spare_tokens)
        self._bind(user, rules)
        client = Client(self.server, self.ca_file, token)
        _wait_for(client, rules)
        kubeconfig = self.kubeconfig.with_name(f"{user}.kubeconfig")
        write_kubeconfig(kubeconfig, self.name, self.server, self.ca_file, token)
        return dataclasses.replace(self, token=token, kubeconfig=kubeconfig, client=client)

    def _bind(self, user: str, rules: Sequence[Json]) -> None:
        group, version = "rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1"
        role = {"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": user}, "rules": list(rules)}
        binding = {
            "apiVersion": version,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": user},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": user},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        }
        self.post(f"/apis/{version}/clusterroles", role)
        self.post(f"/apis/{version}/clusterrolebindings", binding)


def _wait_for(client: Client, rules: Sequence[Json]) -> None:
    """A real API server needs a moment until it knows a new binding."""
    rule = next((rule for rule in rules if rule.get("resources")), None)
    if rule is None:
        return
    resource, _, subresource = rule["resources"][0].partition("/")
    attributes = {"verb": rule["verbs"][0], "group": rule["apiGroups"][0]}
    attributes |= {"resource": resource, "subresource": subresource, "name": (rule.get("resourceNames") or [""])[0]}
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    body = {**kind, "spec": {"resourceAttributes": attributes}}
    deadline = time.monotonic() + 10
    while not client.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body)["status"]["allowed"]:
        if time.monotonic() > deadline:
            raise TimeoutError("the API server does not take notice of a new ClusterRoleBinding")
        time.sleep(0.02)


def write_kubeconfig(path: Path, name: str, server: str, ca_file: Path, token: str) -> None:
    """A kubeconfig that needs no other file."""
    authority = base64.b64encode(ca_file.read_bytes()).decode()
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content))
