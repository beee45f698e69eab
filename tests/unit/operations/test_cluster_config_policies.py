# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies on a cluster: put, changed, beside those of others, taken back."""

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


def test_policies_are_put_once(alerting: Alerting) -> None:
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


def test_what_the_webhook_and_the_console_add_survives_a_change(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    before = alerting.rules()["node-memory-high"]
    path, item = next((path, item) for path, item in alerting.groups().items() if "node-memory-high" in str(item))
    rules = item["spec"].get("rules") or item["spec"]["groups"][0]["rules"]
    rules[0] |= {"labels": {**(rules[0].get("labels") or {}), "theirs": "kept"}}
    alerting.cluster.put(path, item)
    alerting.apply(WORKLOAD, changed(NODE, threshold=0.95, severity="warning"), *ALL[2:])
    after = alerting.rules()["node-memory-high"]
    assert after["labels"]["theirs"] == "kept"
    assert after["labels"]["rule_id"] == before["labels"]["rule_id"]
    assert "0.95" in after["expr"]
    assert not alerting.apply(WORKLOAD, changed(NODE, threshold=0.95, severity="warning"), *ALL[2:])["changed"]


def test_a_policy_that_leaves_the_list_goes_and_those_of_others_stay(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    path, item = next((path, item) for path, item in alerting.groups().items() if "target-down" in str(item))
    theirs = {"alert": "theirs", "expr": "vector(1)", "for": "1m"}
    (item["spec"].get("rules") or item["spec"]["groups"][0]["rules"]).insert(0, theirs)
    alerting.cluster.put(path, item)
    alerting.apply(NODE)
    assert set(alerting.rules()) == {"theirs", "node-memory-high"}
    gone = alerting.apply(state="absent")
    assert set(alerting.rules()) == {"theirs"}
    assert [text for text in gone.get("warnings", []) if "node-memory" in text] == []
    assert alerting.rules()["theirs"]["expr"] == "vector(1)"


def test_nothing_is_left_where_all_was_ours(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    alerting.apply()
    assert alerting.groups() == {}


def test_a_rule_that_somebody_changed_goes_with_its_policy(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    path, item = next((path, item) for path, item in alerting.groups().items() if "target-down" in str(item))
    for rule in item["spec"].get("rules") or item["spec"]["groups"][0]["rules"]:
        rule["for"] = "33m"
    alerting.cluster.put(path, item)
    result = alerting.apply(WORKLOAD)
    assert set(alerting.rules()) == {"web-cpu-high"}
    assert "warnings" not in result


def test_a_rule_that_was_there_before_us_is_given_back(alerting: Alerting) -> None:
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


def test_a_policy_may_become_an_expression_and_terms_again(alerting: Alerting) -> None:
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


def test_check_mode_stores_nothing_and_foretells_the_same(alerting: Alerting) -> None:
    alerting.cluster.reset_requests()
    before = alerting.groups()
    options = {"kubeconfig": str(alerting.cluster.kubeconfig), "features": ["alerting"]}
    foretold = inprocess.apply_features(options, {"alerting_policies": ALL}, check_mode=True)
    assert alerting.groups() == before
    done = alerting.apply(*ALL)
    assert (foretold["diff"], foretold["objects"]) == (done["diff"], done["objects"])


def test_too_many_policies_for_an_older_release_are_refused_before_anything_is_written(alerting: Alerting) -> None:
    policies = [changed(EXPRESSION, name=f"p{number}") for number in range(21)]
    result = alerting.try_apply(*policies)
    if alerting.cluster.version == "3.4":
        assert len(alerting.rules()) == 21
    else:
        assert "KubeSphere takes 20 in one group here; give some of them another group" in result["msg"]
        assert alerting.groups() == {}


def test_a_project_that_is_not_there_is_named(alerting: Alerting) -> None:
    result = alerting.try_apply(changed(WORKLOAD, namespace="nowhere"))
    assert 'namespaces "nowhere" not found' in result["msg"]


@pytest.fixture(params=["3.3", "3.4"])
def bare(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    with clusters({"one": request.param}, tmp_path) as fleet:
        yield Alerting(fleet["one"])


def component(cluster: Cluster) -> Json:
    found: Json = cluster.get(CONFIGURATION)["spec"]["alerting"]
    return found


def test_without_the_component_it_is_switched_on_and_nothing_else_is_touched(bare: Alerting) -> None:
    before = bare.cluster.get(CONFIGURATION)
    result = bare.apply(EXPRESSION)
    assert result["installing"] == ["alerting"]
    assert [(item["kind"], item["action"]) for item in result["objects"]] == [("ClusterConfiguration", "updated")]
    after = bare.cluster.get(CONFIGURATION)
    assert after["spec"] == {**before["spec"], "alerting": {**before["spec"]["alerting"], "enabled": True}}
    assert after["status"] == before["status"]
    assert bare.groups() == {}
    assert not bare.apply(EXPRESSION)["changed"]


def test_it_may_be_a_fault_that_the_component_is_not_there(bare: Alerting) -> None:
    result = bare.try_apply(EXPRESSION, when_installing="fail")
    assert "alerting component is not there. KubeSphere still installs it" in result["msg"]


def test_policies_stay_while_an_upgrade_installs_the_component_anew(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    alerting.cluster.patch(CONFIGURATION, {"status": {"alerting": None}})
    result = alerting.apply(NODE)
    assert result["installing"] == ["alerting"]
    assert set(alerting.rules()) == {policy["name"] for policy in ALL}
    alerting.cluster.patch(CONFIGURATION, {"status": {"alerting": {"status": "enabled"}}})
    alerting.apply(NODE)
    assert set(alerting.rules()) == {"node-memory-high"}


def test_the_component_stays_when_policies_are_taken_back(alerting: Alerting) -> None:
    alerting.apply(*ALL)
    alerting.apply(state="absent")
    assert component(alerting.cluster)["enabled"] is True


def test_a_component_that_is_switched_off_on_purpose_is_not_switched_on(bare: Alerting) -> None:
    options = {"kubeconfig": str(bare.cluster.kubeconfig), "features": ["alerting"]}
    result = inprocess.apply_features(options, {"alerting_policies": [EXPRESSION], "alerting_enabled": False})
    assert "alerting_enabled is false. Set it to true, or take the policies away" in result["msg"]
    assert component(bare.cluster)["enabled"] is False
