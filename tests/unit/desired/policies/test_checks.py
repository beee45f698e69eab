# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of policies before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies import metrics
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.fixtures.policies import ALL, EXPRESSION, GLOBAL, NODE, WORKLOAD, changed

Json = dict[str, Any]


def errors(*policies: Json) -> list[str]:
    """What is wrong with policies, in all."""
    found: list[str] = []
    params = ROLES["alerting"].params({"alerting_policies": list(policies)}, found)
    return found if params is None else alerting.read(params, {}).errors


def test_good_policies_are_taken() -> None:
    assert errors(*ALL) == []


@pytest.mark.parametrize("term", metrics.NODE)
def test_every_term_of_a_node_is_taken(term: str) -> None:
    assert errors(changed(NODE, metric=term)) == []


@pytest.mark.parametrize("term", metrics.WORKLOAD)
def test_every_term_of_a_workload_is_taken(term: str) -> None:
    assert errors(changed(WORKLOAD, metric=term)) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (changed(NODE, name="Node_Memory"), "name: 'Node_Memory' is no name for KubeSphere"),
        (changed(NODE, name="a" * 64), "is no name for KubeSphere"),
        (changed(WORKLOAD, namespace="Web Shop"), "namespace: 'Web Shop' is no name for KubeSphere"),
        (changed(NODE, group="-x"), "group: '-x' is no name"),
        (changed(NODE, duration="10 minutes"), "duration: '10 minutes' is no duration; write it as 30s"),
        (changed(NODE, duration=""), "is no duration"),
        (changed(NODE, threshold=90), "threshold: 90 is not between 0 and 1, as the ratio memory.utilization is"),
        (changed(NODE, threshold=-0.1), "is not between 0 and 1"),
        (changed(NODE, metric="cpu.load1m", threshold=-1), "threshold: -1 is not between 0 and 2^53"),
        (changed(NODE, metric="cpu.usage"), "metric: 'cpu.usage' is not known of a node; there are cpu.utilization"),
        (changed(WORKLOAD, metric="cpu.load1m"), "is not known of a workload; there are cpu.usage, memory.usage"),
        (changed(NODE, metric=None, threshold=None), "metric, threshold: missing; a node is watched by"),
        (changed(NODE, severity="fatal"), "value of severity must be one of: critical, error, warning, info"),
        (changed(NODE, comparator="=="), "value of comparator must be one of: <, <=, >, >="),
        (changed(WORKLOAD, workload={"kind": "Statefulset", "names": ["db"]}), "value of kind must be one of"),
        (changed(WORKLOAD, workload={"names": []}), "workload.names: names at least one"),
        (changed(NODE, nodes=[]), "nodes: names at least one; to watch all of them, write an expression"),
        (changed(WORKLOAD, namespace=None), "workload: is watched by a policy of its project; add namespace"),
        (changed(NODE, namespace="shop"), "nodes: are watched by policies of the cluster, not of a project"),
        (changed(NODE, expr="up"), "give exactly one of expr, workload and nodes; there is expr and nodes"),
        (changed(EXPRESSION, expr=None), "give exactly one of expr, workload and nodes; there is none"),
        (changed(EXPRESSION, expr=" "), "expr: is empty"),
        (changed(EXPRESSION, metric="cpu.usage"), "metric: belongs to workload or nodes"),
        (changed(EXPRESSION, labels={"severity": "x"}), "labels: 'severity' is no name for a label of one's own"),
        (changed(EXPRESSION, scope="namespace"), "scope: namespace needs the option namespace"),
        (changed(EXPRESSION, scope="cluster", namespace="shop"), "a policy of the cluster has no namespace"),
        (changed(GLOBAL, clusters=None), "clusters: missing; a global policy names the clusters"),
        (changed(NODE, clusters=["host"]), "clusters: belongs to global policies"),
        (changed(WORKLOAD, namespace=None, scope="global", clusters=["host"]), "namespace: missing; it says where"),
        (changed(NODE, thresold=1), "alerting_policies.thresold. Supported parameters include: clusters"),
    ],
)
def test_a_bad_policy_is_named_with_the_way_out(policy: Json, expected: str) -> None:
    found = errors(policy)
    assert len(found) == 1, found
    assert expected in found[0]
    assert found[0].startswith(("alerting_policies[0] (", "role alerting: "))


def test_a_name_is_there_once_in_its_project() -> None:
    assert errors(NODE, changed(NODE, group="other")) == [
        "alerting_policies: 'node-memory-high' is there 2 times in scope cluster; a policy is known by its name"
    ]
    assert errors(WORKLOAD, changed(WORKLOAD, namespace="other")) == []


def many(count: int) -> list[Json]:
    return [changed(EXPRESSION, name=f"p{number}") for number in range(count)]


def test_a_group_holds_forty() -> None:
    assert errors(*many(40)) == []
    [error] = errors(*many(41))
    assert "group 'kubesphere-dingtalk' of scope cluster has 41 policies, and KubeSphere takes 40" in error


@pytest.mark.parametrize(("release", "most"), [("3.1", 20), ("3.3", 20), ("3.4", 40), ("4.1", 40)])
def test_a_group_of_older_releases_holds_twenty(release: str, most: int) -> None:
    for count, fits in ((most, True), (most + 1, False)):
        found: list[str] = []
        params = ROLES["alerting"].params({"alerting_policies": many(count)}, found) or {}
        settings = alerting.settings(alerting.read(params, {}), {})
        taken = not alerting.read(params, {}).errors and not alerting.check_release(settings, release)
        assert taken is fits
