# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Concurrent edits: another editor, and a client whose writes this editor always precedes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster as ClientCluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import ApiServerConnection
from tests.support.testbed import Cluster
from tests.system.realapi.leaves import Leaves, leaves, put

Json = dict[str, Any]


class RacedCluster(ClientCluster):
    """A cluster client that calls ``before_write`` with an object's path before each write."""

    def __init__(self, cluster: Cluster, before_write: Callable[[str], None]) -> None:
        connection = ApiServerConnection({"kubeconfig": str(cluster.kubeconfig)}, Secrets())
        super().__init__(connection, sleep=lambda _seconds: None)
        self._before_write = before_write

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None, dry_run: bool = False) -> Json:
        self._before_write(f"{path}/{body['metadata']['name']}" if verb == "post" and body else path)
        return super().write(verb, path, body, dry_run)


class OtherEditor:
    """Edits objects by a read and a write of the whole object, as a console does."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def edit(self, path: str, edits: Leaves | None) -> bool:
        """Edit, create or (None) delete an object; return whether anything changed."""
        live = self._cluster.find(path)
        if edits is None:
            if live:
                self._cluster.delete(path)
            return live is not None
        manifest = live or head(path)
        before = leaves(manifest)
        for leaf, value in edits.items():
            put(manifest, leaf, value)
        if live is None:
            self._cluster.post(path.rpartition("/")[0], manifest)
            return True
        if leaves(manifest) != before:
            self._cluster.put(path, manifest)
        return leaves(manifest) != before


def head(path: str) -> Json:
    """Return an object with only the identity that its path has."""
    *root, resource, name = path.strip("/").split("/")
    group = root[1:3] if root[0] == "apis" else root[1:2]
    kind = {"secrets": "Secret", "configmaps": "ConfigMap", "configs": "Config", "receivers": "Receiver"}[resource]
    namespace = {"namespace": root[-1]} if "namespaces" in root else {}
    spec: Json = {} if kind in ("Secret", "ConfigMap") else {"spec": {"dingtalk": {}}}
    return {"apiVersion": "/".join(group), "kind": kind, "metadata": {"name": name, **namespace}, **spec}
