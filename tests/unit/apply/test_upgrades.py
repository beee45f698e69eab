# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applied objects in API versions that are no longer served, or that have another shape in a newer version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.last_applied import AppliedObject
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.merge import ManagedField
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.upgrades import (
    in_version,
    rule_groups,
    with_moved_rules,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support import inprocess
from tests.support.plays.environment import exists
from tests.support.testbed import Cluster, clusters
from tests.support.testbed.installer.upgrade import stop_serving

Json = dict[str, Any]

GROUP = "notification.kubesphere.io"
RECEIVERS = f"/apis/{GROUP}/v2beta2/receivers"
RECORD = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
CREDENTIAL = {"name": "s", "key": "webhook"}
WRAPPED = {"valueFrom": {"secretKeyRef": CREDENTIAL}}


@pytest.fixture
def cluster(tmp_path: Any) -> Iterator[Cluster]:
    with clusters({"one": "3.3"}, tmp_path) as fleet:
        yield fleet["one"]


def put(cluster: Cluster, *manifests: Json, state: str = "present", check_mode: bool = False) -> Json:
    options = {"kubeconfig": str(cluster.kubeconfig), "manifests": list(manifests), "name": "set", "state": state}
    return inprocess.run(OPERATION, options, check_mode)


def receiver(version: str, name: str = "one", **robot: Any) -> Json:
    chatbot = {"chatbot": {"webhook": CREDENTIAL if version == "v2beta1" else WRAPPED, **robot}}
    kind = {"apiVersion": f"{GROUP}/{version}", "kind": "Receiver", "metadata": {"name": name}}
    return {**kind, "spec": {"dingtalk": {"enabled": True, **chatbot}}}


def last_applied(cluster: Cluster) -> Json:
    apply_sets: Json = yaml.safe_load(cluster.get(RECORD)["data"]["applied"])["apply_sets"]
    return apply_sets


def test_an_object_applied_in_a_removed_version_is_deleted(cluster: Cluster) -> None:
    put(cluster, receiver("v2beta1"), receiver("v2beta1", "other"))
    stop_serving(cluster, GROUP, "v2beta1")
    assert put(cluster, receiver("v2beta2", "other"))["changed"]
    assert not exists(cluster, f"{RECEIVERS}/one")
    assert not put(cluster, receiver("v2beta2", "other"))["changed"]
    assert put(cluster, state="absent")["changed"]
    assert not exists(cluster, f"{RECEIVERS}/other")
    assert not exists(cluster, RECORD)


def test_a_robot_is_removed_although_its_reference_has_another_shape_now(cluster: Cluster) -> None:
    put(cluster, receiver("v2beta1", keywords=["alert"]))
    desired = receiver("v2beta2")
    del desired["spec"]["dingtalk"]["chatbot"]
    result = put(cluster, desired)
    assert result.get("warnings", []) == []
    assert cluster.get(f"{RECEIVERS}/one")["spec"]["dingtalk"] == {"enabled": True}


def test_kinds_that_no_longer_exist_are_removed_from_the_last_applied_state(cluster: Cluster) -> None:
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Cluster",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                }
            ],
        },
    }
    place = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    cluster.post(place, crd)
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1}}
    assert put(cluster, widget, receiver("v2beta1"))["changed"]
    cluster.delete(f"{place}/widgets.example.com")
    assert not put(cluster, receiver("v2beta1"), check_mode=True).get("failed")
    assert "Widget.example.com/w" in last_applied(cluster)["set"]
    assert not put(cluster, receiver("v2beta1")).get("failed")
    assert list(last_applied(cluster)["set"]) == ["Receiver.notification.kubesphere.io/one"]


def test_references_to_secrets_are_converted_between_versions() -> None:
    old = {
        "/conversation": ManagedField(({"appkey": CREDENTIAL},), previous={"appsecret": CREDENTIAL}),
        "/x": ManagedField((True,)),
    }
    new = {
        "/conversation": ManagedField(({"appkey": WRAPPED},), previous={"appsecret": WRAPPED}),
        "/x": ManagedField((True,)),
    }
    older, newer = (ObjectRef(f"{GROUP}/{version}", "Config", "c") for version in ("v2beta1", "v2beta2"))
    assert in_version(AppliedObject(older.api_version, values=old), newer).values == new
    assert in_version(AppliedObject(newer.api_version, values=new), older).values == old


@pytest.mark.parametrize(("level", "kind"), [("cluster", "ClusterRuleGroup"), ("namespace", "RuleGroup")])
def test_rule_groups_converted_from_managed_rules_are_managed(level: str, kind: str) -> None:
    rules = ObjectRef("monitoring.coreos.com/v1", "PrometheusRule", "custom-alerting-rule-x", "shop")
    path = "/spec/groups/[group=g]/rules/[alert=cpu-high]"
    applied = AppliedObject(
        rules.api_version, True, {path: ManagedField(({"alert": "cpu-high"},)), f"{path}/expr": ManagedField(("up",))}
    )
    labels = {"custom-alerting-rule-level": level}
    assert list(rule_groups(rules, {"metadata": {"labels": labels}}, applied)) == []
    live = {"metadata": {"labels": {**labels, "migrated-to-alerting-v2beta1": "true"}}}
    [(group, managed_fields)] = rule_groups(rules, live, applied)
    assert (group.kind, group.name, group.namespace) == (kind, "cpu-high", "shop" if level == "namespace" else None)
    assert managed_fields.created
    assert list(managed_fields.values) == ["/spec/rules/[alert=cpu-high]"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"spec": "text"},
        {"spec": {"groups": "text"}},
        {"spec": {"groups": ["text", {"name": "g"}, {"name": "g", "rules": "text"}, {"rules": ["text", {}]}]}},
    ],
)
def test_desired_rules_of_another_shape_are_not_moved(content: Json) -> None:
    rules = [{"name": "alerting.custom.defaults.0", "rules": [{"alert": "cpu-high", "expr": "up"}]}]
    applied = AppliedObject("monitoring.coreos.com/v1")
    assert with_moved_rules(content, {"spec": {"groups": rules}}, applied) == (content, applied)


def test_moved_rules_join_a_desired_group_of_the_same_name() -> None:
    def group(name: str, *alerts: str, **more: Any) -> Json:
        return {"name": name, **more, "rules": [{"alert": alert} for alert in alerts]}

    console = "alerting.custom.defaults.0"
    desired = {"spec": {"groups": [group("g", "a", "b"), group(console, "c", interval="1m")]}}
    live = {"spec": {"groups": [group("g", "b"), group(console, "c", "a")]}}
    content, _applied = with_moved_rules(desired, live, AppliedObject("monitoring.coreos.com/v1"))
    assert content == {"spec": {"groups": [group("g", "b"), group(console, "a", "c", interval="1m")]}}
