# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubesphere_undelivered decides what follows if alerts will not arrive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.inprocess import apply_features
from tests.support.plays.policies import NODE
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.fleet import clusters
from tests.system.delivery.states import CRITICAL, first_route

VARIABLES: dict[str, Any] = {
    "inventory_hostname": "lab",
    "dingtalk_app_key": "dingapp",
    "dingtalk_app_secret": "a-secret-of-the-app",
    "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": "chat1"}},
    "notification_chats": ["ops"],
}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose Alertmanager sends critical alerts elsewhere."""
    with clusters({"lab": "3.4"}, tmp_path) as fleet:
        first_route(match=CRITICAL)(fleet["lab"])
        fleet["lab"].reset_requests()
        yield fleet["lab"]


def apply(cluster: Cluster, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    access = {"kubeconfig": str(cluster.kubeconfig), "features": ["notification", "alertmanager", "alerting"]}
    return apply_features({**access, **options}, VARIABLES, check_mode)


def writes(cluster: Cluster) -> list[str]:
    return [request.path for request in cluster.requests() if request.writes]


@pytest.mark.parametrize("check_mode", [True, False])
def test_fail_is_an_error_before_anything_is_written(cluster: Cluster, check_mode: bool) -> None:
    result = apply(cluster, check_mode=check_mode, undelivered="fail")
    assert result["failed"]
    assert result["msg"].startswith("Alerts would not arrive, and kubesphere_undelivered is fail. Nothing was changed:")
    assert 'the route for severity="critical" to receiver relay' in result["msg"]
    assert "alertmanager_routes" in result["msg"], "the cure"
    assert writes(cluster) == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_warn_is_the_default(cluster: Cluster, check_mode: bool) -> None:
    result = apply(cluster, check_mode=check_mode)
    [warning] = result["warnings"]
    assert warning.startswith(
        "Alerts do not arrive: critical alerts of built-in policies do not reach chat ops: Secret "
    )
    assert {outcome["result"] for outcome in result["delivery"]} == {"delivered", "undelivered"}


def test_ignore_is_silent_but_returns_the_outcomes(cluster: Cluster) -> None:
    result = apply(cluster, undelivered="ignore")
    assert not result.get("warnings")
    assert {outcome["result"] for outcome in result["delivery"]} == {"delivered", "undelivered"}


def test_the_cure_of_the_warning_works(cluster: Cluster) -> None:
    route = {"matchers": ['severity = "critical"'], "receiver": "prometheus"}
    options = {"kubeconfig": str(cluster.kubeconfig), "features": ["notification", "alertmanager", "alerting"]}
    result = apply_features(options, {**VARIABLES, "alertmanager_routes": [route]})
    assert {outcome["result"] for outcome in result["delivery"]} == {"delivered"}, result.get("warnings")


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_policy_of_nodes_that_are_not_there_is_a_warning_with_the_cure(cluster: Cluster, check_mode: bool) -> None:
    options = {"kubeconfig": str(cluster.kubeconfig), "features": ["notification", "alertmanager", "alerting"]}
    variables = {
        **VARIABLES,
        "alertmanager_routes": [{"matchers": ['severity = "critical"'], "receiver": "prometheus"}],
    }

    def undelivered(*nodes: str) -> list[str]:
        policies = {"alerting_policies": [{**NODE, "nodes": list(nodes)}]}
        result = apply_features(options, {**variables, **policies}, check_mode)
        return [text for text in result.get("warnings") or [] if text.startswith("Alerts do not arrive")]

    assert undelivered("node-8", "node-9") == [
        "Alerts do not arrive: policy node-memory-high do not reach chat ops: none of the nodes node-8, node-9 is on "
        "this cluster, so nothing fires. Correct nodes in alerting_policies. (KD405)"
    ]
    assert undelivered("node-8", "node-1") == []
