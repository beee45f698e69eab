# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else at work: a client of ours that lets a rival act between each read and write, and the rival."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster as OurCluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import ApiServerConnection
from tests.support.testbed import Cluster
from tests.system.realapi.installation import find
from tests.system.realapi.leaves import Leaves, leaves, put

Json = dict[str, Any]


class RacedCluster(OurCluster):
    """Calls ``meanwhile`` with an object's path before each of our writes to it is sent."""

    def __init__(self, cluster: Cluster, meanwhile: Callable[[str], None]) -> None:
        super().__init__(ApiServerConnection({"kubeconfig": str(cluster.kubeconfig)}, Secrets()))
        self._meanwhile = meanwhile

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None, dry_run: bool = False) -> Json:
        self._meanwhile(f"{path}/{body['metadata']['name']}" if verb == "post" and body else path)
        return super().write(verb, path, body, dry_run)


class Rival:
    """Edits objects by reading and writing them back, as a console does."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def act(self, path: str, edits: Leaves | None) -> bool:
        """Edit, make or (None) delete an object; return whether that changed anything."""
        live = find(self._cluster, path)
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
    """An object with nothing in it but what its path says."""
    *root, resource, name = path.strip("/").split("/")
    group = root[1:3] if root[0] == "apis" else root[1:2]
    kind = {"secrets": "Secret", "configmaps": "ConfigMap", "configs": "Config", "receivers": "Receiver"}[resource]
    namespace = {"namespace": root[-1]} if "namespaces" in root else {}
    spec: Json = {} if kind in ("Secret", "ConfigMap") else {"spec": {"dingtalk": {}}}
    return {"apiVersion": "/".join(group), "kind": kind, "metadata": {"name": name, **namespace}, **spec}
