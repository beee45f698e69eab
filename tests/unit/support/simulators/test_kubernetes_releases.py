# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between KubeSphere's releases and roles in an embedded cluster."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

import pytest

from tests.support.testbed import ApiFailure, Cluster, ClusterSpec, clusters
from tests.support.testbed.installer.multicluster import federate

SPECS: Mapping[str, str | ClusterSpec] = {
    "v31": "3.1",
    "v32": "3.2",
    "v33": "3.3",
    "v34": "3.4",
    "v41": "4.1",
    "v42": "4.2",
    "host": ClusterSpec("3.4", "host"),
    "member": ClusterSpec("4.1", "member"),
    "east": ClusterSpec("3.4", "member", host="host"),
    "old": ClusterSpec("3.2", "host"),
    "older": ClusterSpec("3.2", "member", host="old"),
}
INSTALLER = "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
CLUSTERS = "/apis/cluster.kubesphere.io/v1alpha1/clusters"
DEPLOYMENTS = "/apis/apps/v1/namespaces/kubesphere-system/deployments"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    with clusters(SPECS, tmp_path_factory.mktemp("fleet")) as started:
        yield started


def versions(cluster: Cluster, group: str) -> list[str]:
    groups = {found["name"]: found["versions"] for found in cluster.get("/apis")["groups"]}
    return [version["version"] for version in groups.get(group, [])]


@pytest.mark.parametrize(
    ("name", "notification", "alerting", "text"),
    [
        ("v31", ["v2beta1"], False, "v3.1.1"),
        ("v32", ["v2beta2", "v2beta1"], False, "v3.2.1"),
        ("v33", ["v2beta2", "v2beta1"], False, "v3.3.2"),
        ("v34", ["v2beta2", "v2beta1"], True, "v3.4.1"),
        ("v41", ["v2beta2"], False, "v4.1.3"),
        ("v42", ["v2beta2"], False, "v4.2.1"),
    ],
)
def test_release_serves_its_versions(
    fleet: Mapping[str, Cluster], name: str, notification: list[str], alerting: bool, text: str
) -> None:
    cluster = fleet[name]
    assert versions(cluster, "notification.kubesphere.io") == notification
    assert bool(versions(cluster, "alerting.kubesphere.io")) is alerting
    assert cluster.get(f"{DEPLOYMENTS}/ks-apiserver")["metadata"]["labels"]["version"] == text


def test_release_4_1_has_extensions_and_no_installer(fleet: Mapping[str, Cluster]) -> None:
    cluster = fleet["v41"]
    assert versions(cluster, "kubesphere.io") == ["v1alpha1"]
    with pytest.raises(ApiFailure, match="404"):
        cluster.get(INSTALLER)
    with pytest.raises(ApiFailure, match="404"):
        cluster.get("/api/v1/namespaces/kubesphere-monitoring-system/secrets/alertmanager-main")


def test_host_has_the_cluster_role_host(fleet: Mapping[str, Cluster]) -> None:
    assert fleet["host"].get(INSTALLER)["spec"]["multicluster"]["clusterRole"] == "host"


def test_member_of_4_1_runs_an_agent_and_has_no_notification_kinds(fleet: Mapping[str, Cluster]) -> None:
    member = fleet["member"]
    assert [item["metadata"]["name"] for item in member.list(DEPLOYMENTS)] == ["ks-agent"]
    assert versions(member, "notification.kubesphere.io") == []
    annotations = member.get("/api/v1/namespaces/kubesphere-system")["metadata"]["annotations"]
    assert annotations["cluster.kubesphere.io/name"] == "member"


def test_kubeconfig_connects_to_the_cluster(fleet: Mapping[str, Cluster]) -> None:
    from kubernetes import client, config

    configuration = client.Configuration()
    config.load_kube_config(str(fleet["v34"].kubeconfig), client_configuration=configuration)
    with client.ApiClient(configuration) as api:
        names = [item.metadata and item.metadata.name for item in client.CoreV1Api(api).list_namespace().items]
    assert "kubesphere-monitoring-federated" in names


def test_host_and_members_are_registered_at_the_host(fleet: Mapping[str, Cluster]) -> None:
    known = {item["metadata"]["name"]: item for item in fleet["host"].list(CLUSTERS)}
    assert list(known) == ["east", "host"]
    assert known["host"]["metadata"]["labels"] == {"cluster-role.kubesphere.io/host": ""}
    assert base64.b64decode(known["east"]["spec"]["connection"]["kubeconfig"]) == fleet["east"].kubeconfig.read_bytes()
    assert known["east"]["status"]["conditions"][0]["type"] == "Ready"


def test_release_4_1_has_installed_notification_and_offers_alerting(fleet: Mapping[str, Cluster]) -> None:
    plans = {item["metadata"]["name"]: item for item in fleet["v41"].list("/apis/kubesphere.io/v1alpha1/installplans")}
    assert plans["whizard-notification"]["status"]["state"] == "Installed"
    assert "whizard-alerting" not in plans
    offered = fleet["v41"].get("/apis/kubesphere.io/v1alpha1/extensions/whizard-alerting")
    assert offered["status"]["recommendedVersion"] == "1.0.3"


@pytest.mark.parametrize(
    ("host", "member", "version", "manager"), [("host", "east", "v2beta2", True), ("old", "older", "v2beta1", False)]
)
def test_federation_copies_the_kinds_of_the_release(
    fleet: Mapping[str, Cluster], host: str, member: str, version: str, manager: bool
) -> None:
    receivers = f"/apis/notification.kubesphere.io/{version}/receivers"
    managers = f"/apis/notification.kubesphere.io/{version}/notificationmanagers/notification-manager"
    name = {"metadata": {"name": "one", "labels": {"type": "global"}}}
    spec = {"dingtalk": {"conversation": {"chatids": ["c1"]}}}
    whole = {"apiVersion": f"notification.kubesphere.io/{version}", "kind": "Receiver", **name, "spec": spec}
    fleet[host].post(receivers, whole)
    options = {"spec": {"receivers": {"options": {"global": {"cluster": "prod-1"}}}}}
    fleet[host].patch(managers, options)
    federate(fleet[host], [fleet[member]])
    copied = fleet[member].get(f"{receivers}/one")
    assert copied["metadata"]["labels"] == {"type": "global", "kubefed.io/managed": "true"}
    assert fleet[host].get(f"{receivers}/one")["metadata"]["labels"]["kubefed.io/managed"] == "false"
    copied_cluster = fleet[member].get(managers)["spec"]["receivers"]["options"]["global"].get("cluster")
    assert copied_cluster == ("prod-1" if manager else None)
    fleet[member].patch(f"{receivers}/one", {"spec": {"dingtalk": {"conversation": {"chatids": ["edited"]}}}})
    federate(fleet[host], [fleet[member]])
    assert fleet[member].get(f"{receivers}/one")["spec"]["dingtalk"]["conversation"]["chatids"] == ["c1"]
    fleet[host].delete(f"{receivers}/one")
    federate(fleet[host], [fleet[member]])
    assert fleet[member].list(receivers) == []
