# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that KubeSphere's installer creates in a cluster, in addition to its CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.testbed.installer.definitions import genuine_folder
from tests.support.testbed.installer.extensions import extensions
from tests.support.testbed.installer.message_templates import message_templates
from tests.support.testbed.installer.monitoring import alertmanager, prometheus
from tests.support.testbed.installer.multicluster import HOST_CLUSTER, registered_clusters
from tests.support.testbed.installer.objects import FEDERATED, MONITORING, OWN, SYSTEM, new_object
from tests.support.testbed.installer.releases import Release
from tests.support.testbed.installer.targets import nodes, workload

Json = dict[str, Any]

_INSTALLED = "2024-01-01T00:00:00UTC"


def documents(release: Release, name: str, role: str, members: Mapping[str, Path] | None = None) -> list[Json]:
    """Return the objects in the order of creation.

    ``role`` is the multi-cluster role (host, member or none), ``name`` the cluster's name, ``members`` maps the
    members of a host to their kubeconfigs.
    """
    agent = "ks-agent" if role == "member" and not release.installer else "ks-apiserver"
    found = [
        *(_namespace(namespace, release, name, role) for namespace in release.namespaces),
        *nodes(name),
        workload("Deployment", "coredns", "kube-system"),
        _deployment(agent, release),
        _service(SYSTEM, agent, [{"name": "http", "port": 80, "targetPort": 9090}]),
    ]
    if agent != "ks-agent":
        found += [_kubesphere_config(role), *_notification(release)]
    if release.installer:
        found += [_cluster_configuration(release, role), *_alertmanager(release), prometheus(), alertmanager()]
    elif role != "member":
        found += extensions(release)
    if role == "host":
        found += registered_clusters(release, members or {})
    return found


def _namespace(namespace: str, release: Release, name: str, role: str) -> Json:
    found = new_object("v1", "Namespace", namespace)
    if not release.installer and namespace == SYSTEM:
        annotations = {"cluster.kubesphere.io/name": HOST_CLUSTER if role == "host" else name}
        if role == "member":
            annotations["cluster.kubesphere.io/host-cluster"] = HOST_CLUSTER
        found["metadata"]["annotations"] = annotations
    return found


def _service(namespace: str, name: str, ports: list[Json]) -> Json:
    return new_object("v1", "Service", name, namespace, spec={"ports": ports, "selector": {"app": name}})


def _deployment(name: str, release: Release) -> Json:
    labels = {"app": name, "tier": "backend"}
    container = {"name": name, "image": f"kubesphere/{name}:{release.text}"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return new_object("apps/v1", "Deployment", name, SYSTEM, labels={**labels, "version": release.text}, spec=spec)


def _kubesphere_config(role: str) -> Json:
    content = {
        "monitoring": {"endpoint": f"http://prometheus-operated.{MONITORING}.svc:9090"},
        "multicluster": {"clusterRole": role, "enable": role == "host"},
        "notification": {"endpoint": f"http://notification-manager-svc.{MONITORING}.svc:19093"},
    }
    return new_object("v1", "ConfigMap", "kubesphere-config", SYSTEM, data={"kubesphere.yaml": yaml.safe_dump(content)})


def _notification(release: Release) -> list[Json]:
    receivers: Json = {
        "globalReceiverSelector": {"matchLabels": {"type": "global"}},
        "tenantReceiverSelector": {"matchLabels": {"type": "tenant"}},
        "tenantKey": "user",
        "options": {"global": {}},
    }
    spec: Json = {"replicas": 1, "defaultConfigSelector": {"matchLabels": {"type": "default"}}, "receivers": receivers}
    if FEDERATED in release.namespaces:
        spec["defaultSecretNamespace"] = FEDERATED
    if release.tenant_sidecar:
        spec["sidecars"] = {
            "tenant": {"name": "tenant", "type": "kubesphere", "image": "kubesphere/notification-tenant-sidecar:v3.2.0"}
        }
    if release.language:
        spec |= _languages(release)
    else:
        receivers["options"]["global"] = {"templateFile": ["/etc/notification-manager/template"]}
    version = f"notification.kubesphere.io/{release.notification[-1]}"
    return [
        new_object(version, "NotificationManager", "notification-manager", spec=spec),
        _service(MONITORING, "notification-manager-svc", [{"name": "webhook", "port": 19093}]),
        *(message_templates() if release.language else []),
    ]


def _languages(release: Release) -> Json:
    own = ["alertname", "namespace"] if release.installer else ["cluster", "namespace", "alerttype", "alertname"]
    return {
        "groupLabels": own,
        "batchMaxSize": 100,
        "batchMaxWait": "1m",
        "routePolicy": "All",
        "template": {
            "language": "English",
            "languagePack": [{"name": "zh-cn", "namespace": MONITORING}],
            "text": {"name": "notification-manager-template", "namespace": MONITORING},
            "reloadCycle": "1m",
        },
    }


def _cluster_configuration(release: Release, role: str) -> Json:
    folder = genuine_folder(release) or OWN
    found = _yaml(folder / "cluster-configuration.yaml")
    enabled = {"status": "enabled", "enabledTime": _INSTALLED}
    return {
        **found,
        "metadata": {**found["metadata"], "labels": {"version": release.text}},
        "spec": {**found["spec"], "multicluster": {"clusterRole": role}},
        "status": {"core": {**enabled, "version": release.text}, "monitoring": enabled},
    }


def _alertmanager(release: Release) -> list[Json]:
    folder = genuine_folder(release)
    secret = _yaml(folder / "alertmanager-secret.yaml") if folder else _own_alertmanager_secret(release)
    ports: list[Json] = [{"name": "web", "port": 9093}]
    return [secret, _service(MONITORING, "alertmanager-main", ports)]


def _own_alertmanager_secret(release: Release) -> Json:
    part = {"name": "alertmanager", "instance": "main", "component": "alert-router", "part-of": "kube-prometheus"}
    labels = {f"app.kubernetes.io/{key}": value for key, value in part.items()} if release.labelled_alertmanager else {}
    texts = {"alertmanager.yaml": alertmanager_text(release)}
    return new_object("v1", "Secret", "alertmanager-main", MONITORING, labels=labels, type="Opaque", stringData=texts)


def alertmanager_text(release: Release) -> str:
    """Return this project's default configuration; lines with a release remark are omitted for earlier releases."""
    remark = "  # from 3.4"
    lines = (OWN / "alertmanager.yaml").read_text().splitlines()
    served = [line for line in lines if release.inhibitor or not line.endswith(remark)]
    start = next(number for number, line in enumerate(served) if not line.startswith("#"))
    return "".join(f"{line.removesuffix(remark)}\n" for line in served[start:])


@cache
def _yaml(path: Path) -> Json:
    found: Json = yaml.safe_load(path.read_text())
    return found
