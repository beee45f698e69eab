# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host and members: merged options, options that must be equal, and declared roles that differ from the actual ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import CLUSTER_CONFIGURATION
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import cluster_info
from tests.support.inprocess import apply_features
from tests.support.inprocess import run as run_operation
from tests.support.testbed import ApiFailure, Cluster, ClusterSpec, clusters
from tests.support.testbed.console import read_back
from tests.support.testbed.installer.multicluster import federate

Json = dict[str, Any]

RECEIVER = "/apis/notification.kubesphere.io/v2beta2/receivers/global-dingtalk-receiver"
WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=t"
SHARED: Json = {
    "dingtalk_app_key": "key",
    "dingtalk_app_secret": "planted-app-secret",
    "dingtalk_chats": {name: {"name": name, "chat_id": f"chat-{name}"} for name in ("ops", "lab", "shop")},
    "dingtalk_robots": {name: {"webhook": f"{WEBHOOK}{name}"} for name in ("duty", "night")},
}
SPECS: Mapping[str, str | ClusterSpec] = {
    "host": ClusterSpec("3.4", "host"),
    "east": ClusterSpec("3.4", "member", "host"),
    "west": ClusterSpec("3.4", "member", "host"),
    "four": ClusterSpec("4.1", "host"),
    "edge": ClusterSpec("4.1", "member", "four"),
    "alone": "3.4",
}


@pytest.fixture
def fleet(tmp_path: Any) -> Iterator[Mapping[str, Cluster]]:
    with clusters(SPECS, tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def unwritten(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    """The same clusters, for tests that create no Receiver."""
    with clusters(SPECS, tmp_path_factory.mktemp("unwritten")) as started:
        yield started


class Inventory:
    """The variables of hosts; runs ``cluster_config`` for one of them."""

    def __init__(self, fleet: Mapping[str, Cluster], **hosts: Json) -> None:
        self._fleet = fleet
        self._hostvars = {name: {"inventory_hostname": name, **SHARED, **own} for name, own in hosts.items()}

    def apply(self, name: str, *features: str, **options: Any) -> Json:
        access = {"kubeconfig": str(self._fleet[name].kubeconfig), "features": list(features or ["notification"])}
        return apply_features({**access, "wait_timeout": 0, **options}, self._hostvars[name], hostvars=self._hostvars)


def member(**more: Any) -> Json:
    return {"kubesphere_host_cluster": "host", **more}


def test_host_receives_the_chats_of_all_clusters(fleet: Mapping[str, Cluster]) -> None:
    inventory = Inventory(
        fleet,
        host={"notification_chats": ["ops"], "notification_robot": "duty"},
        east=member(notification_chats=["lab", "ops"], notification_robot="duty"),
        west=member(notification_chats=["shop"], notification_robot="duty"),
    )
    result = inventory.apply("host")
    assert list(read_back(fleet["host"]).chat_ids) == ["chat-ops", "chat-lab", "chat-shop"]
    [note] = result["notes"]
    assert "every member (east, west) reach all of these chats" in note
    assert "alert_selector on the label cluster" in note
    assert not inventory.apply("host")["changed"]


def test_host_without_destination_uses_options_of_its_members(fleet: Mapping[str, Cluster]) -> None:
    Inventory(fleet, host={}, east=member(notification_chats=["lab"], notification_robot="night")).apply("host")
    page = read_back(fleet["host"])
    assert (list(page.chat_ids), page.webhook) == (["chat-lab"], f"{WEBHOOK}night")


def test_additional_receivers_of_members_are_written_on_the_host(fleet: Mapping[str, Cluster]) -> None:
    selector = {"matchLabels": {"cluster": "east"}}
    named = {"east-alerts": {"chats": ["lab"], "alert_selector": selector}}
    Inventory(fleet, host={"notification_chats": ["ops"]}, east=member(notification_receivers=named)).apply("host")
    receivers = fleet["host"].list(RECEIVER.rpartition("/")[0])
    found = {item["metadata"]["name"]: item["spec"]["dingtalk"] for item in receivers}
    assert found["east-alerts"]["conversation"]["chatids"] == ["chat-lab"]
    assert found["east-alerts"]["alertSelector"] == selector
    assert found["global-dingtalk-receiver"]["conversation"]["chatids"] == ["chat-ops"]


@pytest.mark.parametrize(
    ("host", "east", "message"),
    [
        (
            {"notification_robot": "duty"},
            {"notification_robot": "night"},
            "notification_robot: is 'duty' on host and 'night' on east",
        ),
        (
            {"notification_chats": ["ops"]},
            {"notification_chats": ["lab"], "notification_enabled": False},
            "notification_enabled: is True on host and False on east",
        ),
        (
            {"notification_chats": ["ops"]},
            {"notification_chats": ["lab"], "dingtalk_app_secret": "planted-other-secret"},
            "dingtalk_app_secret: differs between host and east",
        ),
        (
            {"notification_chats": ["ops"]},
            {"notification_chats": ["ops"], "notification_alert_selector": {"matchLabels": {"severity": "critical"}}},
            "notification_alert_selector: is not set on host and {'matchLabels'",
        ),
        (
            {"notification_receivers": {"more": {"chats": ["ops"]}}},
            {"notification_receivers": {"more": {"chats": ["lab"]}}},
            "notification_receivers.more: differs between host and east",
        ),
        (
            {"notification_state": "absent"},
            {"notification_chats": ["ops"]},
            "notification_state: absent on host, but east configure notifications",
        ),
    ],
)
def test_conflicting_options_are_rejected_with_both_clusters(
    unwritten: Mapping[str, Cluster], host: Json, east: Json, message: str
) -> None:
    result = Inventory(unwritten, host=host, east=member(**east)).apply("host")
    assert result["failed"]
    assert message in result["msg"]
    assert "planted" not in str(result)
    with pytest.raises(ApiFailure, match="404"):
        unwritten["host"].get(RECEIVER)


def test_federated_copy_on_a_member_is_not_modified(fleet: Mapping[str, Cluster]) -> None:
    alone = Inventory(fleet, alone={"notification_chats": ["ops"]})
    alone.apply("alone")
    # The cluster joins: its Receiver becomes KubeSphere's copy of the host's.
    fleet["alone"].patch(CLUSTER_CONFIGURATION, {"spec": {"multicluster": {"clusterRole": "member"}}})
    joined = Inventory(fleet, host={"notification_chats": ["lab"]}, alone=member(notification_chats=["ops"]))
    joined.apply("host")
    federate(fleet["host"], [fleet["alone"]])
    before = fleet["alone"].get(RECEIVER)
    assert before["spec"]["dingtalk"]["conversation"]["chatids"] == ["chat-lab", "chat-ops"]
    for _ in range(2):
        result = joined.apply("alone")
        assert "written on host" in result["notes"][0]
        assert fleet["alone"].get(RECEIVER) == before
    assert not result["changed"]
    joined.apply("alone", state="absent")
    assert fleet["alone"].get(RECEIVER) == before


def test_federation_metadata_is_preserved_on_the_host(fleet: Mapping[str, Cluster]) -> None:
    Inventory(fleet, host={"notification_chats": ["ops"]}).apply("host")
    fleet["host"].patch(RECEIVER, {"metadata": {"annotations": {"reloadtimestamp": "1700000000"}}})
    federate(fleet["host"], [fleet["east"]])
    assert Inventory(fleet, host={"notification_chats": ["ops", "lab"]}).apply("host")["changed"]
    metadata = fleet["host"].get(RECEIVER)["metadata"]
    assert metadata["labels"] == {"type": "global", "kubefed.io/managed": "false"}
    assert metadata["annotations"] == {"reloadtimestamp": "1700000000"}


@pytest.mark.parametrize("name", ["east", "edge"])
def test_member_without_declared_host_is_rejected_with_a_hint(unwritten: Mapping[str, Cluster], name: str) -> None:
    result = Inventory(unwritten, **{name: {"notification_chats": ["ops"]}}).apply(name)
    assert "kubesphere_host_cluster: missing" in result["msg"]
    assert "Add the host cluster to the inventory" in result["msg"]
    assert not Inventory(unwritten, **{name: {}}).apply(name).get("failed")


def test_cluster_that_is_not_a_member_must_not_declare_a_host(unwritten: Mapping[str, Cluster]) -> None:
    result = Inventory(unwritten, host={}, alone=member()).apply("alone")
    assert "is 'host', but this cluster is not a member: its role is single" in result["msg"]


def test_declared_host_must_have_the_role_host(unwritten: Mapping[str, Cluster]) -> None:
    inventory = Inventory(unwritten, alone={}, east={"kubesphere_host_cluster": "alone", "notification_chats": ["ops"]})
    assert (
        "east declares this cluster, whose role is single; declare the host cluster" in inventory.apply("alone")["msg"]
    )


def test_kubesphere_4_member_shares_the_alertmanager_of_its_host(fleet: Mapping[str, Cluster]) -> None:
    route = {"alertmanager_route": {"repeat_interval": "2h"}}
    same = Inventory(fleet, four=route, edge={"kubesphere_host_cluster": "four", **route})
    assert same.apply("four", "alertmanager")["changed"]
    assert not same.apply("edge", "alertmanager")["changed"]
    other = {"kubesphere_host_cluster": "four", "alertmanager_route": {"repeat_interval": "4h"}}
    message = Inventory(fleet, four=route, edge=other).apply("edge", "alertmanager")["msg"]
    assert "alertmanager_route: differs between edge and its host four" in message


def test_secret_created_by_the_kubesphere_4_console_is_used(fleet: Mapping[str, Cluster]) -> None:
    namespace = "kubesphere-monitoring-federated"
    four = fleet["four"]
    four.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    name = {"metadata": {"name": "global-dingtalk-config-secret", "labels": {"type": "global"}}}
    four.post(secrets, {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", **name})
    result = Inventory(fleet, four={"notification_robot": "duty"}).apply("four")
    facts = result["kubesphere_cluster"]
    assert (facts["secret_namespace"], facts["secret_reference_namespace"]) == (namespace, namespace)
    assert "the existing Secret" in facts["assumptions"][0]
    reference = four.get(RECEIVER)["spec"]["dingtalk"]["chatbot"]["webhook"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "global-dingtalk-config-secret", "key": "webhook", "namespace": namespace}
    assert "webhook" in four.get(f"{secrets}/global-dingtalk-config-secret")["data"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("host", ["only written on the host"]),
        ("east", ["only written on the host"]),
        ("four", ["defaultSecretNamespace", "whizard-notification 2.5.9 and 2.7.0, and of whizard-alerting 1.0.3"]),
        ("edge", ["through the API of its host"]),
        ("alone", []),
    ],
)
def test_assumptions_are_reported(unwritten: Mapping[str, Cluster], name: str, expected: list[str]) -> None:
    result = run_operation(cluster_info.OPERATION, {"kubeconfig": str(unwritten[name].kubeconfig)})
    assumptions = result["kubesphere_cluster"]["assumptions"]
    assert len(assumptions) == len(expected)
    assert all(part in assumption for part, assumption in zip(expected, assumptions, strict=True))


def test_newer_release_is_reported_as_warning(fleet: Mapping[str, Cluster]) -> None:
    deployment = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-apiserver"
    fleet["four"].patch(deployment, {"metadata": {"labels": {"version": "v4.9.0"}}})
    result = Inventory(fleet, four={"notification_robot": "duty"}).apply("four")
    assert result["changed"]
    assert "KubeSphere 4.9.0 is newer than this version" in " ".join(result["warnings"])


def test_a_run_without_a_member_leaves_what_the_member_contributed(fleet: Mapping[str, Cluster]) -> None:
    host = {"notification_chats": ["ops"], "notification_robot": "duty"}
    east = member(
        notification_chats=["lab", "ops"],
        notification_robot="duty",
        notification_receivers={"east-alerts": {"chats": ["lab"], "robot": "night"}},
    )
    Inventory(fleet, host=host, east=east).apply("host")
    whole = everything(fleet["host"])
    alone = Inventory(fleet, host=host).apply("host")
    assert everything(fleet["host"]) == whole
    assert (alone["changed"], len(alone["warnings"])) == (False, 3)
    assert all(
        "keeps what east contributed, because this inventory does not have the host" in w for w in alone["warnings"]
    )
    west = member(notification_chats=["shop"], notification_robot="duty")
    Inventory(fleet, host=host, west=west).apply("host")
    assert set(read_back(fleet["host"]).chat_ids) == {"chat-ops", "chat-lab", "chat-shop"}
    # The host no longer wants its chat, which the member still wants.
    Inventory(fleet, host={"notification_robot": "duty"}, west=west).apply("host")
    assert set(read_back(fleet["host"]).chat_ids) == {"chat-ops", "chat-lab", "chat-shop"}
    absent = member(notification_state="absent")
    Inventory(fleet, host={"notification_robot": "duty"}, west=west, east=absent).apply("host")
    assert set(read_back(fleet["host"]).chat_ids) == {"chat-shop"}
    assert "east-alerts" not in everything(fleet["host"])


@pytest.mark.parametrize("retired", [["east"], "gone,east"])
def test_a_retired_host_keeps_nothing(fleet: Mapping[str, Cluster], retired: Any) -> None:
    Inventory(fleet, host={"notification_chats": ["ops"]}, east=member(notification_chats=["lab"])).apply("host")
    result = Inventory(fleet, host={"notification_chats": ["ops"], "kubesphere_retired_hosts": retired}).apply("host")
    assert set(read_back(fleet["host"]).chat_ids) == {"chat-ops"}
    assert "warnings" not in result


def test_a_host_is_not_retired_by_a_part_of_its_name(fleet: Mapping[str, Cluster]) -> None:
    Inventory(fleet, host={"notification_chats": ["ops"]}, east=member(notification_chats=["lab"])).apply("host")
    Inventory(fleet, host={"notification_chats": ["ops"], "kubesphere_retired_hosts": "north-east"}).apply("host")
    assert set(read_back(fleet["host"]).chat_ids) == {"chat-ops", "chat-lab"}
    result = Inventory(fleet, host={"notification_chats": ["ops"], "kubesphere_retired_hosts": {"a": 1}}).apply("host")
    assert "kubesphere_retired_hosts: not a list; set the names of former inventory hosts" in result["msg"]


def everything(cluster: Cluster) -> dict[str, Any]:
    """Return the Receivers of a cluster and the data of its Secrets by name."""
    receivers = cluster.list(RECEIVER.rpartition("/")[0])
    secrets = cluster.list("/api/v1/namespaces/kubesphere-monitoring-federated/secrets")
    return {item["metadata"]["name"]: item.get("spec") or item.get("data") for item in (*receivers, *secrets)}
