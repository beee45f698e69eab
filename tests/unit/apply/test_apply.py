# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests on a cluster: applied, merged with unmanaged fields, and removed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support.fixtures.cluster import Run
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster

NAMESPACE = "kubesphere-monitoring-system"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
RECORD = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"


def config_map(name: str, **data: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def exists(cluster: Cluster, path: str) -> bool:
    return cluster.find(path) is not None


def actions(result: dict[str, Any]) -> list[str]:
    return [item["action"] for item in result["objects"]]


def test_a_second_run_writes_nothing(run: Run, cluster: Cluster) -> None:
    first = run(OPERATION, manifests=[config_map("a", k="v")])
    cluster.reset_requests()
    second = run(OPERATION, manifests=[config_map("a", k="v")])
    assert (actions(first), actions(second)) == (["created"], ["unchanged"])
    assert [request.verb for request in cluster.requests()] == ["get", "get"]
    assert second["diff"] == []


def test_a_dry_run_stores_nothing_and_predicts_the_result(run: Run, cluster: Cluster) -> None:
    predicted = run(OPERATION, check_mode=True, manifests=[config_map("a", k="v")])
    assert not exists(cluster, f"{MAPS}/a")
    assert not exists(cluster, RECORD)
    done = run(OPERATION, manifests=[config_map("a", k="v")])
    assert (predicted["diff"], predicted["objects"]) == (done["diff"], done["objects"])


def test_unmanaged_fields_are_preserved_and_managed_ones_removed(run: Run, cluster: Cluster) -> None:
    cluster.post(MAPS, config_map("a", unmanaged="1", changed="before"))
    run(OPERATION, manifests=[config_map("a", managed="1", changed="after")], name="set")
    cluster.patch(f"{MAPS}/a", {"data": {"later": "2"}, "metadata": {"labels": {"l": "x"}}})
    run(OPERATION, manifests=[config_map("a", changed="after")], name="set")
    assert cluster.get(f"{MAPS}/a")["data"] == {"unmanaged": "1", "changed": "after", "later": "2"}
    run(OPERATION, manifests=[config_map("a")], name="set", state="absent")
    live = cluster.get(f"{MAPS}/a")
    assert live["data"] == {"unmanaged": "1", "changed": "before", "later": "2"}
    assert live["metadata"]["labels"] == {"l": "x"}
    assert not exists(cluster, RECORD)


def test_objects_no_longer_listed_are_pruned_from_their_own_apply_set_only(run: Run, cluster: Cluster) -> None:
    run(OPERATION, manifests=[config_map("a", k="1"), config_map("b", k="1")], name="one")
    run(OPERATION, manifests=[config_map("c", k="1")], name="two")
    result = run(OPERATION, manifests=[config_map("a", k="1")], name="one")
    assert actions(result) == ["unchanged", "deleted"]
    assert [exists(cluster, f"{MAPS}/{name}") for name in "abc"] == [True, False, True]


def test_without_a_name_only_the_listed_objects_are_removed(run: Run, cluster: Cluster) -> None:
    run(OPERATION, manifests=[config_map("a", k="1")])
    run(OPERATION, manifests=[config_map("b", k="1")])
    run(OPERATION, manifests=[config_map("a")], state="absent")
    assert [exists(cluster, f"{MAPS}/{name}") for name in "ab"] == [False, True]


def test_a_created_object_with_unmanaged_fields_is_not_deleted(run: Run, cluster: Cluster) -> None:
    run(OPERATION, manifests=[config_map("a", managed="1")], name="set")
    cluster.patch(f"{MAPS}/a", {"data": {"unmanaged": "1"}})
    run(OPERATION, manifests=[config_map("a")], name="set", state="absent")
    assert cluster.get(f"{MAPS}/a")["data"] == {"unmanaged": "1"}


def test_a_concurrent_change_between_read_and_write_is_merged(run: Run, cluster: Cluster) -> None:
    cluster.post(MAPS, config_map("a", unmanaged="1"))
    assert cluster.simulator is not None
    hook = Fault("PUT", f"{MAPS}/a", hook=lambda *_: cluster.patch(f"{MAPS}/a", {"data": {"concurrent": "2"}}))
    cluster.simulator.faults.add(hook)
    result = run(OPERATION, manifests=[config_map("a", managed="1")])
    assert hook.hits == 1
    assert actions(result) == ["updated"]
    assert cluster.get(f"{MAPS}/a")["data"] == {"unmanaged": "1", "concurrent": "2", "managed": "1"}


def test_repeated_conflicts_end_with_an_error(run: Run, cluster: Cluster) -> None:
    cluster.post(MAPS, config_map("a", unmanaged="1"))
    assert cluster.simulator is not None
    numbers = iter(range(1000))
    hook = Fault(
        "PUT", f"{MAPS}/a", times=100, hook=lambda *_: cluster.patch(f"{MAPS}/a", {"data": {"n": str(next(numbers))}})
    )
    cluster.simulator.faults.add(hook)
    result = run(OPERATION, manifests=[config_map("a", managed="1")])
    assert result["failed"]
    assert "was modified concurrently" in result["msg"]
    assert 1 < hook.hits < 10


def test_fields_recorded_as_pending_stay_managed_after_a_failed_write(run: Run, cluster: Cluster) -> None:
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("POST", MAPS, times=9, status=500))
    assert run(OPERATION, manifests=[config_map("a", k="1")], name="set")["failed"]
    cluster.simulator.faults.clear()
    run(OPERATION, manifests=[config_map("a", k="1")], name="set")
    run(OPERATION, manifests=[config_map("a")], name="set", state="absent")
    assert not exists(cluster, f"{MAPS}/a")


def test_the_resource_of_an_unknown_kind_is_discovered(run: Run, cluster: Cluster) -> None:
    silence = {
        "apiVersion": "notification.kubesphere.io/v2beta2",
        "kind": "Silence",
        "metadata": {"name": "s", "labels": {"type": "global"}},
        "spec": {"matcher": {"matchLabels": {"alertname": "A"}}},
    }
    assert actions(run(OPERATION, manifests=[silence])) == ["created"]
    assert actions(run(OPERATION, manifests=[silence])) == ["unchanged"]


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"kind": "ConfigMap"}, "manifests[0]: apiVersion, metadata.name missing"),
        ({**config_map("a"), "kind": "Unknown"}, "does not serve Unknown in v1"),
        ({**config_map("a"), "metadata": {"name": "a"}}, "metadata.namespace missing"),
        ({**config_map("a"), "metadata": {"name": "a", "namespace": "nowhere"}}, 'namespaces "nowhere" not found'),
    ],
)
def test_an_invalid_manifest_is_reported(run: Run, manifest: dict[str, Any], expected: str) -> None:
    result = run(OPERATION, manifests=[manifest])
    assert result["failed"]
    assert expected in result["msg"]


def test_objects_of_the_installer_are_never_created(run: Run, cluster: Cluster) -> None:
    path = "/apis/notification.kubesphere.io/v2beta2/notificationmanagers/notification-manager"
    cluster.delete(path)
    manifest = {
        "apiVersion": "notification.kubesphere.io/v2beta2",
        "kind": "NotificationManager",
        "metadata": {"name": "notification-manager"},
        "spec": {"receivers": {"options": {"global": {"cluster": "x"}}}},
    }
    result = run(OPERATION, manifests=[manifest])
    assert "only KubeSphere's installer creates it" in result["msg"]
    assert not exists(cluster, path)
