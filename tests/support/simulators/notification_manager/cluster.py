# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that notification-manager reads from a cluster through the Kubernetes API."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

GROUP = "notification.kubesphere.io"
VERSIONS = ("v2beta2", "v2beta1")
TIMEOUT = 10

Json = dict[str, Any]


class ClusterError(Exception):
    """The cluster could not be read; the message contains no secrets."""


@dataclass(frozen=True)
class ClusterAccess:
    """The connection to a cluster, and its KubeSphere version."""

    server: str
    ca_file: str
    token: str = field(repr=False)
    version: str
    """KubeSphere's version, such as `3.3`."""
    pod_namespace: str = "kubesphere-monitoring-system"

    @property
    def modern(self) -> bool:
        """Whether it ships notification-manager 2.x (KubeSphere 3.4 and later)."""
        major, minor = self.version.lstrip("v").split(".")[:2]
        return (int(major), int(minor)) >= (3, 4)


@dataclass(frozen=True)
class Settings:
    """The objects, and the spec of the NotificationManager; Routers and Silences exist since KubeSphere 3.4."""

    receivers: list[Json]
    configs: list[Json]
    manager: Json
    routers: list[Json] = field(default_factory=list)
    silences: list[Json] = field(default_factory=list)


class Reader:
    """Read the settings anew at every call, so that rotated Secrets need no restart."""

    def __init__(self, cluster: ClusterAccess) -> None:
        self._cluster = cluster
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {cluster.token}"

    def settings(self) -> Settings:
        """Read Receivers, Configs and the NotificationManager. Raises ClusterError, also if it does not exist."""
        version = next((one for one in VERSIONS if self._items(one, "receivers") is not None), None)
        if version is None:
            raise ClusterError(f"no version of {GROUP} is served")
        managers = self._items(version, "notificationmanagers") or []
        if not managers:
            raise ClusterError("NotificationManager not found")
        return Settings(
            receivers=self._items(version, "receivers") or [],
            configs=self._items(version, "configs") or [],
            manager=managers[0].get("spec") or {},
            routers=(self._items(version, "routers") or []) if self._cluster.modern else [],
            silences=(self._items(version, "silences") or []) if self._cluster.modern else [],
        )

    def credential(self, credential: Mapping[str, Any] | None, manager: Json) -> str:
        """Resolve a credential of either API version. Raises ClusterError.

        A reference without a namespace refers to the default one. A missing key is an empty value in
        notification-manager 2.x, and an error before.
        """
        if not credential:
            raise ClusterError("credential is nil")
        if "value" in credential:
            return str(credential["value"])
        reference = (credential.get("valueFrom") or {}).get("secretKeyRef") or credential
        name, key = reference.get("name"), reference.get("key")
        if not name or not key:
            raise ClusterError("credential is nil")
        space = self._space(reference, manager)
        secret = self._get(f"/api/v1/namespaces/{space}/secrets/{name}")
        if secret is None:
            raise ClusterError(f'Secret "{name}" not found')
        data = secret.get("data") or {}
        if key not in data and not self._cluster.modern:
            raise ClusterError(f'Secret "{name}" has no key "{key}"')
        return base64.b64decode(data.get(key, "")).decode()

    def config_map(self, reference: Mapping[str, Any], manager: Json) -> list[str]:
        """Return the values of a ConfigMap, or that of one key. Raises ClusterError."""
        space, name = self._space(reference, manager), reference["name"]
        found = self._get(f"/api/v1/namespaces/{space}/configmaps/{name}")
        data: dict[str, str] = (found or {}).get("data") or {}
        if found is None or (reference.get("key") and reference["key"] not in data):
            raise ClusterError(f'ConfigMap "{name}" or its key not found')
        return [data[reference["key"]]] if reference.get("key") else list(data.values())

    def _space(self, reference: Mapping[str, Any], manager: Json) -> str:
        return str(reference.get("namespace") or manager.get("defaultSecretNamespace") or self._cluster.pod_namespace)

    def _items(self, version: str, resource: str) -> list[Json] | None:
        found = self._get(f"/apis/{GROUP}/{version}/{resource}")
        return None if found is None else list(found.get("items") or [])

    def _get(self, path: str) -> Json | None:
        """Return an object, None for 404."""
        try:
            answer = self._session.get(self._cluster.server + path, verify=self._cluster.ca_file, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise ClusterError(f"GET {path}: {type(error).__name__}") from None
        if answer.status_code == requests.codes.not_found:
            return None
        if answer.status_code != requests.codes.ok:
            raise ClusterError(f"GET {path}: HTTP {answer.status_code}")
        found: Json = answer.json()
        return found
