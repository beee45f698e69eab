# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A component that does not become ready because of an image: its message names the image and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.alerting_component import poll
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.api import connect
from tests.support.simulators.kubesphere.installer import CONFIGURATION
from tests.support.testbed import Cluster, ClusterSpec, clusters
from tests.support.testbed.installer.extensions import install_plan
from tests.support.testbed.stand_ins.extension_controller import ALERTING, PLANS
from tests.unit.kubesphere.test_alertmanager_rollout import SteppingClock, apply, status_change
from tests.unit.operations.test_wait_for_alerting import access

Json = dict[str, Any]

MIRROR = "copy the image from a node or a mirror that has it to a registry of yours"
REACH = "Check that the nodes of the cluster can reach the registry"
MESSAGE = 'Back-off pulling image "x": manifest unknown'
#: A condition of an InstallPlan, as its genuine CRD requires it.
FAILED = {"type": "Installed", "status": "False", "reason": "Failed", "lastTransitionTime": "2026-11-01T00:00:00Z"}
EXTENSION = "extension-whizard-alerting"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    specs = {"three": ClusterSpec("3.4"), "four": ClusterSpec("4.2", "host")}
    with clusters(specs, tmp_path_factory.mktemp("images")) as found:
        found["three"].patch(CONFIGURATION, {"spec": {"alerting": {"enabled": True}}, "status": {"alerting": None}})
        found["four"].post(PLANS, install_plan("whizard-alerting", "1.1.0", "Multicluster"))
        yield found


@pytest.fixture(autouse=True)
def without_pods(fleet: Mapping[str, Cluster]) -> Iterator[None]:
    """Remove the pod of each test, in whatever order they run."""
    yield
    for cluster in fleet.values():
        for pod in cluster.list("/api/v1/pods"):
            if pod["metadata"]["name"] == "ruler-0":
                cluster.delete(f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/ruler-0")


def add_pod(cluster: Cluster, namespace: str, *images: str, kind: str = "containerStatuses", **waiting: str) -> None:
    """Add a pending pod; its first container waits for the first image."""
    if cluster.find(f"/api/v1/namespaces/{namespace}") is None:
        cluster.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    states: list[Json] = [{"waiting": {"reason": "ImagePullBackOff", "message": MESSAGE, **waiting}}]
    statuses = [
        {"name": f"c{number}", "image": image, "state": states[number] if number < len(states) else {"running": {}}}
        for number, image in enumerate(images)
    ]
    pods = f"/api/v1/namespaces/{namespace}/pods"
    for pod in cluster.list(pods):
        cluster.delete(f"{pods}/{pod['metadata']['name']}")
    containers = [{"name": item["name"], "image": item["image"]} for item in statuses]
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ruler-0"}, "spec": {"containers": containers}}
    cluster.post(pods, manifest)
    cluster.patch(f"{pods}/ruler-0", {"status": {"phase": "Pending", kind: statuses}})


def state_of(cluster: Cluster) -> tuple[str, str]:
    found = poll(connect(access(cluster), Secrets()))
    return found.state, found.reason


@pytest.mark.parametrize(
    ("image", "more", "hint"),
    [
        ("docker.io/kubesphere/thanos:v0.37.2", {}, MIRROR),
        ("kubesphere/kubectl:v1.22.0", {"reason": "ErrImagePull"}, MIRROR),
        ("hub.kubesphere.com.cn/whizard/alerting:v1", {"kind": "initContainerStatuses"}, MIRROR),
        ("registry.example.com/kubesphere/thanos:v0.37.2", {}, REACH),
        ("quay.io/thanos/thanos:v0.37.2", {"reason": "InvalidImageName"}, REACH),
    ],
)
@pytest.mark.parametrize(
    ("name", "namespace"),
    [("three", "kubesphere-monitoring-system"), ("three", "kubesphere-system"), ("four", EXTENSION)],
)
def test_an_image_that_cannot_be_pulled_is_the_reason(
    fleet: Mapping[str, Cluster], name: str, namespace: str, image: str, more: Json, hint: str
) -> None:
    cluster = fleet[name]
    if name == "four":
        cluster.patch(ALERTING, {"status": {"state": "Installing", "targetNamespace": namespace}})
    add_pod(cluster, namespace, image, "quay.io/other:v1", **more)
    state, reason = state_of(cluster)
    cluster.delete(f"/api/v1/namespaces/{namespace}/pods/ruler-0")
    assert state == "installing"
    assert reason.startswith(f"Pod {namespace}/ruler-0 cannot pull its image {image}: {MESSAGE}. ")
    assert hint in reason
    assert state_of(cluster) == ("installing", "")


def test_a_container_that_waits_for_something_else_is_not(fleet: Mapping[str, Cluster]) -> None:
    add_pod(fleet["three"], "kubesphere-system", "docker.io/kubesphere/one:v1", reason="ContainerCreating")
    assert state_of(fleet["three"]) == ("installing", "")


def test_a_failed_extension_is_reported_with_the_image(fleet: Mapping[str, Cluster]) -> None:
    condition = {**FAILED, "message": "timed out waiting for the condition"}
    status = {"state": "InstallFailed", "conditions": [condition], "targetNamespace": EXTENSION}
    fleet["four"].patch(ALERTING, {"status": status})
    add_pod(fleet["four"], EXTENSION, "docker.io/kubesphere/whizard:v1")
    state, reason = state_of(fleet["four"])
    assert state == "failed"
    assert "Its state is InstallFailed: timed out waiting for the condition. Pod " in reason
    assert MIRROR in reason


def test_without_permission_for_pods_the_state_is_reported_alone(fleet: Mapping[str, Cluster]) -> None:
    add_pod(fleet["three"], "kubesphere-system", "docker.io/kubesphere/one:v1")
    limited = fleet["three"].limited([{"apiGroups": ["*"], "resources": ["clusterconfigurations"], "verbs": ["get"]}])
    assert state_of(limited) == ("installing", "")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            {"state": "UpgradeFailed", "conditions": [{**FAILED, "message": "timed out"}]},
            "state is UpgradeFailed: timed out.",
        ),
        ({"state": "Upgrading"}, "has not applied the change within 9 s (wait_timeout), its state is Upgrading"),
    ],
)
def test_a_late_or_failed_upgrade_of_alertmanager_is_reported_with_the_image(
    tmp_path: Path, status: Json, expected: str
) -> None:
    with clusters({"one": "4.1"}, tmp_path) as fleet:
        add_pod(fleet["one"], "kubesphere-monitoring-system", "docker.io/kubesphere/alertmanager:v0.27.0")
        result = apply(fleet["one"], SteppingClock(status_change(fleet["one"], **status)), wait_timeout=9)
    assert expected in result["msg"]
    assert "cannot pull its image docker.io/kubesphere/alertmanager:v0.27.0" in result["msg"]
    assert MIRROR in result["msg"]
