# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dry run: requests are validated and answered, but not executed."""

from __future__ import annotations

from tests.contract.expectations import config_map, refused, secret
from tests.support.testbed import Cluster


def test_create_is_answered_and_not_stored(cluster: Cluster, maps: str) -> None:
    answer = cluster.post(maps, config_map("one", {"a": "1"}), dryRun="All")
    assert answer["data"] == {"a": "1"}
    assert answer["metadata"]["uid"]
    assert "resourceVersion" not in answer["metadata"]
    assert refused(cluster.get, f"{maps}/one")["code"] == 404


def test_create_is_validated(cluster: Cluster, maps: str) -> None:
    cluster.post(maps, config_map("one"))
    assert refused(cluster.post, maps, config_map("one"), dryRun="All")["reason"] == "AlreadyExists"
    assert refused(cluster.post, maps, config_map("A_"), dryRun="All")["code"] == 422
    path = "/api/v1/namespaces/none/configmaps"
    assert refused(cluster.post, path, config_map("one"), dryRun="All")["code"] == 404


def test_replacing_is_answered_with_the_old_resource_version(cluster: Cluster, maps: str) -> None:
    read = cluster.post(maps, config_map("one", {"a": "1"}))
    answer = cluster.put(f"{maps}/one", {**read, "data": {"a": "2"}}, dryRun="All")
    assert answer["data"] == {"a": "2"}
    assert answer["metadata"]["resourceVersion"] == read["metadata"]["resourceVersion"]
    assert cluster.get(f"{maps}/one") == read


def test_replacing_an_old_version_is_a_conflict_in_a_dry_run_too(cluster: Cluster, maps: str) -> None:
    read = cluster.post(maps, config_map("one", {"a": "1"}))
    cluster.patch(f"{maps}/one", {"data": {"a": "2"}})
    assert refused(cluster.put, f"{maps}/one", read, dryRun="All")["reason"] == "Conflict"


def test_patch_and_delete_change_nothing(cluster: Cluster, maps: str) -> None:
    read = cluster.post(maps, config_map("one", {"a": "1"}))
    assert cluster.patch(f"{maps}/one", {"data": {"a": "2"}}, dryRun="All")["data"] == {"a": "2"}
    assert cluster.delete(f"{maps}/one", dryRun="All")["status"] == "Success"
    assert cluster.delete(f"{maps}/one", {"dryRun": ["All"]})["status"] == "Success"
    assert cluster.get(f"{maps}/one") == read


def test_delete_with_options_needs_dry_run_in_the_options(cluster: Cluster, maps: str) -> None:
    read = cluster.post(maps, config_map("one"))
    preconditions = {"preconditions": {"uid": read["metadata"]["uid"]}}
    cluster.delete(f"{maps}/one", {**preconditions, "dryRun": ["All"]})
    assert cluster.get(f"{maps}/one") == read
    cluster.delete(f"{maps}/one", preconditions, dryRun="All")
    assert refused(cluster.get, f"{maps}/one")["code"] == 404


def test_string_data_of_a_secret_is_converted_in_a_dry_run_too(cluster: Cluster, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/secrets"
    answer = cluster.post(path, secret("one", stringData={"a": "b"}), dryRun="All")
    assert answer["data"] == {"a": "Yg=="}


def test_all_is_the_only_value(cluster: Cluster, maps: str) -> None:
    status = refused(cluster.post, maps, config_map("one"), dryRun="some")
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["details"]["causes"][0]["field"] == "dryRun"
