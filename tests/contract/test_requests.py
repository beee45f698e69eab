# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log of a test cluster."""

from __future__ import annotations

from tests.contract.expectations import config_map, refused
from tests.support.simulators.kubernetes import RecordedRequest, by_verb
from tests.support.testbed import Cluster
from tests.support.testbed.client import USER_AGENT


def test_requests_are_recorded_in_full(cluster: Cluster, maps: str) -> None:
    cluster.reset_requests()
    refused(cluster.put, f"{maps}/none", config_map("none"), dryRun="All")
    assert cluster.requests() == [
        RecordedRequest(
            verb="update",
            method="PUT",
            path=f"{maps}/none",
            query="dryRun=All",
            user_agent=USER_AGENT,
            user="admin",
            status=404,
            dry_run=True,
        )
    ]


def test_requests_are_counted_by_verb(cluster: Cluster, maps: str) -> None:
    cluster.reset_requests()
    cluster.post(maps, config_map("one"))
    cluster.get(f"{maps}/one")
    cluster.get(f"{maps}/one")
    cluster.list(maps)
    cluster.patch(f"{maps}/one", {"data": {"a": "1"}})
    cluster.delete(f"{maps}/one")
    cluster.delete(maps)
    counted = {"create": 1, "get": 2, "list": 1, "patch": 1, "delete": 1, "deletecollection": 1}
    assert by_verb(cluster.requests()) == counted


def test_discovery_counts_as_get(cluster: Cluster) -> None:
    cluster.reset_requests()
    cluster.get("/apis")
    [request] = cluster.requests()
    assert (request.verb, request.method, request.path, request.status) == ("get", "GET", "/apis", 200)


def test_writes_are_distinguished_from_dry_runs(cluster: Cluster, maps: str) -> None:
    cluster.reset_requests()
    cluster.post(maps, config_map("one"), dryRun="All")
    cluster.post(maps, config_map("one"))
    cluster.delete(f"{maps}/one", {"dryRun": ["All"]})
    cluster.delete(f"{maps}/one", {"gracePeriodSeconds": 0}, dryRun="All")  # not a dry run
    assert [request.writes for request in cluster.requests()] == [False, True, False, True]


def test_each_cluster_has_its_own_log(cluster: Cluster, older: Cluster) -> None:
    cluster.reset_requests()
    older.reset_requests()
    cluster.get("/version")
    assert len(cluster.requests()) == 1
    assert older.requests() == []


def test_requests_are_attributed_to_their_user(cluster: Cluster) -> None:
    limited = cluster.limited([])
    cluster.reset_requests()
    refused(limited.get, "/api/v1/secrets")
    [request] = cluster.requests()
    assert (request.user, request.status) == (limited.kubeconfig.stem, 403)
