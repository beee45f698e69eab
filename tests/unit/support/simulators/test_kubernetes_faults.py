# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault injection of the embedded API server, and backends of its Services."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.simulators.kubernetes import Fault, KubernetesSimulator, ProxyAnswer, ProxyRequest
from tests.support.testbed import ApiFailure, Cluster, clusters

MAPS = "/api/v1/namespaces/default/configmaps"
ALERTMANAGER = "/api/v1/namespaces/kubesphere-monitoring-system/services/alertmanager-main:web/proxy"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with clusters({"one": "3.4"}, tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet["one"]


@pytest.fixture
def cluster(started: Cluster) -> Iterator[Cluster]:
    yield started
    simulator(started).faults.clear()
    started.delete(MAPS)
    started.reset_requests()


def simulator(cluster: Cluster) -> KubernetesSimulator:
    assert cluster.simulator
    return cluster.simulator


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_delay_delays_the_response(cluster: Cluster) -> None:
    simulator(cluster).faults.add(Fault(path="/version", delay=0.2))
    started = time.monotonic()
    cluster.get("/version")
    assert time.monotonic() - started >= 0.2


def test_status_replaces_the_operation(cluster: Cluster) -> None:
    simulator(cluster).faults.add(Fault("POST", MAPS, status=429, retry_after=7))
    answer = cluster.client.send("POST", MAPS, config_map("one"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["reason"] == "TooManyRequests"
    assert cluster.list(MAPS) == []


def test_cut_before_the_operation_changes_nothing(cluster: Cluster) -> None:
    simulator(cluster).faults.add(Fault("POST", MAPS, cut="before"))
    with pytest.raises(requests.ConnectionError):
        cluster.post(MAPS, config_map("one"))
    assert cluster.list(MAPS) == []
    assert cluster.requests()[-2].status == 0


def test_cut_after_the_operation_preserves_its_result(cluster: Cluster) -> None:
    simulator(cluster).faults.add(Fault("POST", MAPS, cut="after"))
    with pytest.raises(requests.ConnectionError):
        cluster.post(MAPS, config_map("one"))
    assert [item["metadata"]["name"] for item in cluster.list(MAPS)] == ["one"]


def test_second_client_can_write_between_read_and_write(cluster: Cluster) -> None:
    read = cluster.post(MAPS, config_map("one", a="1"))
    fault = Fault("PUT", f"{MAPS}/one", hook=lambda: cluster.patch(f"{MAPS}/one", {"data": {"a": "2"}}))
    simulator(cluster).faults.add(fault)
    with pytest.raises(ApiFailure, match="the object has been modified"):
        cluster.put(f"{MAPS}/one", {**read, "data": {"a": "3"}})
    assert cluster.get(f"{MAPS}/one")["data"] == {"a": "2"}
    assert fault.hits == 1


def test_second_client_can_read_after_the_operation(cluster: Cluster) -> None:
    seen: list[Any] = []
    fault = Fault("POST", MAPS, after=lambda: seen.append(cluster.get(f"{MAPS}/one")["data"]))
    simulator(cluster).faults.add(fault)
    cluster.post(MAPS, config_map("one", a="1"))
    assert seen == [{"a": "1"}]


def test_fault_can_skip_requests(cluster: Cluster) -> None:
    fault = simulator(cluster).faults.add(Fault("GET", "/version", skip=1, times=2, status=503))
    statuses = [cluster.client.send("GET", "/version").status_code for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert (fault.seen, fault.hits) == (5, 2)


def test_function_can_be_the_backend_of_a_service(cluster: Cluster) -> None:
    seen: list[ProxyRequest] = []

    def answer(request: ProxyRequest) -> ProxyAnswer:
        seen.append(request)
        return ProxyAnswer(400, b'{"Status": 400}')

    simulator(cluster).backend("kubesphere-monitoring-system", "alertmanager-main", answer)
    got = cluster.client.send("POST", f"{ALERTMANAGER}/api/v2/alerts", {"a": 1}, active="true")
    assert (got.status_code, got.json()) == (400, {"Status": 400})
    [request] = seen
    assert (request.method, request.path, request.query) == ("POST", "/api/v2/alerts", "active=true")
    assert request.body == b'{"a": 1}'
    assert "Authorization" not in request.headers
    assert cluster.requests()[-1].verb == "create"


def test_server_can_be_the_backend_of_a_service(cluster: Cluster, tmp_path: Path) -> None:
    with clusters({"other": "3.4"}, tmp_path) as fleet:
        simulator(cluster).backend("kubesphere-monitoring-system", "alertmanager-main", fleet["other"].server)
        assert cluster.get(f"{ALERTMANAGER}/version")["gitVersion"] == "v1.34.4"
