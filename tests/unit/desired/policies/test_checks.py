# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of policies before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies import metrics
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.fixtures.policies import ALL, EXPRESSION, GLOBAL, NODE, WORKLOAD, changed

Json = dict[str, Any]


def errors(*policies: Json) -> list[str]:
    """Return all errors of policies."""
    found = Errors()
    params = ROLES["alerting"].params(found, {"alerting_policies": list(policies)})
    if params is not None:
        alerting.read(found, params, {})
    return list(found)


def test_valid_policies_are_accepted() -> None:
    assert errors(*ALL) == []


@pytest.mark.parametrize("term", metrics.NODE)
def test_every_node_metric_is_accepted(term: str) -> None:
    assert errors(changed(NODE, metric=term)) == []


@pytest.mark.parametrize("term", metrics.WORKLOAD)
def test_every_workload_metric_is_accepted(term: str) -> None:
    assert errors(changed(WORKLOAD, metric=term)) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (changed(NODE, name="Node_Memory"), "name: invalid name 'Node_Memory'; use at most 63"),
        (changed(NODE, name="a" * 64), "name: invalid name 'aaa"),
        (changed(WORKLOAD, namespace="Web Shop"), "namespace: invalid name 'Web Shop'; use at most"),
        (changed(NODE, group="-x"), "group: invalid name '-x'"),
        (changed(NODE, duration="10 minutes"), "duration: invalid duration '10 minutes'; use a value"),
        (changed(NODE, duration=""), "invalid duration ''"),
        (changed(NODE, threshold=90), "threshold: 90 is not between 0 and 1; memory.utilization is a ratio"),
        (changed(NODE, threshold=-0.1), "is not between 0 and 1"),
        (changed(NODE, metric="cpu.load1m", threshold=-1), "threshold: -1 is not between 0 and 2^53"),
        (changed(NODE, metric="cpu.usage"), "metric: unknown node metric 'cpu.usage'; supported metrics: cpu.uti"),
        (changed(WORKLOAD, metric="cpu.load1m"), "unknown workload metric 'cpu.load1m'; supported metrics: cpu.u"),
        (changed(NODE, metric=None, threshold=None), "metric, threshold: missing; a policy of a node"),
        (changed(NODE, severity="fatal"), "value of severity must be one of: critical, error, warning, info"),
        (changed(NODE, comparator="=="), "value of comparator must be one of: <, <=, >, >="),
        (changed(WORKLOAD, workload={"kind": "Statefulset", "names": ["db"]}), "value of kind must be one of"),
        (changed(WORKLOAD, workload={"names": []}), "workload.names: at least one name"),
        (changed(NODE, nodes=[]), "nodes: at least one name is required; to cover all of them, use an ex"),
        (changed(WORKLOAD, namespace=None), "workload: not supported in a policy of the cluster; set namespace"),
        (changed(NODE, namespace="shop"), "nodes: not supported in a policy of a project; remove namespace"),
        (changed(NODE, expr="up"), "exactly one of expr, workload and nodes is required; found expr and nodes"),
        (changed(EXPRESSION, expr=None), "exactly one of expr, workload and nodes is required; found none"),
        (changed(EXPRESSION, expr=" "), "expr: empty; set"),
        (changed(EXPRESSION, metric="cpu.usage"), "metric: supported only with workload or nodes"),
        (changed(EXPRESSION, labels={"severity": "x"}), "labels: invalid label name 'severity'; use letters"),
        (changed(EXPRESSION, scope="namespace"), "scope: namespace requires the option namespace"),
        (changed(EXPRESSION, scope="cluster", namespace="shop"), "scope: cluster cannot be combined with namespace"),
        (changed(GLOBAL, clusters=None), "clusters: missing; list the clusters of the nodes"),
        (changed(NODE, clusters=["host"]), "clusters: supported only in global policies"),
        (changed(WORKLOAD, namespace=None, scope="global", clusters=["host"]), "namespace: missing; set the name"),
        (changed(NODE, thresold=1), "alerting_policies[0].thresold: unknown option (did you mean threshold?)"),
    ],
)
def test_invalid_policies_are_reported_with_a_hint(policy: Json, expected: str) -> None:
    found = errors(policy)
    assert len(found) == 1, found
    assert expected in found[0]
    assert found[0].startswith(("alerting_policies[0] (", "role alerting: "))


def test_policy_names_are_unique_within_a_project() -> None:
    assert errors(NODE, changed(NODE, group="other")) == [
        "alerting_policies: duplicate policy 'node-memory-high' in scope cluster; rename or remove one"
    ]
    assert errors(WORKLOAD, changed(WORKLOAD, namespace="other")) == []


def many(count: int) -> list[Json]:
    return [changed(EXPRESSION, name=f"p{number}") for number in range(count)]


def test_group_has_at_most_forty_policies() -> None:
    assert errors(*many(40)) == []
    [error] = errors(*many(41))
    assert "group 'kubesphere-dingtalk' of scope cluster has 41 policies, but KubeSphere supports at most 40" in error


@pytest.mark.parametrize(("release", "limit"), [("3.1", 20), ("3.3", 20), ("3.4", 40), ("4.1", 40), ("4.2", 40)])
def test_group_of_older_releases_has_at_most_twenty_policies(release: str, limit: int) -> None:
    for count, expected in ((limit, True), (limit + 1, False)):
        errors = Errors()
        params = ROLES["alerting"].params(errors, {"alerting_policies": many(count)}) or {}
        settings = alerting.settings(alerting.read(errors, params, {}), {})
        alerting.check_release(errors, settings, release)
        assert (not errors) is expected
