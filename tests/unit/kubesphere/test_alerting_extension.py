# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerting in KubeSphere 4: an extension on the host, and policies behind KubeSphere's own API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import wait_for_alerting
from tests.support.fixtures.policies import EXPRESSION, NODE, WORKLOAD, changed
from tests.support.inprocess import Result, apply_features, task_for
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.testbed import Cluster, ClusterSpec, clusters
from tests.support.testbed.installer.releases import KUBESPHERE_4
from tests.support.testbed.stand_ins.extension_controller import ALERTING, ExtensionController
from tests.unit.operations.test_wait_for_alerting import access

Json = dict[str, Any]

PASSWORD, TOKEN = "planted-password-of-kubesphere", "planted-token-of-kubesphere"
OWN_URL = "dnssrv+http://whizard-notification-alertmanager-headless.kubesphere-monitoring-system.svc:9093"
MEMBERS_URL = "http://192.0.2.10:31093"
ALL = [WORKLOAD, NODE, EXPRESSION]


@dataclass
class Site:
    """A host and its member, which KubeSphere names ``east``."""

    host: Cluster
    east: Cluster
    api: KubeSphereApi
    ca_file: Path
    results: list[Result] = field(default_factory=list)

    def variables(self, name: str, *policies: Json, **more: Any) -> Json:
        identity = {"kubesphere_api_username": "admin", "kubesphere_api_password": PASSWORD}
        host: Json = {"inventory_hostname": name}
        if name == "east":
            api = {"kubesphere_api_url": self.api.url, "kubesphere_api_ca_cert": str(self.ca_file)}
            host |= {**api, "kubesphere_host_cluster": "host", "alerting_alertmanager_url": MEMBERS_URL}
        variables = {**identity, **host, "alerting_policies": list(policies), **more}
        return {option: value for option, value in variables.items() if value is not None}

    def apply(self, name: str, *policies: Json, options: Json | None = None, **more: Any) -> Result:
        """Run one task; both clusters have the same policies."""
        hostvars = {host: self.variables(host, *policies, **more) for host in ("host", "east")}
        variables = hostvars[name]
        cluster = self.host if name == "host" else self.east
        identity = {
            option.removeprefix("kubesphere_"): value for option, value in variables.items() if "sphere_api" in option
        }
        task = {"kubeconfig": str(cluster.kubeconfig), "features": ["alerting"], **identity, **(options or {})}
        check_mode = task.pop("check_mode", False)
        result = apply_features(task, variables, check_mode, hostvars)
        self.results.append(result)
        return result

    def plan(self) -> Json:
        return self.host.get(ALERTING)


@pytest.fixture(params=KUBESPHERE_4)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    specs = {"host": ClusterSpec(request.param, "host"), "east": ClusterSpec(request.param, "member", host="host")}
    with (
        clusters(specs, tmp_path) as fleet,
        KubeSphereApi(fleet["host"], "admin", PASSWORD, TOKEN, ["host", "east"]) as api,
    ):
        ca_file = tmp_path / "kubesphere-ca.pem"
        api.authority.cert_pem.write_to_path(str(ca_file))
        yield Site(fleet["host"], fleet["east"], api, ca_file)


def succeeded(result: Result) -> Result:
    assert not result.get("failed"), result["msg"]
    return result


def test_the_host_installs_the_extension_for_itself_and_its_members(site: Site) -> None:
    result = succeeded(site.apply("host", *ALL))
    assert result["installing"] == ["alerting"]
    assert [(item["kind"], item["name"], item["action"]) for item in result["objects"]] == [
        ("InstallPlan", "whizard-alerting", "created")
    ]
    spec = site.plan()["spec"]
    offered = site.host.get("/apis/kubesphere.io/v1alpha1/extensions/whizard-alerting")["status"]["recommendedVersion"]
    assert spec["extension"] == {"name": "whizard-alerting", "version": offered}
    assert spec["enabled"] is True
    assert spec["clusterScheduling"]["placement"] == {"clusters": ["host", "east"]}
    assert yaml.safe_load(spec["config"]) == {"agent": {"ruler": {"alertmanagersUrl": [OWN_URL]}}}
    override = yaml.safe_load(spec["clusterScheduling"]["overrides"]["east"])
    assert override == {"agent": {"ruler": {"alertmanagersUrl": [MEMBERS_URL]}}}
    assert site.api.groups == {}
    assert not succeeded(site.apply("host", *ALL))["changed"]


def test_the_existing_placement_and_values_are_preserved(site: Site) -> None:
    config = "# team-a\nagent:\n  ruler:\n    replicas: 3\n    alertmanagersUrl: [http://team-a:9093]\n"
    scheduling = {"placement": {"clusters": ["west"]}, "overrides": {"west": "a: 1\n"}}
    kind = {"apiVersion": "kubesphere.io/v1alpha1", "kind": "InstallPlan", "metadata": {"name": "whizard-alerting"}}
    extension = {"name": "whizard-alerting", "version": "1.0.2"}
    spec = {"extension": extension, "enabled": True, "config": config, "clusterScheduling": scheduling}
    site.host.post(ALERTING.rpartition("/")[0], {**kind, "spec": spec})
    succeeded(site.apply("host", *ALL))
    after = site.plan()["spec"]
    assert after["extension"] == extension
    assert after["clusterScheduling"]["placement"]["clusters"] == ["west", "host", "east"]
    assert after["clusterScheduling"]["overrides"]["west"] == "a: 1\n"
    assert after["config"].startswith("# team-a\n")
    ruler = yaml.safe_load(after["config"])["agent"]["ruler"]
    assert ruler == {"replicas": 3, "alertmanagersUrl": ["http://team-a:9093", OWN_URL]}


def test_policies_of_host_and_member_are_written_through_kubespheres_api(site: Site) -> None:
    succeeded(site.apply("host", *ALL))
    assert succeeded(site.apply("east", *ALL))["installing"] == ["alerting"]
    install(site)
    for name in ("host", "east"):
        assert succeeded(site.apply(name, *ALL))["changed"]
    root = "/proxy/alerting.kubesphere.io/v2beta1/clusters"
    assert set(site.api.groups) == {
        f"{root}/{name}/{place}/kubesphere-dingtalk"
        for name in ("host", "east")
        for place in ("namespaces/shop/rulegroups", "clusterrulegroups")
    }
    site.api.requests.clear()
    before = dict(site.api.groups)
    for name in ("host", "east"):
        assert not succeeded(site.apply(name, *ALL))["changed"]
    assert {method for method, _path in site.api.requests} == {"GET"}
    assert site.api.groups == before


def install(site: Site) -> None:
    """Install the extension as KubeSphere does, and wait for it."""
    with ExtensionController(site.host):
        options = {"interval": 1, "timeout": 20}
        accesses = {
            "host": {**access(site.host), "api_username": "admin", "api_password": PASSWORD},
            "east": {**access(site.east), "api_token": TOKEN, "api_url": site.api.url, "api_ca_cert": site.ca_file},
        }
        waited = wait_for_alerting.run_wait(
            task_for(wait_for_alerting.OPERATION, options), accesses, lambda _line: None
        )
    assert {item["state"] for item in waited["components"].values()} == {"ready"}, waited


def test_policies_are_removed_and_the_extension_is_retained(site: Site) -> None:
    succeeded(site.apply("host", *ALL))
    install(site)
    succeeded(site.apply("host", *ALL))
    ids = [rule["labels"]["rule_id"] for group in site.api.groups.values() for rule in group["spec"]["rules"]]
    succeeded(site.apply("host", changed(NODE, threshold=0.95), EXPRESSION))
    [group] = site.api.groups.values()
    assert [rule["alert"] for rule in group["spec"]["rules"]] == ["node-memory-high", "target-down"]
    assert {rule["labels"]["rule_id"] for rule in group["spec"]["rules"]} < set(ids)
    succeeded(site.apply("host", options={"state": "absent"}))
    assert site.api.groups == {}
    assert site.plan()["spec"]["enabled"] is True


@pytest.mark.parametrize("name", ["host", "east"])
def test_a_platform_that_violates_its_licence_is_read_only(site: Site, name: str) -> None:
    succeeded(site.apply("host", *ALL))
    succeeded(site.apply("east", *ALL))
    install(site)
    site.api.is_violated = True
    result = site.apply(name, *ALL)
    assert (result.get("failed"), result.get("finding")) == (True, "KD306"), result["msg"]
    assert "Check the licence in KubeSphere's console" in result["msg"]
    assert site.api.groups == {}


def test_check_mode_stores_nothing_and_sends_no_write_to_the_api(site: Site) -> None:
    succeeded(site.apply("host", *ALL))
    install(site)
    site.api.requests.clear()
    predicted = succeeded(site.apply("host", *ALL, options={"check_mode": True}))
    assert {method for method, _path in site.api.requests} == {"GET"}
    assert site.api.groups == {}
    done = succeeded(site.apply("host", *ALL))
    assert (predicted["diff"], predicted["objects"]) == (done["diff"], done["objects"])


def test_a_failed_installation_is_reported_with_kubespheres_reason(site: Site) -> None:
    succeeded(site.apply("host", *ALL))
    with ExtensionController(site.host, failure="chart whizard-alerting not found"):
        waited = wait_for_alerting.run_wait(
            task_for(wait_for_alerting.OPERATION, {"interval": 1, "timeout": 20}),
            {"host": access(site.host)},
            lambda _line: None,
        )
    assert waited["components"]["host"]["state"] == "failed"
    result = site.apply("host", *ALL, options={"when_installing": "fail"})
    assert "Its state is InstallFailed: chart whizard-alerting not found." in result["msg"]


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("host", {"kubesphere_api_username": None, "kubesphere_api_password": None}, "kubesphere_api_username and"),
        (
            "east",
            {"kubesphere_api_url": None, "kubesphere_api_ca_cert": None},
            "kubesphere_api_url: missing; the policies of a member",
        ),
        ("host", {"alerting_alertmanager_url": ""}, "alerting_alertmanager_url: missing on east"),
    ],
)
def test_a_missing_variable_is_reported_before_anything_is_written(
    site: Site, name: str, more: Json, expected: str
) -> None:
    result = site.apply(name, *ALL, **more)
    assert expected in result["msg"]
    assert [path for method, path in site.api.requests if method != "GET"] == []


@pytest.mark.parametrize("name", ["host", "east"])
def test_a_rejected_identity_is_reported_and_masked(site: Site, name: str) -> None:
    """Directly as well as through the service proxy, it is not the kubeconfig that is rejected."""
    succeeded(site.apply("host", *ALL))
    install(site)
    result = site.apply(name, *ALL, kubesphere_api_password="planted-wrong-password")
    assert "KubeSphere's API refused GET" in result["msg"]
    assert "Unauthorized. Correct kubesphere_api_username and kubesphere_api_password" in result["msg"]
    assert "kubeconfig" not in result["msg"].partition("not those of a kubeconfig")[0]
    assert result["finding"] == "KD328"
    site.apply("east", *ALL)
    for secret in (PASSWORD, TOKEN, "planted-wrong-password"):
        assert secret not in str(site.results)
