# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade a cluster from KubeSphere 3.4 to KubeSphere 4 as KubeSphere's own ks-upgrade does.

Its job for notifications removes the kinds of notification-manager, installs whizard-notification and restores Configs,
Receivers, Routers and Silences; NotificationManager is lost. Secrets and ConfigMaps are copied to the namespace of the
extension. Its job for alerting installs whizard-alerting without the URL of an Alertmanager.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.definitions import definitions
from tests.support.testbed.installer.documents import documents
from tests.support.testbed.installer.extensions import OFFERED, install_plan
from tests.support.testbed.installer.install import POLL_SECONDS, READY_SECONDS, create, wait_until_served
from tests.support.testbed.installer.objects import FEDERATED, MONITORING
from tests.support.testbed.installer.releases import RELEASES
from tests.support.testbed.paths import collection, path
from tests.support.testbed.waiting import wait_until

Json = dict[str, Any]

CONFIGURATION = "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
ALERTMANAGER = f"/api/v1/namespaces/{MONITORING}/secrets/alertmanager-main"
GROUP = "notification.kubesphere.io"
RESTORED = ("Config", "Receiver", "Router", "Silence")
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def upgrade_to_extensions(cluster: Cluster, version: str = "4.1", keeps_configuration: bool = False) -> Cluster:
    """Return the same single cluster with KubeSphere 4; ``keeps_configuration``: ClusterConfiguration remains."""
    release = RELEASES[version]
    saved = [item for kind in RESTORED for item in _listed(cluster, f"{GROUP}/v2beta2", kind)]
    _remove_kinds(cluster)
    for crd in definitions(release, None):
        if cluster.find(path(crd)) is None:
            cluster.post(collection(crd), crd)
        wait_until_served(cluster.client, crd)
    for item in [*saved, *_copies(cluster)]:
        cluster.post(collection(item), item)
    if not keeps_configuration:
        cluster.delete(CONFIGURATION)
    cluster.delete(ALERTMANAGER)
    for document in documents(release, cluster.name, "none"):
        if cluster.find(path(document)) is None:
            create(cluster.client, document)
        else:
            cluster.patch(path(document), document)
    name = "whizard-alerting"
    plan = install_plan(name, dict(release.extensions).get(name, OFFERED[name][0]), "Multicluster")
    plan["spec"]["clusterScheduling"]["placement"]["clusters"] = [cluster.name]
    create(cluster.client, plan)
    return dataclasses.replace(cluster, version=version)


def _remove_kinds(cluster: Cluster) -> None:
    """Remove the kinds of notification-manager, and wait until a real API server has deleted their objects."""
    places = [f"{CRDS}/{crd['metadata']['name']}" for crd in cluster.list(CRDS) if crd["spec"]["group"] == GROUP]
    for place in places:
        cluster.delete(place)
    wait_until(
        lambda: not any(cluster.find(place) for place in places),
        "the kinds of notification-manager are not removed",
        READY_SECONDS,
        POLL_SECONDS,
    )


def _copies(cluster: Cluster) -> list[Json]:
    """Return the copies of Secrets and ConfigMaps, which have the labels and data of the former ones."""
    return [
        {**item, "metadata": {**item["metadata"], "namespace": MONITORING}}
        for kind in ("Secret", "ConfigMap")
        for item in _listed(cluster, "v1", kind, FEDERATED)
        if cluster.find(path({**item, "metadata": {**item["metadata"], "namespace": MONITORING}})) is None
    ]


def _listed(cluster: Cluster, api_version: str, kind: str, namespace: str = "") -> list[Json]:
    """Return objects without the fields that the API server sets."""
    head = {"apiVersion": api_version, "kind": kind}
    place = {"namespace": namespace} if namespace else {}
    return [
        {
            **{key: value for key, value in item.items() if key != "status"},
            **head,
            "metadata": {
                key: value
                for key, value in item["metadata"].items()
                if key in ("name", "namespace", "labels", "annotations")
            },
        }
        for item in cluster.list(collection({**head, "metadata": place}))
    ]
