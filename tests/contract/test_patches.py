# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patches of objects."""

from __future__ import annotations

from tests.contract.expectations import config_map, refused
from tests.support.testbed import Cluster

JSON_PATCH = "application/json-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
CONFIGS = "/apis/notification.kubesphere.io/v2beta2/configs"


def test_merge_patch_merges_maps_and_null_removes(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one", {"a": "1", "b": "2"}, labels={"x": "y"}))
    patched = cluster.patch(f"{maps}/one", {"metadata": {"labels": {"z": "w"}}, "data": {"a": None, "c": "3"}})
    assert patched["data"] == {"b": "2", "c": "3"}
    assert patched["metadata"]["labels"] == {"x": "y", "z": "w"}


def test_strategic_patch_of_a_core_object_merges_maps(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one", {"a": "1"}))
    assert cluster.patch(f"{maps}/one", {"data": {"b": "2"}}, STRATEGIC_PATCH)["data"] == {"a": "1", "b": "2"}


def test_strategic_patch_of_a_custom_resource_is_unsupported(cluster: Cluster) -> None:
    body = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Config", "metadata": {"name": "strategic"}}
    cluster.post(CONFIGS, {**body, "spec": {}})
    status = refused(cluster.patch, f"{CONFIGS}/strategic", {"spec": {}}, STRATEGIC_PATCH)
    assert (status["code"], status["reason"]) == (415, "UnsupportedMediaType")


def test_json_patch_applies_its_operations_in_order(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one", {"a": "1"}))
    steps = [{"op": "test", "path": "/data/a", "value": "1"}, {"op": "add", "path": "/data/b", "value": "2"}]
    assert cluster.patch(f"{maps}/one", steps, JSON_PATCH)["data"] == {"a": "1", "b": "2"}


def test_json_patch_whose_test_fails_changes_nothing(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one", {"a": "1"}))
    steps = [{"op": "add", "path": "/data/b", "value": "2"}, {"op": "test", "path": "/data/a", "value": "9"}]
    status = refused(cluster.patch, f"{maps}/one", steps, JSON_PATCH)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert cluster.get(f"{maps}/one")["data"] == {"a": "1"}


def test_patch_without_changes_preserves_the_resource_version(cluster: Cluster, maps: str) -> None:
    version = cluster.post(maps, config_map("one", {"a": "1"}))["metadata"]["resourceVersion"]
    assert cluster.patch(f"{maps}/one", {"data": {"a": "1"}})["metadata"]["resourceVersion"] == version


def test_resource_version_is_a_precondition_of_a_patch(cluster: Cluster, maps: str) -> None:
    version = cluster.post(maps, config_map("one", {"a": "1"}))["metadata"]["resourceVersion"]
    patch = {"metadata": {"resourceVersion": version}, "data": {"a": "2"}}
    cluster.patch(f"{maps}/one", patch)
    status = refused(cluster.patch, f"{maps}/one", {**patch, "data": {"a": "3"}})
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert cluster.get(f"{maps}/one")["data"] == {"a": "2"}


def test_missing_object_cannot_be_patched(cluster: Cluster, maps: str) -> None:
    assert refused(cluster.patch, f"{maps}/none", {"data": {}})["message"] == 'configmaps "none" not found'
