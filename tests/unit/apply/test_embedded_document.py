# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of an extension, a YAML document in a field of InstallPlan: edited, merged and restored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support import inprocess
from tests.support.testbed import Cluster, clusters
from tests.support.testbed.installer.extensions import install_plan

Json = dict[str, Any]
Put = Callable[..., Json]

PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
PLAN = f"{PLANS}/whizard-notification"
CHART = "/api/v1/namespaces/kubesphere-monitoring-system/configmaps/whizard-notification-alertmanager"
RECEIVER = {"name": "team-a", "webhook_configs": [{"url": "http://team-a.example.com/secret-part"}]}


@pytest.fixture
def four(tmp_path: Any) -> Iterator[Cluster]:
    with clusters({"one": "4.1"}, tmp_path) as fleet:
        yield fleet["one"]


@pytest.fixture
def put(four: Cluster) -> Put:
    """Return a function that applies fields of Alertmanager's configuration."""

    def put_with(state: str = "present", check_mode: bool = False, **configuration: Any) -> Json:
        values = {"alertmanager": {"config": configuration}}
        manifest = install_plan("whizard-notification", "", "HostOnly")
        manifest["spec"] = {"config": values}
        del manifest["status"]
        access = {"kubeconfig": str(four.kubeconfig), "wait_timeout": 0}
        options = {**access, "manifests": [manifest], "name": "set", "state": state}
        return inprocess.run(OPERATION, options, check_mode)

    return put_with


def text(cluster: Cluster) -> str:
    found: str = cluster.get(PLAN)["spec"].get("config", "")
    return found


def set_text(cluster: Cluster, value: str | None) -> None:
    cluster.patch(PLAN, {"spec": {"config": value}})


def test_a_field_is_added_and_all_other_content_is_preserved(put: Put, four: Cluster) -> None:
    before = text(four)
    assert put(route={"repeat_interval": "2h"})["changed"]
    after = text(four)
    assert after.startswith(before)
    assert yaml.safe_load(after)["alertmanager"] == {"replicaCount": 3, "config": {"route": {"repeat_interval": "2h"}}}
    assert not put(route={"repeat_interval": "2h"})["changed"]
    assert put(state="absent")["changed"]
    assert text(four) == before


@pytest.mark.parametrize("before", [None, "", "# nothing yet\n"])
def test_empty_values_are_edited_and_restored(put: Put, four: Cluster, before: str | None) -> None:
    set_text(four, before)
    put(route={"group_wait": "10s"})
    assert text(four) == f"{before or ''}alertmanager:\n  config:\n    route:\n      group_wait: 10s\n"
    put(state="absent")
    assert text(four) == (before or "")


def test_a_receiver_is_added_to_those_of_the_chart(put: Put, four: Cluster) -> None:
    before = text(four)
    put(receivers=[RECEIVER])
    names = [item["name"] for item in yaml.safe_load(text(four))["alertmanager"]["config"]["receivers"]]
    assert names == ["Default", "Watchdog", "null", "prometheus", "event", "auditing", "team-a"]
    four.reset_requests()
    assert not put(receivers=[RECEIVER])["changed"]
    # The chart's configuration is still read, as it determines which routes match alerts.
    assert [request.path for request in four.requests() if request.path == CHART] == [CHART]
    put(state="absent")
    assert text(four) == before


def test_a_list_that_others_changed_is_preserved_without_the_managed_item(put: Put, four: Cluster) -> None:
    put(receivers=[RECEIVER])
    set_text(four, text(four).replace("name: Watchdog", "name: Watchdog2"))
    put(state="absent")
    names = [item["name"] for item in yaml.safe_load(text(four))["alertmanager"]["config"]["receivers"]]
    assert names == ["Default", "Watchdog2", "null", "prometheus", "event", "auditing"]


def test_a_configuration_that_alertmanager_would_reject_is_not_written(put: Put, four: Cluster) -> None:
    before = text(four)
    result = put(route={"receiver": "nobody"})
    assert result["failed"]
    assert "alertmanager.config: route: undefined receiver 'nobody'" in result["msg"]
    assert text(four) == before


def test_values_with_invalid_yaml_are_reported(put: Put, four: Cluster) -> None:
    set_text(four, "a: [1\n")
    result = put(route={"group_wait": "10s"})
    assert "spec.config in InstallPlan whizard-notification is not valid YAML" in result["msg"]


def test_a_diff_shows_timing_and_no_other_value(put: Put, four: Cluster) -> None:
    set_text(four, "smtp:\n  password: planted-password\n")
    result = put(route={"repeat_interval": "2h"}, receivers=[RECEIVER], check_mode=True)
    shown = str(result["diff"])
    assert "/alertmanager/config/route/repeat_interval: 2h" in shown
    assert "planted-password" not in str(result)
    assert "secret-part" not in str(result)
    assert yaml.safe_load(text(four)) == {"smtp": {"password": "planted-password"}}


def test_annotations_and_status_are_preserved(put: Put, four: Cluster) -> None:
    four.patch(PLAN, {"metadata": {"annotations": {"kubesphere.io/creator": "admin"}}})
    before = four.get(PLAN)
    put(route={"group_wait": "10s"})
    after = four.get(PLAN)
    assert (after["metadata"]["annotations"], after["status"]) == (before["metadata"]["annotations"], before["status"])


def test_a_plan_with_values_is_created(four: Cluster) -> None:
    manifest = install_plan("whizard-alerting", "1.0.3", "HostOnly")
    del manifest["status"]
    manifest["spec"]["config"] = {"agent": {"ruler": {"alertmanagersUrl": ["http://one:9093"]}}}
    manifest["spec"]["clusterScheduling"] = {
        "placement": {"clusters": ["host", "east"]},
        "overrides": {"east": {"agent": {"ruler": {"alertmanagersUrl": ["http://two:31093"]}}}},
    }
    options = {"kubeconfig": str(four.kubeconfig), "manifests": [manifest], "name": "set"}
    assert inprocess.run(OPERATION, options)["changed"]
    spec = four.get(f"{PLANS}/whizard-alerting")["spec"]
    assert yaml.safe_load(spec["config"])["agent"]["ruler"]["alertmanagersUrl"] == ["http://one:9093"]
    east = spec["clusterScheduling"]["overrides"]["east"]
    assert yaml.safe_load(east)["agent"]["ruler"]["alertmanagersUrl"] == ["http://two:31093"]
    assert not inprocess.run(OPERATION, options)["changed"]


def test_a_route_is_added_to_those_of_the_chart_and_removed(put: Put, four: Cluster) -> None:
    before = text(four)
    routes = [{"match": {"severity": "critical"}, "repeat_interval": "30m"}]
    alerts = put(route={"routes": routes})["built_in_alerts"]
    assert [(item["severity"], item["repeat_interval"]) for item in alerts] == [("critical", "30m"), ("warning", "12h")]
    written = yaml.safe_load(text(four))["alertmanager"]["config"]["route"]["routes"]
    assert [item.get("receiver") for item in written] == [
        *("Watchdog", "null", "event", "auditing", "prometheus", "prometheus")
    ]
    added = {"matchers": ['severity="critical"'], "repeat_interval": "30m", "receiver": "prometheus"}
    assert written[-2] == added
    assert not put(route={"routes": routes})["changed"]
    put(state="absent")
    assert text(four) == before


def move_extension(cluster: Cluster, namespace: str) -> str:
    """Move the extension to another namespace; return the path of the chart's ConfigMap there."""
    chart = cluster.get(CHART)
    cluster.delete(CHART)
    cluster.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    place = f"/api/v1/namespaces/{namespace}/configmaps"
    metadata = {"name": chart["metadata"]["name"], "namespace": namespace}
    cluster.post(place, {**chart, "metadata": metadata})
    cluster.patch(PLAN, {"status": {"targetNamespace": namespace}})
    return f"{place}/{metadata['name']}"


def test_the_chart_is_read_from_the_namespace_of_the_installation(put: Put, four: Cluster) -> None:
    place = move_extension(four, "elsewhere")
    four.reset_requests()
    put(receivers=[RECEIVER])
    names = [item["name"] for item in yaml.safe_load(text(four))["alertmanager"]["config"]["receivers"]]
    assert names == ["Default", "Watchdog", "null", "prometheus", "event", "auditing", "team-a"]
    paths = [request.path for request in four.requests()]
    assert place in paths
    assert CHART not in paths


@pytest.mark.parametrize(
    "desired", [{"receivers": [RECEIVER]}, {"route": {"routes": [{"matchers": ["a=b"], "receiver": "prometheus"}]}}]
)
def test_a_list_of_an_unknown_chart_is_not_replaced(put: Put, four: Cluster, desired: Json) -> None:
    before = text(four)
    four.delete(CHART)
    for check_mode in (True, False):
        result = put(check_mode=check_mode, **desired)
        assert result["failed"]
        assert "ConfigMap kubesphere-monitoring-system/whizard-notification-alertmanager" in result["msg"]
        assert "Nothing was changed" in result["msg"]
        assert text(four) == before


def test_a_list_in_the_values_is_edited_without_the_chart(put: Put, four: Cluster) -> None:
    put(receivers=[RECEIVER])
    four.delete(CHART)
    second = {**RECEIVER, "name": "second"}
    assert put(receivers=[RECEIVER, second])["changed"]
    names = [item["name"] for item in yaml.safe_load(text(four))["alertmanager"]["config"]["receivers"]]
    assert names[-2:] == ["team-a", "second"]


def test_a_field_is_edited_without_the_chart(put: Put, four: Cluster) -> None:
    four.delete(CHART)
    assert put(route={"repeat_interval": "2h"})["changed"]
