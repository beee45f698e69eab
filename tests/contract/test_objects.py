# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating, reading and replacing objects."""

from __future__ import annotations

import pytest

from tests.contract.expectations import causes, config_map, refused, secret
from tests.support.testbed import Cluster

SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def test_server_sets_the_metadata(cluster: Cluster, maps: str, namespace: str) -> None:
    created = cluster.post(maps, config_map("one", {"a": "1"}, uid="requested", creationTimestamp=None))
    metadata = created["metadata"]
    assert metadata["namespace"] == namespace
    assert metadata["uid"] != "requested"
    assert metadata["resourceVersion"].isdigit()
    assert metadata["creationTimestamp"].endswith("Z")
    assert (created["apiVersion"], created["kind"], created["data"]) == ("v1", "ConfigMap", {"a": "1"})
    assert cluster.get(f"{maps}/one") == created


def test_name_can_be_generated(cluster: Cluster, maps: str) -> None:
    names = {cluster.post(maps, config_map("", generateName="some-"))["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("some-") and len(name) == 10 for name in names)


def test_kind_of_a_core_object_is_optional(cluster: Cluster, maps: str) -> None:
    assert cluster.post(maps, {"metadata": {"name": "one"}})["kind"] == "ConfigMap"


def test_existing_object_is_not_created_again(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one"))
    assert refused(cluster.post, maps, config_map("one")) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'configmaps "one" already exists',
        "reason": "AlreadyExists",
        "details": {"name": "one", "kind": "configmaps"},
        "code": 409,
    }


@pytest.mark.parametrize(
    ("path", "message", "details"),
    [
        ("/api/v1/namespaces/default/configmaps/none", 'configmaps "none" not found', {"kind": "configmaps"}),
        ("/api/v1/namespaces/none", 'namespaces "none" not found', {"kind": "namespaces"}),
        (
            "/apis/notification.kubesphere.io/v2beta2/configs/none",
            'configs.notification.kubesphere.io "none" not found',
            {"kind": "configs", "group": "notification.kubesphere.io"},
        ),
    ],
)
def test_missing_object_is_identified(cluster: Cluster, path: str, message: str, details: dict[str, str]) -> None:
    status = refused(cluster.get, path)
    assert (status["code"], status["reason"], status["message"]) == (404, "NotFound", message)
    assert status["details"] == {"name": "none", **details}


def test_namespace_must_exist(cluster: Cluster) -> None:
    status = refused(cluster.post, "/api/v1/namespaces/none/configmaps", config_map("one"))
    assert (status["code"], status["message"]) == (404, 'namespaces "none" not found')
    assert status["details"] == {"name": "none", "kind": "namespaces"}
    assert cluster.list("/api/v1/namespaces/none/configmaps") == []


def test_namespace_of_body_and_path_must_agree(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.post, maps, config_map("one", namespace="other"))
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert status["message"] == "the namespace of the provided object does not match the namespace sent on the request"


def test_version_of_body_and_path_must_agree(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.post, maps, {**config_map("one"), "apiVersion": "v2"})
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert status["message"].startswith('ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind ')


def test_name_cannot_change(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one"))
    status = refused(cluster.put, f"{maps}/one", config_map("two"))
    assert status["message"] == "the name of the object (two) does not match the name on the URL (one)"
    assert status["code"] == 400


def test_invalid_name_and_invalid_key_are_both_reported(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.post, maps, config_map("A_", {"x/y": ""}))
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"].startswith('ConfigMap "A_" is invalid: [metadata.name: Invalid value: "A_": ')
    assert status["details"]["kind"] == "ConfigMap"
    key_rule = (
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',"
        "  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    )
    assert causes(status) == {
        ("metadata.name", "FieldValueInvalid", f'Invalid value: "A_": {SUBDOMAIN}'),
        ("data[x/y]", "FieldValueInvalid", f'Invalid value: "x/y": {key_rule}'),
    }


def test_name_is_required(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.post, maps, config_map(""))
    assert status["message"] == (
        'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'
    )


def test_labels_are_validated(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.post, maps, config_map("one", labels={"fine": "not fine"}))
    assert status["code"] == 422
    assert [cause["field"] for cause in status["details"]["causes"]] == ["metadata.labels"]


def test_values_other_than_strings_are_rejected(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.post, maps, config_map("one", {"a": 1}))
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert status["message"].startswith('ConfigMap in version "v1" cannot be handled as a ConfigMap: json: ')


def test_replacing_a_modified_object_is_a_conflict(cluster: Cluster, maps: str) -> None:
    read = cluster.post(maps, config_map("one", {"a": "1"}))
    cluster.put(f"{maps}/one", {**read, "data": {"a": "2"}})
    status = refused(cluster.put, f"{maps}/one", {**read, "data": {"a": "3"}})
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert status["message"] == f'Operation cannot be fulfilled on configmaps "one": {MODIFIED}'
    assert status["details"] == {"name": "one", "kind": "configmaps"}
    assert cluster.get(f"{maps}/one")["data"] == {"a": "2"}


def test_replacing_without_a_resource_version_is_unconditional(cluster: Cluster, maps: str) -> None:
    old = cluster.post(maps, config_map("one", {"a": "1"}, labels={"x": "y"}))["metadata"]
    new = cluster.put(f"{maps}/one", config_map("one", {"b": "2"}))
    assert new["data"] == {"b": "2"}
    assert new["metadata"]["uid"] == old["uid"]
    assert new["metadata"]["creationTimestamp"] == old["creationTimestamp"]
    assert int(new["metadata"]["resourceVersion"]) > int(old["resourceVersion"])
    assert "labels" not in new["metadata"]


def test_unchanged_replacement_preserves_the_resource_version(cluster: Cluster, maps: str) -> None:
    read = cluster.post(maps, config_map("one", {"a": "1"}, labels={"x": "y"}))
    assert cluster.put(f"{maps}/one", read)["metadata"]["resourceVersion"] == read["metadata"]["resourceVersion"]


def test_replacing_another_object_of_that_name_is_a_conflict(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one"))
    status = refused(cluster.put, f"{maps}/one", config_map("one", uid="another"))
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert "Precondition failed: UID in precondition: another, UID in object meta: " in status["message"]


def test_replacing_does_not_create(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.put, f"{maps}/none", config_map("none"))
    assert (status["code"], status["message"]) == (404, 'configmaps "none" not found')


def test_unsupported_method_is_not_allowed(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one"))
    status = refused(cluster.post, f"{maps}/one", config_map("one"))
    assert (status["code"], status["reason"]) == (405, "MethodNotAllowed")


def test_string_data_of_a_secret_is_merged_into_its_data(cluster: Cluster, namespace: str) -> None:
    body = secret("one", data={"a": "eA==", "c": "eA=="}, stringData={"a": "b"})
    created = cluster.post(f"/api/v1/namespaces/{namespace}/secrets", body)
    assert created["data"] == {"a": "Yg==", "c": "eA=="}
    assert created["type"] == "Opaque"
    assert "stringData" not in created


def test_secret_type_cannot_change(cluster: Cluster, namespace: str) -> None:
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    cluster.post(secrets, secret("one"))
    status = refused(cluster.put, f"{secrets}/one", secret("one", type="other"))
    assert status["message"] == 'Secret "one" is invalid: type: Invalid value: "other": field is immutable'
    assert status["code"] == 422


def test_secret_data_must_be_base64(cluster: Cluster, namespace: str) -> None:
    status = refused(cluster.post, f"/api/v1/namespaces/{namespace}/secrets", secret("one", data={"a": "%"}))
    assert status["code"] == 400
    assert status["message"].startswith('Secret in version "v1" cannot be handled as a Secret: illegal base64 data')


def test_unknown_fields_of_a_core_object_are_dropped(cluster: Cluster, maps: str) -> None:
    assert "extra" not in cluster.post(maps, {**config_map("one"), "extra": 1})


def test_new_namespace_is_active_and_labelled(cluster: Cluster, namespace: str) -> None:
    found = cluster.get(f"/api/v1/namespaces/{namespace}")
    assert found["metadata"]["labels"] == {"kubernetes.io/metadata.name": namespace}
    assert found["status"]["phase"] == "Active"
