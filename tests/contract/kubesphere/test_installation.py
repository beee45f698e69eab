# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a new KubeSphere installation."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
import yaml

from tests.contract.expectations import refused
from tests.support.testbed import Cluster

CLUSTER_CONFIGURATION = (
    "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
)
ALERTMANAGER = "/api/v1/namespaces/kubesphere-monitoring-system/secrets/alertmanager-main"
VERSIONS = {"older": "v3.3.2", "newer": "v3.4.1"}


@pytest.mark.parametrize(
    "name",
    [
        "kubesphere-system",
        "kubesphere-monitoring-system",
        "kubesphere-monitoring-federated",
        "kubesphere-controls-system",
    ],
)
def test_namespaces_exist(cluster: Cluster, name: str) -> None:
    assert cluster.get(f"/api/v1/namespaces/{name}")["status"]["phase"] == "Active"


@pytest.mark.parametrize("release", ["older", "newer"])
def test_version_is_consistent_in_all_objects(fleet: Mapping[str, Cluster], release: str) -> None:
    cluster, version = fleet[release], VERSIONS[release]
    configuration = cluster.get(CLUSTER_CONFIGURATION)
    assert configuration["metadata"]["labels"]["version"] == version
    assert configuration["status"]["core"]["version"] == version
    deployment = cluster.get("/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-apiserver")
    assert deployment["metadata"]["labels"]["version"] == version
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(f":{version}")


def test_monitoring_is_enabled_and_alerting_disabled(cluster: Cluster) -> None:
    configuration = cluster.get(CLUSTER_CONFIGURATION)
    assert configuration["status"]["monitoring"]["status"] == "enabled"
    assert configuration["spec"]["alerting"]["enabled"] is False
    assert "alerting" not in configuration["status"]
    assert configuration["spec"]["multicluster"]["clusterRole"] == "none"


@pytest.mark.parametrize(("release", "receivers"), [("older", 5), ("newer", 6)])
def test_alertmanager_has_its_default_document(fleet: Mapping[str, Cluster], release: str, receivers: int) -> None:
    secret = fleet[release].get(ALERTMANAGER)
    document = yaml.safe_load(base64.b64decode(secret["data"]["alertmanager.yaml"]))
    assert document["route"]["receiver"] == "Default"
    assert document["route"]["repeat_interval"] == "12h"
    assert [route["receiver"] for route in document["route"]["routes"]][-3:] == ["event", "auditing", "prometheus"]
    assert len(document["receivers"]) == receivers
    assert secret["metadata"]["labels"]["app.kubernetes.io/name"] == "alertmanager"


@pytest.mark.parametrize("version", ["v2beta1", "v2beta2"])
def test_notification_manager_exists_in_both_versions(older: Cluster, version: str) -> None:
    manager = older.get(f"/apis/notification.kubesphere.io/{version}/notificationmanagers/notification-manager")
    assert manager["spec"]["defaultSecretNamespace"] == "kubesphere-monitoring-federated"
    assert manager["spec"]["receivers"]["tenantKey"] == "user"


def test_notification_settings_do_not_exist(cluster: Cluster) -> None:
    federated = "/api/v1/namespaces/kubesphere-monitoring-federated"
    assert refused(cluster.get, f"{federated}/secrets/global-dingtalk-config-secret")["code"] == 404
    for path in ("configs/default-dingtalk-config", "receivers/global-dingtalk-receiver"):
        assert refused(cluster.get, f"/apis/notification.kubesphere.io/v2beta2/{path}")["code"] == 404


def test_console_settings_contain_the_cluster_role(cluster: Cluster) -> None:
    found = cluster.get("/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-config")
    assert yaml.safe_load(found["data"]["kubesphere.yaml"])["multicluster"]["clusterRole"] == "none"
