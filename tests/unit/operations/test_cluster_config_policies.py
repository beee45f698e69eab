# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies on a cluster: applied, changed, beside unmanaged rules, removed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import inprocess
from tests.support.fixtures.alerting import Alerting
from tests.support.fixtures.policies import ALL, EXPRESSION, NODE, WORKLOAD, changed
from tests.support.simulators.kubesphere.installer import CONFIGURATION
from tests.support.testbed import Cluster, clusters

Json = dict[str, Any]


def actions(result: Json) -> set[str]:
    return {item["action"] for item in result["objects"]}


def test_policies_are_applied_once(alerting: Alerting) -> None:
    first = alerting.apply(*ALL)
    assert actions(first) == {"created", "unchanged"}
    assert set(alerting.rules()) == {policy["name"] for policy in ALL}
    alerting.cluster.reset_requests()
    second = alerting.apply(*ALL)
    assert not second["changed"]
    assert {request.method for request in alerting.cluster.requests()} == {"GET"}


def test_each_object_is_read_once(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    alerting.cluster.reset_requests()
    alerting.apply(*ALL)
    paths = [request.path for request in alerting.cluster.requests()]
    assert len(paths) == len(set(paths))
    assert set(alerting.groups()) < set(paths)


def test_fields_added_by_webhook_and_console_survive_a_change(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    before = alerting.rules()["node-memory-high"]
    path, item = next((path, item) for path, item in alerting.groups().items() if "node-memory-high" in str(item))
    rules = item["spec"].get("rules") or item["spec"]["groups"][0]["rules"]
    rules[0] |= {"labels": {**(rules[0].get("labels") or {}), "unmanaged": "value"}}
    alerting.cluster.put(path, item)
    alerting.apply(WORKLOAD, changed(NODE, threshold=0.95, severity="warning"), *ALL[2:])
    after = alerting.rules()["node-memory-high"]
    assert after["labels"]["unmanaged"] == "value"
    assert after["labels"]["rule_id"] == before["labels"]["rule_id"]
    assert "0.95" in after["expr"]
    assert not alerting.apply(WORKLOAD, changed(NODE, threshold=0.95, severity="warning"), *ALL[2:])["changed"]


def test_removed_policies_are_pruned_and_unmanaged_rules_remain(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    path, item = next((path, item) for path, item in alerting.groups().items() if "target-down" in str(item))
    unmanaged = {"alert": "unmanaged", "expr": "vector(1)", "for": "1m"}
    (item["spec"].get("rules") or item["spec"]["groups"][0]["rules"]).insert(0, unmanaged)
    alerting.cluster.put(path, item)
    alerting.apply(NODE)
    assert set(alerting.rules()) == {"unmanaged", "node-memory-high"}
    removed = alerting.apply(state="absent")
    assert set(alerting.rules()) == {"unmanaged"}
    assert [text for text in removed.get("warnings", []) if "node-memory" in text] == []
    assert alerting.rules()["unmanaged"]["expr"] == "vector(1)"


def test_groups_with_managed_rules_only_are_deleted(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    alerting.apply()
    assert alerting.groups() == {}


def test_externally_changed_rule_is_removed_with_its_policy(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    path, item = next((path, item) for path, item in alerting.groups().items() if "target-down" in str(item))
    for rule in item["spec"].get("rules") or item["spec"]["groups"][0]["rules"]:
        rule["for"] = "33m"
    alerting.cluster.put(path, item)
    result = alerting.apply(WORKLOAD)
    assert set(alerting.rules()) == {"web-cpu-high"}
    assert "warnings" not in result


def test_previous_rule_is_restored(alerting: Alerting) -> None:
    alerting.apply(EXPRESSION)
    [(path, item)] = alerting.groups().items()
    alerting.apply()
    for field in ("resourceVersion", "uid", "creationTimestamp", "generation"):
        item["metadata"].pop(field, None)
    before = alerting.cluster.post(path.rpartition("/")[0], item)["spec"]
    alerting.apply(changed(EXPRESSION, expr="up < 1", duration="7m"))
    assert alerting.rules()["target-down"]["expr"] == "up < 1"
    alerting.apply()
    assert alerting.cluster.get(path)["spec"] == before


def test_policy_can_change_between_terms_and_expression(alerting: Alerting) -> None:
    alerting.apply(NODE)
    rule_id = alerting.rules()["node-memory-high"]["labels"]["rule_id"]
    alerting.apply({"name": "node-memory-high", "expr": "vector(2) > 1"})
    found = alerting.rules()["node-memory-high"]
    assert found["expr"] == "vector(2) > 1"
    assert "exprBuilder" not in found
    alerting.apply(NODE)
    found = alerting.rules()["node-memory-high"]
    assert "0.9" in found["expr"]
    assert found["labels"]["rule_id"] == rule_id


def test_check_mode_stores_nothing_and_predicts_the_result(alerting: Alerting) -> None:
    alerting.cluster.reset_requests()
    before = alerting.groups()
    options = {"kubeconfig": str(alerting.cluster.kubeconfig), "features": ["alerting"]}
    predicted = inprocess.apply_features(options, {"alerting_policies": ALL}, check_mode=True)
    assert alerting.groups() == before
    actual = alerting.apply(*ALL)
    assert (predicted["diff"], predicted["objects"]) == (actual["diff"], actual["objects"])


def test_too_many_policies_for_an_older_release_are_rejected_before_any_write(alerting: Alerting) -> None:
    policies = [changed(EXPRESSION, name=f"p{number}") for number in range(21)]
    result = alerting.try_apply(*policies)
    if alerting.cluster.version == "3.4":
        assert len(alerting.rules()) == 21
    else:
        assert "KubeSphere supports at most 20 per group here; move some of them to another group" in result["msg"]
        assert alerting.groups() == {}


def test_missing_project_is_reported(alerting: Alerting) -> None:
    result = alerting.try_apply(changed(WORKLOAD, namespace="nowhere"))
    assert 'namespaces "nowhere" not found' in result["msg"]


@pytest.fixture(params=["3.3", "3.4"])
def bare(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    with clusters({"one": request.param}, tmp_path) as fleet:
        yield Alerting(fleet["one"])


def component(cluster: Cluster) -> Json:
    found: Json = cluster.get(CONFIGURATION)["spec"]["alerting"]
    return found


def test_missing_component_is_enabled_without_other_changes(bare: Alerting) -> None:
    before = bare.cluster.get(CONFIGURATION)
    result = bare.apply(EXPRESSION)
    assert result["installing"] == ["alerting"]
    assert [(item["kind"], item["action"]) for item in result["objects"]] == [("ClusterConfiguration", "updated")]
    after = bare.cluster.get(CONFIGURATION)
    assert after["spec"] == {**before["spec"], "alerting": {**before["spec"]["alerting"], "enabled": True}}
    assert after["status"] == before["status"]
    assert bare.groups() == {}
    assert not bare.apply(EXPRESSION)["changed"]


def test_missing_component_can_be_an_error(bare: Alerting) -> None:
    result = bare.try_apply(EXPRESSION, when_installing="fail")
    assert "alerting component is not installed. KubeSphere is still installing it" in result["msg"]


def test_policies_remain_while_an_upgrade_reinstalls_the_component(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    alerting.cluster.patch(CONFIGURATION, {"status": {"alerting": None}})
    result = alerting.apply(NODE)
    assert result["installing"] == ["alerting"]
    assert set(alerting.rules()) == {policy["name"] for policy in ALL}
    alerting.cluster.patch(CONFIGURATION, {"status": {"alerting": {"status": "enabled"}}})
    alerting.apply(NODE)
    assert set(alerting.rules()) == {"node-memory-high"}


def test_component_remains_when_policies_are_removed(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    alerting.apply(state="absent")
    assert component(alerting.cluster)["enabled"] is True


def test_explicitly_disabled_component_is_not_enabled(bare: Alerting) -> None:
    options = {"kubeconfig": str(bare.cluster.kubeconfig), "features": ["alerting"]}
    result = inprocess.apply_features(options, {"alerting_policies": [EXPRESSION], "alerting_enabled": False})
    assert "alerting_enabled is false. Set it to true, or remove the policies" in result["msg"]
    assert component(bare.cluster)["enabled"] is False


def test_policies_with_another_effect_are_warned_of_in_each_run(alerting: Alerting) -> None:
    policies = [
        changed(EXPRESSION, namespace="shop"),
        changed(NODE, name="disk-writes", metric="disk.throughputWrite", threshold=1000),
    ]
    expected = {"3.3": "(target-down): watches every project", "3.4": "(disk-writes): never fires"}
    for check_mode in (True, False, True, False):
        [warning] = alerting.apply(*policies, check_mode=check_mode)["warnings"]
        assert expected[alerting.cluster.version] in warning
