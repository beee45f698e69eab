# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service proxy of the API server, for Services without endpoints."""

from __future__ import annotations

import pytest

from tests.contract.expectations import refused
from tests.support.testbed import Cluster

MONITORING = "/api/v1/namespaces/kubesphere-monitoring-system/services"


def test_missing_service_is_not_found(cluster: Cluster) -> None:
    status = refused(cluster.get, f"{MONITORING}/none:80/proxy/")
    assert (status["code"], status["message"]) == (404, 'services "none" not found')


@pytest.mark.parametrize("port", ["9093", "web"])
def test_service_without_endpoints_is_not_found(cluster: Cluster, port: str) -> None:
    status = refused(cluster.get, f"{MONITORING}/alertmanager-main:{port}/proxy/api/v2/status")
    assert (status["code"], status["message"]) == (404, 'services "alertmanager-main" not found')


def test_unknown_port_is_rejected(cluster: Cluster) -> None:
    status = refused(cluster.get, f"{MONITORING}/alertmanager-main:81/proxy/")
    assert (status["code"], status["reason"]) == (503, "ServiceUnavailable")
    assert status["message"] == 'no service port 81 found for service "alertmanager-main"'


def test_dry_run_is_rejected(cluster: Cluster) -> None:
    status = refused(cluster.post, f"{MONITORING}/notification-manager-svc:19093/proxy/api/v2/verify", {}, dryRun="All")
    assert (status["code"], status["message"]) == (400, "dryRun is not supported")
