# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's multi-cluster management: the host's Cluster objects, and the objects that kubefed copies to members."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.testbed.client import ApiFailure
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.objects import FEDERATED, new_object
from tests.support.testbed.installer.releases import RELEASES, Release
from tests.support.testbed.paths import collection, path

if TYPE_CHECKING:
    from tests.support.testbed.fleet import ClusterSpec

Json = dict[str, Any]

#: The default name of the host cluster.
HOST_CLUSTER = "host"
GROUP = "notification.kubesphere.io"
MARK = "kubefed.io/managed"
SECRET_MARK = "notification.kubesphere.io/managed"


def registered_clusters(release: Release, members: Mapping[str, Path]) -> list[Json]:
    """Return the ``Cluster`` objects of a host: its own, and one with a kubeconfig for each member."""
    host = _registered(release, HOST_CLUSTER, {"cluster-role.kubesphere.io/host": ""}, {"type": "direct"})
    return [host, *(_member(release, name, kubeconfig) for name, kubeconfig in members.items())]


def _member(release: Release, name: str, kubeconfig: Path) -> Json:
    content = base64.b64encode(kubeconfig.read_bytes()).decode()
    return _registered(release, name, {}, {"type": "direct", "kubeconfig": content})


def _registered(release: Release, name: str, labels: Json, connection: Json) -> Json:
    ready = {"type": "Ready", "status": "True", "reason": "Ready", "message": "Cluster is available now"}
    status: Json = {"kubernetesVersion": "v1.34.4", "kubeSphereVersion": release.text, "nodeCount": 1}
    spec: Json = {"enable": True, "provider": "", "connection": connection}
    if release.installer:
        spec["joinFederation"] = True
    status["conditions"] = [ready]
    return new_object("cluster.kubesphere.io/v1alpha1", "Cluster", name, labels=labels, spec=spec, status=status)


def federate(host: Cluster, members: Iterable[Cluster]) -> None:
    """Run one pass of the control loops of KubeSphere 3.x: its notification controller and kubefed.

    They copy the host's Configs, Receivers and marked Secrets, from 3.4 on also its other notification kinds, to the
    members, with labels and spec of the host. Direct edits there are reverted, and copies of deleted objects are
    deleted.
    """
    release = RELEASES[host.version]
    wanted = list(_federated(host, release))
    for item in wanted:
        host.patch(path(item), {"metadata": {"labels": {MARK: "false"}}})
    for member in members:
        for item in _federated(member, release):
            if item["metadata"].get("labels", {}).get(MARK) == "true" and path(item) not in map(path, wanted):
                member.delete(path(item))
        for item in wanted:
            _copy(member, item)


def spread(fleet: Mapping[str, Cluster], specs: Mapping[str, ClusterSpec]) -> None:
    """Copy the settings of KubeSphere 3.x hosts to their members."""
    for name, spec in specs.items():
        if spec.role == "host" and RELEASES[spec.version].installer:
            federate(fleet[name], [fleet[member] for member, its in specs.items() if its.host == name])


def _copy(member: Cluster, item: Json) -> None:
    metadata = item["metadata"]
    place = {key: metadata[key] for key in ("name", "namespace") if key in metadata}
    labels = {**metadata.get("labels", {}), MARK: "true"}
    content = {key: value for key, value in item.items() if key in ("spec", "data", "type")}
    copied = {
        "apiVersion": item["apiVersion"],
        "kind": item["kind"],
        "metadata": {**place, "labels": labels},
        **content,
    }
    try:
        member.post(collection(item), copied)
    except ApiFailure as failure:
        if failure.status != 409:
            raise
        revision = member.get(path(item))["metadata"]["resourceVersion"]
        member.put(path(item), {**copied, "metadata": {**copied["metadata"], "resourceVersion": revision}})


def _federated(cluster: Cluster, release: Release) -> Iterator[Json]:
    version, kinds = "v2beta1", ["Config", "Receiver"]
    if release.language:
        version, kinds = "v2beta2", [*kinds, "NotificationManager", "Router", "Silence"]
    for kind in kinds:
        root = {"apiVersion": f"{GROUP}/{version}", "kind": kind}
        yield from ({**item, **root} for item in cluster.list(f"/apis/{GROUP}/{version}/{kind.lower()}s"))
    secrets = cluster.list(f"/api/v1/namespaces/{FEDERATED}/secrets", labelSelector=f"{SECRET_MARK}=true")
    yield from ({**item, "apiVersion": "v1", "kind": "Secret"} for item in secrets)
