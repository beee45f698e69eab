# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests on a cluster: put, merged with what others put, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support.fixtures.cluster import Run
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import ApiFailure, Cluster

NAMESPACE = "kubesphere-monitoring-system"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
RECORD = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"


def config_map(name: str, **data: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def exists(cluster: Cluster, path: str) -> bool:
    try:
        return bool(cluster.get(path))
    except ApiFailure as failure:
        if failure.status == 404:
            return False
        raise


def actions(result: dict[str, Any]) -> list[str]:
    return [item["action"] for item in result["objects"]]


def test_a_manifest_is_put_once(run: Run, cluster: Cluster) -> None:
    first = run(OPERATION, manifests=[config_map("a", k="v")])
    cluster.reset_requests()
    second = run(OPERATION, manifests=[config_map("a", k="v")])
    assert (actions(first), actions(second)) == (["created"], ["unchanged"])
    assert [request.verb for request in cluster.requests()] == ["get", "get"]
    assert second["diff"] == []


def test_a_dry_run_stores_nothing_and_foretells_the_same(run: Run, cluster: Cluster) -> None:
    foretold = run(OPERATION, check_mode=True, manifests=[config_map("a", k="v")])
    assert not exists(cluster, f"{MAPS}/a")
    assert not exists(cluster, RECORD)
    done = run(OPERATION, manifests=[config_map("a", k="v")])
    assert (foretold["diff"], foretold["objects"]) == (done["diff"], done["objects"])


def test_what_others_put_survives_and_ours_goes(run: Run, cluster: Cluster) -> None:
    cluster.post(MAPS, config_map("a", theirs="1", changed="before"))
    run(OPERATION, manifests=[config_map("a", managed_paths="1", changed="after")], name="set")
    cluster.patch(f"{MAPS}/a", {"data": {"later": "2"}, "metadata": {"labels": {"l": "x"}}})
    run(OPERATION, manifests=[config_map("a", changed="after")], name="set")
    assert cluster.get(f"{MAPS}/a")["data"] == {"theirs": "1", "changed": "after", "later": "2"}
    run(OPERATION, manifests=[config_map("a")], name="set", state="absent")
    left = cluster.get(f"{MAPS}/a")
    assert left["data"] == {"theirs": "1", "changed": "before", "later": "2"}
    assert left["metadata"]["labels"] == {"l": "x"}
    assert not exists(cluster, RECORD)


def test_a_name_takes_back_what_is_no_longer_listed_and_no_other_names(run: Run, cluster: Cluster) -> None:
    run(OPERATION, manifests=[config_map("a", k="1"), config_map("b", k="1")], name="one")
    run(OPERATION, manifests=[config_map("c", k="1")], name="two")
    result = run(OPERATION, manifests=[config_map("a", k="1")], name="one")
    assert actions(result) == ["unchanged", "deleted"]
    assert [exists(cluster, f"{MAPS}/{name}") for name in "abc"] == [True, False, True]


def test_without_a_name_only_the_given_objects_are_taken_back(run: Run, cluster: Cluster) -> None:
    run(OPERATION, manifests=[config_map("a", k="1")])
    run(OPERATION, manifests=[config_map("b", k="1")])
    run(OPERATION, manifests=[config_map("a")], state="absent")
    assert [exists(cluster, f"{MAPS}/{name}") for name in "ab"] == [False, True]


def test_an_object_of_ours_stays_while_it_holds_something_foreign(run: Run, cluster: Cluster) -> None:
    run(OPERATION, manifests=[config_map("a", ours="1")], name="set")
    cluster.patch(f"{MAPS}/a", {"data": {"theirs": "1"}})
    run(OPERATION, manifests=[config_map("a")], name="set", state="absent")
    assert cluster.get(f"{MAPS}/a")["data"] == {"theirs": "1"}


def test_somebody_else_between_read_and_write_is_merged(run: Run, cluster: Cluster) -> None:
    cluster.post(MAPS, config_map("a", theirs="1"))
    assert cluster.simulator is not None
    hook = Fault("PUT", f"{MAPS}/a", hook=lambda *_: cluster.patch(f"{MAPS}/a", {"data": {"meanwhile": "2"}}))
    cluster.simulator.faults.add(hook)
    result = run(OPERATION, manifests=[config_map("a", ours="1")])
    assert hook.hits == 1
    assert actions(result) == ["updated"]
    assert cluster.get(f"{MAPS}/a")["data"] == {"theirs": "1", "meanwhile": "2", "ours": "1"}


def test_endless_conflicts_end_with_a_true_message(run: Run, cluster: Cluster) -> None:
    cluster.post(MAPS, config_map("a", theirs="1"))
    assert cluster.simulator is not None
    numbers = iter(range(1000))
    hook = Fault(
        "PUT", f"{MAPS}/a", times=100, hook=lambda *_: cluster.patch(f"{MAPS}/a", {"data": {"n": str(next(numbers))}})
    )
    cluster.simulator.faults.add(hook)
    result = run(OPERATION, manifests=[config_map("a", ours="1")])
    assert result["failed"]
    assert "Somebody else keeps changing the object" in result["msg"]
    assert 1 < hook.hits < 10


def test_a_kill_after_the_announcement_makes_nothing_of_ours_foreign(run: Run, cluster: Cluster) -> None:
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("POST", MAPS, times=9, status=500))
    assert run(OPERATION, manifests=[config_map("a", k="1")], name="set")["failed"]
    cluster.simulator.faults.clear()
    run(OPERATION, manifests=[config_map("a", k="1")], name="set")
    run(OPERATION, manifests=[config_map("a")], name="set", state="absent")
    assert not exists(cluster, f"{MAPS}/a")


def test_a_kind_that_the_collection_does_not_know_is_asked_for(run: Run, cluster: Cluster) -> None:
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
        ({**config_map("a"), "kind": "Unheard"}, "does not serve Unheard in v1"),
        ({**config_map("a"), "metadata": {"name": "a"}}, "metadata.namespace missing"),
        ({**config_map("a"), "metadata": {"name": "a", "namespace": "nowhere"}}, 'namespaces "nowhere" not found'),
    ],
)
def test_a_manifest_that_cannot_be_put_is_named(run: Run, manifest: dict[str, Any], expected: str) -> None:
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
    assert "only KubeSphere's installer can make it" in result["msg"]
    assert not exists(cluster, path)
