# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests rendered from policies, for each release."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import KUBESPHERE_4
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.fixtures.policies import ALL, EXPRESSION, GLOBAL, NODE, WORKLOAD, changed

Json = dict[str, Any]

OLDER = ["3.1", "3.2", "3.3"]


def facts(release: str, role: str = "single", cluster_name_in: str = "NotificationManager") -> Json:
    """Return the facts of a cluster that the templates see."""
    is_4 = release in KUBESPHERE_4
    return {"release": release, "is_kubesphere_4": is_4, "role": role, "cluster_name_in": cluster_name_in}


def rendered(release: str, *policies: Json, **variables: Any) -> list[Json]:
    """Return all manifests of the role."""
    errors = Errors()
    params = ROLES["alerting"].params(errors, {"alerting_policies": list(policies), **variables})
    assert params is not None, [*errors]
    cluster = facts(release)
    context = {"alerting": alerting.settings(alerting.read(Errors(), params, {}), {}), "kubesphere_cluster": cluster}
    return ROLES["alerting"].render(context)


def rule(release: str, policy: Json) -> Json:
    """Return the single rule of a policy."""
    [manifest] = [item for item in rendered(release, policy) if item["kind"] != "ClusterConfiguration"]
    spec = manifest["spec"]
    [found] = spec["groups"][0]["rules"] if "groups" in spec else spec["rules"]
    return dict(found)


@pytest.mark.parametrize("release", [*OLDER, "3.4"])
def test_policies_enable_the_component(release: str) -> None:
    first = rendered(release, EXPRESSION)[0]
    assert first["kind"] == "ClusterConfiguration"
    assert first["spec"] == {"alerting": {"enabled": True}}
    assert rendered(release) == []
    assert rendered(release, alerting_enabled=True) == [first]
    assert first not in rendered(release, EXPRESSION, alerting_enabled=False)


def test_each_scope_has_its_kind_of_rule_group() -> None:
    groups = rendered("3.4", *ALL)[1:]
    assert [(item["kind"], item["metadata"]["name"], len(item["spec"]["rules"])) for item in groups] == [
        ("RuleGroup", "kubesphere-dingtalk", 1),
        ("ClusterRuleGroup", "kubesphere-dingtalk", 2),
        ("GlobalRuleGroup", "kubesphere-dingtalk", 1),
    ]
    assert groups[0]["metadata"]["namespace"] == "shop"
    assert "namespace" not in groups[1]["metadata"]
    assert all(item["metadata"]["labels"] == {"alerting.kubesphere.io/enable": "true"} for item in groups)


def test_workload_terms_match_the_console() -> None:
    assert rule("3.4", WORKLOAD) == {
        "alert": "web-cpu-high",
        "for": "5m",
        "severity": "warning",
        "disable": None,
        "exprBuilder": {
            "workload": {
                "kind": "Deployment",
                "names": ["web"],
                "comparator": ">",
                "metricThreshold": {"cpu": {"usage": 0.8}},
            }
        },
        "annotations": {"summary": "High CPU usage of the web server"},
    }


def test_global_policy_terms_list_clusters() -> None:
    assert rule("3.4", GLOBAL)["exprBuilder"]["node"]["names"] == [
        {"cluster": "host", "names": ["node-1"]},
        {"cluster": "east", "names": ["node-1"]},
    ]
    scoped = changed(WORKLOAD, scope="global", clusters=["host"])
    assert rule("3.4", scoped)["exprBuilder"]["workload"]["names"] == [
        {"cluster": "host", "namespace": "shop", "names": ["web"]}
    ]


@pytest.mark.parametrize("release", KUBESPHERE_4)
def test_kubesphere_4_spells_two_kinds_differently(release: str) -> None:
    policy = changed(WORKLOAD, workload={"kind": "StatefulSet", "names": ["db"]})
    cluster = facts(release, "member")
    params = ROLES["alerting"].params(Errors(), {"alerting_policies": [policy]}) or {}
    [group] = ROLES["alerting"].render(
        {"alerting": alerting.settings(alerting.read(Errors(), params, {}), {}), "kubesphere_cluster": cluster}
    )
    assert group["spec"]["rules"][0]["exprBuilder"]["workload"]["kind"] == "Statefulset"
    assert rule("3.4", policy)["exprBuilder"]["workload"]["kind"] == "StatefulSet"


def test_cluster_policies_carry_the_cluster_label_if_prometheus_provides_the_name() -> None:
    policies = [WORKLOAD, NODE, GLOBAL, changed(EXPRESSION, labels={"cluster": "custom"})]
    params = ROLES["alerting"].params(Errors(), {"alerting_policies": policies})
    assert params is not None
    desired = alerting.read(Errors(), params, {"inventory_hostname": "east", "notification_cluster_name": "far east"})
    cluster = facts("3.4", "member", "Prometheus")
    found = ROLES["alerting"].render({"alerting": alerting.settings(desired, {}), "kubesphere_cluster": cluster})
    rules = [rule for item in found for rule in item["spec"].get("rules", [])]
    names = {rule["alert"]: rule.get("labels", {}).get("cluster") for rule in rules}
    assert names == {
        WORKLOAD["name"]: "far east",
        NODE["name"]: "far east",
        EXPRESSION["name"]: "custom",
        GLOBAL["name"]: None,
    }


def test_expression_is_written_unchanged() -> None:
    found = rule("3.4", EXPRESSION)
    assert found["expr"] == "up == 0"
    assert found["labels"] == {"team": "sre"}
    assert "exprBuilder" not in found


@pytest.mark.parametrize(("threshold", "written"), [(4, "4"), (4.0, "4"), ("0.5", "0.5"), (1e9, "1000000000")])
def test_threshold_is_written_as_returned_by_an_api_server(threshold: Any, written: str) -> None:
    found = rule("3.4", changed(GLOBAL, threshold=threshold))["exprBuilder"]["node"]["metricThreshold"]
    assert json.dumps(found) == f'{{"cpu": {{"load5m": {written}}}}}'


@pytest.mark.parametrize(
    ("release", "labels"),
    [
        ("3.1", {"thanosruler": "thanos-ruler", "role": "thanos-alerting-rules"}),
        ("3.2", {"thanosruler": "thanos-ruler", "role": "thanos-alerting-rules"}),
        ("3.3", {"thanos-ruler": "kubesphere", "role": "alert-rules"}),
    ],
)
def test_older_rules_have_the_labels_of_ruler_and_console(release: str, labels: dict[str, str]) -> None:
    project, cluster = rendered(release, WORKLOAD, NODE)[1:]
    assert project["metadata"] == {
        "name": "custom-alerting-rule-namespace-kubesphere-dingtalk",
        "namespace": "shop",
        "labels": {**labels, "custom-alerting-rule-level": "namespace"},
    }
    assert cluster["metadata"] == {
        "name": "custom-alerting-rule-cluster-kubesphere-dingtalk",
        "namespace": "kubesphere-monitoring-system",
        "labels": {**labels, "custom-alerting-rule-level": "cluster"},
    }


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (WORKLOAD, 'namespace:workload_cpu_usage:sum{namespace="shop", workload="Deployment:web"} > 0.8'),
        (
            changed(WORKLOAD, workload={"kind": "DaemonSet", "names": ["a.b", "c"]}, metric="replica.unavailableRatio"),
            'namespace:daemonset_unavailable_replicas:ratio{namespace="shop", '
            'workload=~"DaemonSet:a\\\\.b|DaemonSet:c"} > 0.8',
        ),
        (NODE, 'node:node_memory_utilisation:{node=~"node-1|node-2"} >= 0.9'),
        (changed(NODE, nodes=["node-1"], metric="cpu.load5m", threshold=2), 'node:load5:ratio{node="node-1"} >= 2'),
        (EXPRESSION, "up == 0"),
        (GLOBAL, 'node:load5:ratio{node="node-1"} > 4'),
    ],
)
def test_older_rules_express_the_terms_in_promql(policy: Json, expected: str) -> None:
    assert rule("3.3", policy)["expr"] == expected


def test_older_rules_have_the_annotations_of_the_console_form() -> None:
    annotations = rule("3.3", NODE)["annotations"]
    assert annotations["message"] == "Memory of {{ $labels.node }} is nearly used up"
    assert annotations["kind"] == "Node"
    assert json.loads(annotations["resources"]) == ["node-1", "node-2"]
    assert json.loads(annotations["rules"]) == [
        {
            "_metricType": "node:node_memory_utilisation:{$1}",
            "condition_type": ">=",
            "thresholds": "90",
            "unit": "%",
        }
    ]
    replicas = changed(WORKLOAD, metric="replica.unavailableRatio")
    [form] = json.loads(rule("3.3", replicas)["annotations"]["rules"])
    assert form["_metricType"] == "namespace:$2_unavailable_replicas:ratio{$1}"


def test_older_rules_have_the_labels_of_the_api_and_a_stable_id() -> None:
    first, again = (rule("3.3", EXPRESSION)["labels"] for _time in range(2))
    assert first == again
    assert first == {"team": "sre", "severity": "warning", "alerttype": "metric", "rule_id": first["rule_id"]}
    assert first["rule_id"] != rule("3.3", NODE)["labels"]["rule_id"]


@pytest.mark.parametrize("release", ["3.1", "3.2", "3.3"])
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (changed(EXPRESSION, namespace="shop", expr="sum(rate(errors[5m])) > 1"), "shop"),
        (changed(EXPRESSION, expr='sum(rate(errors{namespace="shop"}[5m])) > 1'), None),
        (changed(EXPRESSION, namespace="shop", expr="vector(1)", labels={"namespace": "own"}), "own"),
        (WORKLOAD, None),
    ],
)
def test_older_rules_of_a_project_label_alerts_that_have_aggregated_it_away(
    release: str, policy: Json, expected: str | None
) -> None:
    assert rule(release, policy)["labels"].get("namespace") == expected


@pytest.mark.parametrize("release", ["3.1", "3.2", "3.3"])
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (changed(EXPRESSION, namespace="shop"), 'up{namespace="shop"} == 0'),
        (changed(EXPRESSION, namespace="shop", expr='a{b="c"} > 1'), 'a{b="c", namespace="shop"} > 1'),
        (EXPRESSION, "up == 0"),
    ],
)
def test_older_rules_of_a_project_watch_this_project_alone(release: str, policy: Json, expected: str) -> None:
    assert rule(release, policy)["expr"] == expected


def test_rule_groups_leave_the_project_to_the_controller_of_kubesphere() -> None:
    policy = changed(EXPRESSION, namespace="shop")
    assert "namespace" not in rule("3.4", policy)["labels"]
    assert rule("3.4", policy)["expr"] == "up == 0"
