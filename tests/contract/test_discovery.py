# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discovery of the served groups, versions and resources."""

from __future__ import annotations

import pytest

from tests.support.testbed import Cluster

NOTIFICATION = "/apis/notification.kubesphere.io"


def groups(cluster: Cluster) -> dict[str, list[str]]:
    found = cluster.get("/apis")["groups"]
    return {group["name"]: [version["version"] for version in group["versions"]] for group in found}


def resources(cluster: Cluster, path: str) -> dict[str, bool]:
    return {entry["name"]: entry["namespaced"] for entry in cluster.get(path)["resources"]}


def test_version_is_a_kubernetes_version(cluster: Cluster) -> None:
    assert cluster.get("/version")["gitVersion"] == "v1.34.4"


def test_core_group_has_one_version(cluster: Cluster) -> None:
    assert cluster.get("/api")["versions"] == ["v1"]
    core = resources(cluster, "/api/v1")
    assert core.items() > {"secrets": True, "configmaps": True, "services/proxy": True, "namespaces": False}.items()


def test_both_notification_versions_are_served_the_newer_one_first(cluster: Cluster, older: Cluster) -> None:
    for found in (groups(cluster), groups(older)):
        assert found["notification.kubesphere.io"] == ["v2beta2", "v2beta1"]


def test_rule_groups_are_served_by_the_newer_release_only(cluster: Cluster, older: Cluster) -> None:
    assert groups(cluster)["alerting.kubesphere.io"] == ["v2beta1"]
    assert "alerting.kubesphere.io" not in groups(older)


def test_group_has_a_preferred_version(cluster: Cluster) -> None:
    group = cluster.get(NOTIFICATION)
    assert group["preferredVersion"] == {"groupVersion": "notification.kubesphere.io/v2beta2", "version": "v2beta2"}


def test_each_version_lists_its_own_kinds(cluster: Cluster, older: Cluster) -> None:
    common = {"configs", "receivers", "notificationmanagers"}
    assert common < set(resources(cluster, f"{NOTIFICATION}/v2beta1"))
    assert {"routers", "silences"} < set(resources(cluster, f"{NOTIFICATION}/v2beta2"))
    assert "routers" not in resources(cluster, f"{NOTIFICATION}/v2beta1")
    assert "routers" not in resources(older, f"{NOTIFICATION}/v2beta2")
    assert not resources(cluster, f"{NOTIFICATION}/v2beta2")["configs"]


def test_resources_have_names_and_verbs_for_clients(cluster: Cluster) -> None:
    entries = {entry["name"]: entry for entry in cluster.get(f"{NOTIFICATION}/v2beta2")["resources"]}
    config = entries["configs"]
    assert (config["kind"], config["singularName"], config["shortNames"]) == ("Config", "config", ["nc"])
    assert {"create", "delete", "get", "list", "patch", "update"} <= set(config["verbs"])
    assert set(entries["configs/status"]["verbs"]) == {"get", "patch", "update"}


@pytest.mark.parametrize(
    "path", ["/apis/no.such.group", "/apis/no.such.group/v1", f"{NOTIFICATION}/v9", f"{NOTIFICATION}/v9/configs"]
)
def test_unserved_path_is_answered_in_plain_text(cluster: Cluster, path: str) -> None:
    answer = cluster.client.send("GET", path)
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


def test_server_reports_readiness(cluster: Cluster) -> None:
    answer = cluster.client.send("GET", "/readyz")
    assert (answer.status_code, answer.text) == (200, "ok")
