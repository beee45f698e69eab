# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletion of objects."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.expectations import Json, causes, config_map, refused
from tests.support.testbed import ApiFailure, Cluster

RECEIVERS = "/apis/notification.kubesphere.io/v2beta2/receivers"
FINALIZERS = ["example.org/wait"]


def test_answer_identifies_the_deleted_object(cluster: Cluster, maps: str) -> None:
    uid = cluster.post(maps, config_map("one"))["metadata"]["uid"]
    answer = cluster.delete(f"{maps}/one")
    assert (answer["kind"], answer["status"]) == ("Status", "Success")
    assert answer["details"] == {"name": "one", "kind": "configmaps", "uid": uid}
    assert refused(cluster.get, f"{maps}/one")["code"] == 404
    assert refused(cluster.delete, f"{maps}/one")["code"] == 404


def test_uid_is_a_precondition(cluster: Cluster, maps: str) -> None:
    created = cluster.post(maps, config_map("one"))["metadata"]
    status = refused(cluster.delete, f"{maps}/one", {"preconditions": {"uid": "another"}})
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert (
        f"the UID in the precondition (another) does not match the UID in record ({created['uid']})"
        in (status["message"])
    )
    cluster.delete(f"{maps}/one", {"preconditions": {"uid": created["uid"]}})


def test_resource_version_is_a_precondition(cluster: Cluster, maps: str) -> None:
    version = cluster.post(maps, config_map("one", {"a": "1"}))["metadata"]["resourceVersion"]
    cluster.patch(f"{maps}/one", {"data": {"a": "2"}})
    status = refused(cluster.delete, f"{maps}/one", {"preconditions": {"resourceVersion": version}})
    assert (status["code"], status["reason"]) == (409, "Conflict")


def test_finalizer_delays_deletion(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one", finalizers=["example.org/wait"]))
    cluster.delete(f"{maps}/one")
    assert cluster.get(f"{maps}/one")["metadata"]["deletionTimestamp"]
    cluster.patch(f"{maps}/one", {"metadata": {"finalizers": None}})
    assert refused(cluster.get, f"{maps}/one")["code"] == 404


def test_objects_can_be_deleted_by_label(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("keep"))
    cluster.post(maps, config_map("drop", labels={"gone": "yes"}))
    cluster.delete(maps, labelSelector="gone=yes")
    assert [item["metadata"]["name"] for item in cluster.list(maps)] == ["keep"]


def test_terminating_namespace_rejects_new_objects(cluster: Cluster, namespace: str) -> None:
    answer = cluster.delete(f"/api/v1/namespaces/{namespace}")
    assert (answer["kind"], answer["status"]) == ("Namespace", {"phase": "Terminating"})
    status = refused(cluster.post, f"/api/v1/namespaces/{namespace}/configmaps", config_map("one"))
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == (
        f'configmaps "one" is forbidden: unable to create new content in namespace {namespace} '
        "because it is being terminated"
    )


def receiver(name: str, **metadata: Any) -> Json:
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    return {**kind, "metadata": {"name": name, **metadata}, "spec": {"dingtalk": {"enabled": True}}}


@pytest.fixture(params=["ConfigMap", "Receiver"])
def protected(request: pytest.FixtureRequest, cluster: Cluster, maps: str) -> Iterator[tuple[str, Json]]:
    """An object with a finalizer: its path, and the object as it was created."""
    paths = {"ConfigMap": (maps, config_map), "Receiver": (RECEIVERS, receiver)}
    path, manifest = paths[request.param]
    yield f"{path}/protected", cluster.post(path, manifest("protected", finalizers=FINALIZERS))
    with contextlib.suppress(ApiFailure):
        cluster.delete(f"{path}/protected")
        cluster.patch(f"{path}/protected", {"metadata": {"finalizers": None}})


def test_a_protected_object_is_the_answer_to_its_deletion(cluster: Cluster, protected: tuple[str, Json]) -> None:
    path, created = protected
    answer = cluster.delete(path)
    assert (answer["kind"], answer["metadata"]["finalizers"]) == (created["kind"], FINALIZERS)
    assert answer["metadata"]["deletionTimestamp"]
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 0
    assert answer["metadata"].get("generation") == (2 if "generation" in created["metadata"] else None)
    assert cluster.get(path) == answer


def test_a_dry_run_predicts_that_a_deletion_is_pending(cluster: Cluster, protected: tuple[str, Json]) -> None:
    path, created = protected
    answer = cluster.delete(path, {"dryRun": ["All"]})
    assert answer["metadata"]["deletionTimestamp"]
    assert cluster.get(path) == created


def test_another_deletion_of_a_protected_object_changes_nothing(cluster: Cluster, protected: tuple[str, Json]) -> None:
    path, _created = protected
    assert cluster.delete(path) == cluster.delete(path) == cluster.get(path)


def test_a_protected_object_can_be_updated_but_not_created_again(cluster: Cluster, protected: tuple[str, Json]) -> None:
    path, created = protected
    cluster.delete(path)
    assert cluster.patch(path, {"metadata": {"labels": {"a": "b"}}})["metadata"]["labels"] == {"a": "b"}
    new = {**created, "metadata": {key: created["metadata"].get(key) for key in ("name", "namespace")}}
    status = refused(cluster.post, path.rpartition("/")[0], new)
    assert (status["code"], status["reason"]) == (409, "AlreadyExists")
    assert status["message"].startswith("object is being deleted: ")


def test_a_protected_object_takes_no_new_finalizers(cluster: Cluster, protected: tuple[str, Json]) -> None:
    path, _created = protected
    cluster.delete(path)
    status = refused(cluster.patch, path, {"metadata": {"finalizers": [*FINALIZERS, "example.org/more"]}})
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert causes(status) == {
        (
            "metadata.finalizers",
            "FieldValueForbidden",
            "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
            '[]string{"example.org/more"}',
        )
    }


def test_a_deletion_cannot_be_revoked(cluster: Cluster, protected: tuple[str, Json]) -> None:
    path, _created = protected
    cluster.delete(path)
    cluster.patch(path, {"metadata": {"deletionTimestamp": None}})
    assert cluster.get(path)["metadata"]["deletionTimestamp"]
