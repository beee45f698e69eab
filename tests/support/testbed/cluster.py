# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A KubeSphere cluster under test, with the same interface for embedded and real API servers."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import trustme
import yaml

from tests.support.simulators.kubernetes import KubernetesSimulator, RecordedRequest
from tests.support.testbed.client import MERGE_PATCH, ApiFailure, Client
from tests.support.testbed.paths import collection
from tests.support.testbed.waiting import wait_until

Json = dict[str, Any]


class ApiServer(Protocol):
    """The interface of a running API server."""

    @property
    def url(self) -> str: ...

    def requests(self) -> list[RecordedRequest]: ...

    def reset_requests(self) -> None: ...


@dataclass(frozen=True)
class Cluster:
    """A cluster of KubeSphere ``version`` (``"3.4"``); ``token`` has all permissions.

    ``simulator`` is None on a real API server. A real API server trusts client certificates issued by ``authority``,
    its own CA; an embedded one does not support client certificates.

    The methods accept paths such as ``/api/v1/namespaces/default/secrets/one`` and Kubernetes' query parameters
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
    authority: trustme.CA = field(repr=False, compare=False)

    def requests(self) -> list[RecordedRequest]:
        """Return all requests since the start or the last reset, including those of the test."""
        return self.api_server.requests()

    def reset_requests(self) -> None:
        self.api_server.reset_requests()

    def get(self, path: str, **query: Any) -> Json:
        return self.client.call("GET", path, **query)

    def find(self, path: str) -> Json | None:
        """Return an object, None if it does not exist."""
        try:
            return self.get(path)
        except ApiFailure as failure:
            if failure.status == 404:
                return None
            raise

    def list(self, path: str, **query: Any) -> Sequence[Json]:
        """Return the items of a list."""
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
        """Return the same cluster with a token limited to the RBAC ``rules`` of a ClusterRole."""
        return self.granted([{"kind": "ClusterRole", "rules": list(rules)}])

    def granted(self, roles: Sequence[Json]) -> Cluster:
        """Return the same cluster with a token limited to Roles and ClusterRoles, whose names do not matter."""
        user, token = next(self.spare_tokens)
        self.bind({"kind": "User", "name": user}, roles)
        account = self.with_token(token, user)
        wait_until_allowed(account.client, roles)
        return account

    def with_token(self, token: str, name: str) -> Cluster:
        """Return the same cluster with another token, in a kubeconfig of that name."""
        kubeconfig = self.kubeconfig.with_name(f"{name}.kubeconfig")
        write_kubeconfig(kubeconfig, self.name, self.server, self.ca_file, token)
        client = Client(self.server, self.ca_file, token)
        return dataclasses.replace(self, token=token, kubeconfig=kubeconfig, client=client)

    def bind(self, subject: Json, roles: Sequence[Json]) -> None:
        """Create Roles and ClusterRoles named after a user or group, and bind them to it."""
        for number, role in enumerate(roles):
            name = f"{subject['name']}-{number}" if number else subject["name"]
            place = {key: role["metadata"][key] for key in ("namespace",) if key in role.get("metadata", {})}
            kind, head = role["kind"], {"apiVersion": f"{_RBAC}/v1", "metadata": {"name": name, **place}}
            binding = {
                "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name},
                "subjects": [{"apiGroup": _RBAC, **subject}],
            }
            manifests: list[Json] = [
                {**head, "kind": kind, "rules": role["rules"]},
                {**head, "kind": f"{kind}Binding", **binding},
            ]
            for manifest in manifests:
                self.post(collection(manifest), manifest)


_RBAC = "rbac.authorization.k8s.io"


def wait_until_allowed(client: Client, roles: Sequence[Json]) -> None:
    """Wait until the API server applies a new binding, which a real one does after a delay."""
    for role in roles:
        _wait_for(client, role)


def _wait_for(client: Client, role: Json) -> None:
    rule = next((rule for rule in role["rules"] if rule.get("resources")), None)
    if rule is None:
        return
    resource, _, subresource = rule["resources"][0].partition("/")
    attributes = {"verb": rule["verbs"][0], "group": rule["apiGroups"][0]}
    attributes |= {"resource": resource, "subresource": subresource, "name": (rule.get("resourceNames") or [""])[0]}
    attributes |= {"namespace": role.get("metadata", {}).get("namespace", "")}
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    body = {**kind, "spec": {"resourceAttributes": attributes}}

    def is_allowed() -> bool:
        answer = client.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body)
        return bool(answer["status"]["allowed"])

    wait_until(is_allowed, "the API server does not apply a new binding", 10)


def write_kubeconfig(path: Path, name: str, server: str, ca_file: Path, token: str) -> None:
    """Write a self-contained kubeconfig."""
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
