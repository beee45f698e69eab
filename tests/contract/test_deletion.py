# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletion of objects."""

from __future__ import annotations

from tests.contract.expectations import config_map, refused
from tests.support.testbed import Cluster


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
