# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Prometheus and ThanosRuler send alerts; tests/system/delivery has the states of clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.holdings import Forbidden
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.outcome import Result
from tests.support.fixtures.holdings import ALERT, EXPECTED, POLICY, WORKING, Json, found

NAMESPACE = "kubesphere-monitoring-system"


def result(alert: Any = ALERT, release: str = "3.3", **monitoring: Any) -> Result:
    holdings = replace(WORKING, release=release, monitoring=monitoring)
    [outcome] = {item.result for item in found(holdings, expected=EXPECTED, alert=alert)}
    return outcome


def prometheus(*services: str, **spec: Any) -> Json:
    listed = [dict(zip(("namespace", "name"), service.split("/"), strict=True)) for service in services]
    return {"spec": {"alerting": {"alertmanagers": listed}, **spec}}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (prometheus(f"{NAMESPACE}/alertmanager-main"), Result.DELIVERED),
        ({"spec": {"alerting": {"alertmanagers": [{"name": "alertmanager-main"}]}}}, Result.DELIVERED),
        (prometheus("other/alertmanager-main", f"{NAMESPACE}/alertmanager-operated"), Result.DELIVERED),
        (prometheus("other/alertmanager-main"), Result.UNDELIVERED),
        (prometheus(), Result.UNDELIVERED),
        ({"spec": {"alerting": {"alertmanagers": "all"}}}, Result.UNDELIVERED),
        ({"spec": {}}, Result.UNDELIVERED),
        # A Service in the same namespace may select the pods of the same Alertmanager.
        (prometheus(f"{NAMESPACE}/alerts"), Result.UNKNOWN),
        (prometheus(additionalAlertManagerConfigs={"name": "more", "key": "all"}), Result.UNKNOWN),
        (None, Result.UNKNOWN),
        (Forbidden("get prometheuses.monitoring.coreos.com k8s", "refused"), Result.UNKNOWN),
    ],
)
def test_alerts_of_built_in_policies_go_where_prometheus_sends_them(item: Any, expected: Result) -> None:
    assert result(Prometheus=item) == expected
    assert result(POLICY, Prometheus=item) == Result.DELIVERED


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ([f"dnssrv+http://alertmanager-operated.{NAMESPACE}.svc:9093"], Result.DELIVERED),
        (["http://alertmanager-main:9093"], Result.DELIVERED),
        ([f"dns+http://alertmanager-main.{NAMESPACE}"], Result.DELIVERED),
        ([f"dnssrvnoa+https://_web._tcp.alertmanager-operated.{NAMESPACE}.svc.cluster.local/am"], Result.DELIVERED),
        (["http://192.0.2.1:9093", f"http://alertmanager-main.{NAMESPACE}.svc:9093"], Result.DELIVERED),
        (["http://alertmanager-main.monitoring.svc:9093"], Result.UNDELIVERED),
        ([], Result.UNDELIVERED),
        (None, Result.UNDELIVERED),
        ("http://alertmanager-main:9093", Result.UNDELIVERED),
        # Addresses that may lead to the same Alertmanager.
        (["http://192.0.2.1:30093"], Result.UNKNOWN),
        (["https://alertmanager.example.com"], Result.UNKNOWN),
        ([f"http://alerts.{NAMESPACE}.svc:9093"], Result.UNKNOWN),
        (["http://[::1"], Result.UNKNOWN),
    ],
)
def test_alerts_of_policies_go_where_the_ruler_sends_them(urls: Any, expected: Result) -> None:
    ruler = {"spec": {"alertmanagersUrl": urls}}
    assert result(POLICY, ThanosRuler=ruler) == expected
    assert result(ThanosRuler=ruler) == Result.DELIVERED


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"spec": {"alertmanagersConfig": {"name": "own", "key": "all"}, "alertmanagersUrl": []}}, Result.UNKNOWN),
        ({"spec": {"alertmanagersUrl": ["http://alertmanager-main:9093"], "replicas": 0}}, Result.UNDELIVERED),
        (None, Result.UNDELIVERED),
    ],
)
def test_other_settings_of_the_ruler(item: Any, expected: Result) -> None:
    assert result(POLICY, ThanosRuler=item) == expected


@pytest.mark.parametrize("alert", [ALERT, POLICY])
@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"spec": {}}, Result.DELIVERED),
        ({"spec": {"configSecret": "alertmanager-main", "replicas": 3}}, Result.DELIVERED),
        ({"spec": {"configSecret": "own"}}, Result.UNKNOWN),
        ({"spec": {"replicas": 0}}, Result.UNDELIVERED),
        (None, Result.UNDELIVERED),
    ],
)
def test_alertmanager_has_to_run_with_the_stored_configuration(alert: Any, item: Any, expected: Result) -> None:
    assert result(alert, Alertmanager=item) == expected


@pytest.mark.parametrize("broken", ["Prometheus", "ThanosRuler"])
def test_on_3_4_it_is_unknown_which_of_both_evaluates_a_built_in_policy(broken: str) -> None:
    working = {
        "Prometheus": prometheus(f"{NAMESPACE}/alertmanager-main"),
        "ThanosRuler": {"spec": {"alertmanagersUrl": ["http://alertmanager-main:9093"]}},
    }
    assert result(release="3.4", **working) == Result.DELIVERED
    assert result(release="3.4", **{**working, broken: {"spec": {"replicas": 0}}}) == Result.UNKNOWN
    expected = Result.UNDELIVERED if broken == "ThanosRuler" else Result.DELIVERED
    assert result(POLICY, "3.4", **{**working, broken: {"spec": {"replicas": 0}}}) == expected
