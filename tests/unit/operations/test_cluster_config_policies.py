# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies on a cluster: applied, changed, beside unmanaged rules, removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import inprocess
from tests.support.fixtures.alerting import Alerting, has_component
from tests.support.fixtures.policies import ALL, EXPRESSION, NODE, WORKLOAD, changed
from tests.support.simulators.kubernetes import Fault
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


@pytest.mark.parametrize("alerting", ["3.4"], indirect=True)
def test_a_policy_that_the_console_disabled_is_enabled(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    path, item = next((path, item) for path, item in alerting.groups().items() if "target-down" in str(item))
    assert "disable" not in str(item)
    label = "alerting.kubesphere.io/enable"
    item["metadata"]["labels"][label] = "false"
    for rule in item["spec"]["rules"]:
        rule["disable"] = True
    alerting.cluster.put(path, item)
    alerting.apply(*ALL)
    assert alerting.groups()[path]["metadata"]["labels"][label] == "true"
    assert not any("disable" in rule for rule in alerting.rules().values())
    assert not alerting.apply(*ALL)["changed"]


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
        changed(EXPRESSION, namespace="shop", expr='up{namespace=~"shop|bank"} == 0'),
        changed(NODE, name="disk-writes", metric="disk.throughputWrite", threshold=1000),
    ]
    expected = ["(target-down): watches project shop alone"]
    expected += ["(disk-writes): never fires"] if alerting.cluster.version == "3.4" else []
    for check_mode in (True, False, True, False):
        warnings = alerting.apply(*policies, check_mode=check_mode)["warnings"]
        assert all(part in text for part, text in zip(expected, warnings, strict=True))


@pytest.fixture
def older(tmp_path: Any) -> Iterator[Alerting]:
    with clusters({"one": "3.3"}, tmp_path) as fleet:
        yield Alerting(has_component(fleet["one"]))


def edit_in_console(older: Alerting, alert: str, **changes: Any) -> None:
    """Edit a rule as the console of 3.3 does: it moves to another group with space, and gets another ID."""
    path, item = next((path, item) for path, item in older.groups().items() if alert in str(item))
    groups = item["spec"]["groups"]
    [former] = [group for group in groups if any(rule["alert"] == alert for rule in group["rules"])]
    [rule] = [rule for rule in former["rules"] if rule["alert"] == alert]
    former["rules"].remove(rule)
    remaining = [group for group in groups if group["rules"]]
    others = [group for group in remaining if group is not former]
    if not others:
        numbers = [int(group["name"].rpartition(".")[2]) for group in remaining if "defaults" in group["name"]]
        others = [{"name": f"alerting.custom.defaults.{max(numbers, default=-1) + 1}", "rules": []}]
        remaining += others
    others[0]["rules"].append({**rule, **changes, "labels": {**rule["labels"], "rule_id": "of-the-console"}})
    item["spec"]["groups"] = remaining
    older.cluster.put(path, item)


def places(older: Alerting) -> dict[str, str]:
    """Return the group of each rule."""
    return {
        rule["alert"]: group["name"]
        for item in older.groups().values()
        for group in item["spec"]["groups"]
        for rule in group["rules"]
    }


HIGH = changed(EXPRESSION, name="high", expr="up > 1")


@pytest.mark.parametrize("policies", [[EXPRESSION], [EXPRESSION, HIGH]])
@pytest.mark.parametrize("edits", [1, 2, 3])
def test_a_policy_that_the_console_moved_is_updated_where_it_is(
    older: Alerting, policies: list[Json], edits: int
) -> None:
    older.apply(*policies)
    desired = older.rules()
    for number in range(edits):
        edit_in_console(older, "target-down", expr=f"up == {number + 2}")
        moved = places(older)
        predicted = older.apply(*policies, check_mode=True)
        done = older.apply(*policies)
        assert done.get("warnings", []) == []
        assert predicted["diff"] == done["diff"]
        assert places(older) == moved
        assert older.rules() == desired
        assert not older.apply(*policies)["changed"]
    older.apply(*policies[1:])
    assert set(older.rules()) == {policy["name"] for policy in policies[1:]}
    assert older.apply(state="absent").get("warnings", []) == []
    assert older.groups() == {}


@pytest.mark.parametrize("runs_between", [0, 1])
def test_a_teardown_removes_a_policy_that_the_console_moved(older: Alerting, runs_between: int) -> None:
    older.apply(EXPRESSION, HIGH)
    edit_in_console(older, "high", **{"for": "9m"})
    for _ in range(runs_between):
        older.apply(EXPRESSION, HIGH)
    path, item = next(iter(older.groups().items()))
    item["spec"]["groups"][-1]["rules"].append({"alert": "unmanaged", "expr": "vector(1)"})
    older.cluster.put(path, item)
    assert older.apply(state="absent").get("warnings", []) == []
    assert places(older) == {"unmanaged": "alerting.custom.defaults.0"}


def test_a_rule_of_others_in_a_group_of_the_console_is_not_adopted(older: Alerting) -> None:
    older.apply(EXPRESSION)
    path, item = next(iter(older.groups().items()))
    other = {"name": "alerting.custom.defaults.0", "rules": [{"alert": "unmanaged", "expr": "vector(1)"}]}
    item["spec"]["groups"].append(other)
    older.cluster.put(path, item)
    unmanaged = changed(EXPRESSION, name="unmanaged", expr="vector(2)")
    older.apply(EXPRESSION, unmanaged)
    assert older.rules()["unmanaged"]["expr"] == "vector(2)"
    older.apply(EXPRESSION)
    assert older.rules()["unmanaged"]["expr"] == "vector(1)"


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize(("path", "skip"), [("prometheusrules", 0), ("configmaps", 0), ("configmaps", 1)])
def test_a_moved_policy_stays_managed_when_a_run_is_interrupted(
    older: Alerting, cut: str, path: str, skip: int
) -> None:
    older.apply(EXPRESSION, HIGH)
    edit_in_console(older, "high", expr="up > 7")
    assert older.cluster.simulator is not None
    older.cluster.simulator.faults.add(Fault("PUT", path, cut=cut, skip=skip, times=0))
    older.try_apply(EXPRESSION, HIGH)
    older.cluster.simulator.faults.clear()
    older.apply(EXPRESSION, HIGH)
    assert (older.rules()["high"]["expr"], places(older)["high"]) == ("up > 1", "alerting.custom.defaults.0")
    assert not older.apply(EXPRESSION, HIGH)["changed"]
    assert older.apply(state="absent").get("warnings", []) == []
    assert older.groups() == {}
