# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of a registry's cluster, which the journal stores with each attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.errors import OperationError
from ..._core.masking import Secrets
from ..._core.texts.base_url import server_identity
from ..._kubernetes import shared_configmap
from ..._kubernetes.client import Cluster
from ..._kubernetes.errors import ClusterError

#: Its UID survives the loss of the ConfigMap. Many accounts may read it: in KubeSphere 4 it has the cluster's name.
NAMESPACE = f"/api/v1/namespaces/{shared_configmap.NAMESPACE}"


@dataclass(frozen=True)
class RegistryId:
    """A registry's cluster. ``uid`` is that of its namespace, empty if the account may not read it."""

    server: str
    uid: str = ""

    @classmethod
    def of(cls, cluster: Cluster) -> RegistryId:
        """Query a cluster; never raises ``ClusterError``."""
        try:
            namespace = cluster.get(NAMESPACE) or {}
        except ClusterError:
            namespace = {}
        return cls(server_identity(cluster.server), str((namespace.get("metadata") or {}).get("uid") or ""))

    @classmethod
    def of_access(cls, access: Any, secrets: Secrets) -> RegistryId | None:
        """Return the identity of a cluster that cannot be read, from access options; None without usable ones."""
        if not isinstance(access, Mapping):
            return None
        try:
            return cls(server_identity(Cluster.connect(access, secrets).server))
        except OperationError:
            return None

    @classmethod
    def parse(cls, value: Any) -> RegistryId:
        """Return the identity in a record; raises ``ValueError``."""
        server, uid = (value.get("server"), value.get("uid", "")) if isinstance(value, Mapping) else (None, None)
        if not isinstance(server, str) or not isinstance(uid, str) or not server:
            raise ValueError("no registry")
        return cls(server, uid)

    def as_record(self) -> dict[str, str]:
        """Return the identity for a record."""
        return {"server": self.server, **({"uid": self.uid} if self.uid else {})}

    def is_same(self, other: RegistryId) -> bool:
        """Compare two clusters, by their URL only if one of the UIDs is unknown."""
        if self.uid and other.uid:
            return self.uid == other.uid
        return self.server == other.server
