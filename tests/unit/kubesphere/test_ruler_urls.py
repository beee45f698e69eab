# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulers of whizard-alerting send alerts to Alertmanager where notifications have a destination."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.ruler_urls import (
    HOST_URL,
    is_on_host_only,
)
from tests.support.inprocess import Result, apply_features
from tests.support.testbed import Cluster, ClusterSpec, clusters
from tests.support.testbed.stand_ins.extension_controller import ALERTING, PLANS, ruler_destinations

Json = dict[str, Any]

MEMBERS_URL, OTHER_URL = "http://192.0.2.10:31093", "http://team-a.example:9093"
NAMESPACE = "/api/v1/namespaces/kubesphere-system"
FEATURES = ["notification", "alertmanager", "alerting"]
AGENT, EXTENSION = "agent", "extension"
ON_HOST: Json = {"global": {"rules": {"distributionMode": "None"}}}


def values(*urls: str, part: str = AGENT) -> Json:
    return {part: {"ruler": {"alertmanagersUrl": list(urls)}}}


def plan(config: str | None = None, placed: tuple[str, ...] = ("host",), **overrides: str) -> Json:
    """Return an InstallPlan of whizard-alerting as the extension center creates it."""
    scheduling: Json = {"placement": {"clusters": list(placed)}, **({"overrides": overrides} if overrides else {})}
    return {
        "apiVersion": "kubesphere.io/v1alpha1",
        "kind": "InstallPlan",
        "metadata": {"name": "whizard-alerting"},
        "spec": {
            "extension": {"name": "whizard-alerting", "version": "1.0.3"},
            "enabled": True,
            "upgradeStrategy": "Manual",
            **({} if config is None else {"config": config}),
            "clusterScheduling": scheduling,
        },
        "status": {
            "state": "Installed",
            "enabled": True,
            "clusterSchedulingStatuses": {name: {"state": "Installed"} for name in placed},
        },
    }


def by_selector(installed: Json) -> Json:
    """Return an InstallPlan that is placed by the labels of clusters; its status names them."""
    scheduling = {"placement": {"clusterSelector": {"matchLabels": {"alerting": "on"}}}}
    return {**installed, "spec": {**installed["spec"], "clusterScheduling": scheduling}}


@dataclass
class Site:
    """A host whose members KubeSphere names ``east`` and ``west``, and the variables of the inventory."""

    host: Cluster
    variables: dict[str, Json] = field(default_factory=dict)

    def install(self, installed: Json) -> Json:
        """Store an InstallPlan with its status; return its spec."""
        self.host.post(PLANS, installed)
        self.host.patch(ALERTING, {"status": installed["status"]})
        return copy.deepcopy(self.spec())

    def spec(self) -> Json:
        spec: Json = self.host.get(ALERTING)["spec"]
        return spec

    def apply(self, state: str = "present", check_mode: bool = False, **more: Any) -> Result:
        """Run the task of the playbooks on the host."""
        options = {"kubeconfig": str(self.host.kubeconfig), "features": FEATURES, "state": state, **more}
        result = apply_features(options, self.variables["host"], check_mode, self.variables)
        assert not result.get("failed"), result["msg"]
        return result

    def set(self, name: str, **variables: Any) -> None:
        self.variables[name] = {**self.variables[name], **variables}

    def urls(self, name: str = "host") -> list[str]:
        """Return the URLs to which the rulers of a cluster send alerts."""
        return ruler_destinations(self.host.get(ALERTING), name)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clusters({"host": ClusterSpec("4.1", "host")}, tmp_path) as fleet:
        chats = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": "chat-ops"}}
        app = {"dingtalk_app_key": "ding-key", "dingtalk_app_secret": "planted-secret", "dingtalk_chats": chats}
        member = {"kubesphere_host_cluster": "host", "alerting_alertmanager_url": MEMBERS_URL}
        variables: dict[str, Json] = {
            "host": {**app, "inventory_hostname": "host", "notification_chats": ["ops"], "alerting_policies": []},
            "east": {**app, **member, "inventory_hostname": "east"},
            "west": {**app, **member, "inventory_hostname": "west"},
        }
        yield Site(fleet["host"], variables)


def test_without_policies_the_rulers_of_host_and_members_send_alerts_until_teardown(site: Site) -> None:
    before = site.install(plan(placed=("host", "east", "west", "north")))
    assert site.urls() == []
    predicted = site.apply(check_mode=True)
    assert site.spec() == before
    done = site.apply()
    assert (predicted["diff"], predicted["objects"]) == (done["diff"], done["objects"])
    assert done["installing"] == []
    assert {name: site.urls(name) for name in ("host", "east", "west")} == {
        "host": [HOST_URL],
        "east": [MEMBERS_URL],
        "west": [MEMBERS_URL],
    }
    after = site.spec()
    assert {**after, "config": None} == {**before, "config": None, "clusterScheduling": after["clusterScheduling"]}
    assert after["clusterScheduling"]["placement"] == before["clusterScheduling"]["placement"]
    assert not site.apply()["changed"]
    site.apply("absent")
    assert site.spec() == before


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, values(HOST_URL)),
        ("", values(HOST_URL)),
        ("agent:\n  ruler:\n    alertmanagersUrl: []\n", values(HOST_URL)),
        ("agent:\n  ruler:\n    alertmanagersUrl:\n", values(HOST_URL)),
        (
            "# a\nagent:\n  ruler:\n    replicas: 2\n",
            {"agent": {"ruler": {"replicas": 2, "alertmanagersUrl": [HOST_URL]}}},
        ),
        (yaml.safe_dump(values(OTHER_URL)), values(OTHER_URL, HOST_URL)),
        (yaml.safe_dump(values(HOST_URL)), values(HOST_URL)),
        (yaml.safe_dump(ON_HOST), {**ON_HOST, **values(HOST_URL, part=EXTENSION)}),
        (
            yaml.safe_dump({**ON_HOST, **values(OTHER_URL, part=EXTENSION)}),
            {**ON_HOST, **values(OTHER_URL, HOST_URL, part=EXTENSION)},
        ),
    ],
)
def test_the_url_is_added_to_the_values_and_removed_with_them(site: Site, config: str | None, expected: Json) -> None:
    before = site.install(plan(config, ("host", "east")))
    site.apply()
    assert yaml.safe_load(site.spec()["config"]) == expected
    assert ("overrides" in site.spec()["clusterScheduling"]) is (AGENT in expected)
    assert not site.apply()["changed"]
    site.apply("absent")
    # No values and an empty text are the same.
    assert {"config": "", **site.spec()} == {**before, "config": config or ""}


def test_an_override_preserves_the_urls_of_others(site: Site) -> None:
    own = yaml.safe_dump(values("http://west.example:9093"))
    before = site.install(plan(yaml.safe_dump(values(OTHER_URL)), ("host", "east", "west"), west=own))
    site.apply()
    assert site.urls("east") == [OTHER_URL, MEMBERS_URL]
    assert site.urls("west") == ["http://west.example:9093", MEMBERS_URL]
    assert not site.apply()["changed"]
    # Others change the list of all clusters, which the override of east replaces.
    config = yaml.safe_dump(values("http://team-b.example:9093", HOST_URL))
    site.host.patch(ALERTING, {"spec": {"config": config}})
    site.apply()
    assert site.urls("east") == [MEMBERS_URL, "http://team-b.example:9093"]
    assert site.urls("west") == ["http://west.example:9093", MEMBERS_URL]
    assert not site.apply()["changed"]
    site.apply("absent")
    expected = yaml.safe_dump(values("http://team-b.example:9093"))
    assert yaml.safe_load(site.spec()["config"]) == yaml.safe_load(expected)
    assert site.spec()["clusterScheduling"] == before["clusterScheduling"]


@pytest.mark.parametrize("part", [AGENT, EXTENSION])
def test_a_password_in_a_url_of_others_is_neither_copied_nor_shown(site: Site, part: str) -> None:
    url = "http://team:planted-password@team-a.example:9093"
    mode = ON_HOST if part == EXTENSION else {}
    before = site.install(plan(yaml.safe_dump({**mode, **values(url, part=part)}), ("host", "east")))
    results = [site.apply(check_mode=True), site.apply(), site.apply()]
    assert site.urls() == [url, HOST_URL]
    assert "overrides" not in site.spec()["clusterScheduling"]
    assert any("not added for east" in text for text in results[-1].get("warnings", [])) is (part == AGENT)
    assert not results[-1]["changed"]
    config_map = site.host.get("/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk")
    results.append(site.apply("absent"))
    assert "planted-password" not in f"{results}{config_map}"
    assert site.spec() == before


@pytest.mark.parametrize(
    ("installed", "variables", "urls"),
    [
        (plan(placed=("host",)), {"east": {}}, {"host": [HOST_URL], "east": []}),
        (plan(placed=("east",)), {"east": {}}, {"host": [], "east": [MEMBERS_URL]}),
        (plan(placed=("host",)), {"host": {"notification_chats": []}}, {"host": []}),
        (
            plan(placed=("host", "east")),
            {"host": {"notification_chats": []}, "east": {"notification_chats": ["ops"]}},
            {"host": [HOST_URL], "east": [MEMBERS_URL]},
        ),
        (plan(placed=("host",)), {"host": {"kubesphere_features": ["alerting"]}}, {"host": []}),
        (plan(placed=("host",)), {"host": {"alerting_state": "absent"}}, {"host": []}),
        (plan(placed=("host",)), {"host": {"notification_state": "absent"}}, {"host": []}),
        (
            plan(placed=("host", "east")),
            {"east": {"alerting_state": "absent"}},
            {"host": [HOST_URL], "east": [HOST_URL]},
        ),
        (
            plan(placed=("host", "oriental")),
            {"east": {"kubesphere_cluster_name": "oriental"}},
            {"host": [HOST_URL], "oriental": [MEMBERS_URL]},
        ),
        ({**plan(), "spec": {**plan()["spec"], "enabled": False}}, {}, {"host": []}),
        (by_selector(plan(placed=("host", "east"))), {}, {"host": [HOST_URL], "east": [MEMBERS_URL], "west": []}),
    ],
)
def test_only_where_it_is_placed_and_alerts_have_a_destination(
    site: Site, installed: Json, variables: Mapping[str, Json], urls: Mapping[str, list[str]]
) -> None:
    site.install(installed)
    for name, more in variables.items():
        site.set(name, **more)
    site.apply()
    assert {name: site.urls(name) if name in str(installed) else [] for name in urls} == dict(urls)


def test_the_url_is_removed_with_the_destination_and_does_not_depend_on_tags(site: Site) -> None:
    before = site.install(plan())
    site.apply()
    assert not site.apply(features=["alerting"])["changed"]
    assert not site.apply(features=["notification"])["changed"]
    site.set("host", notification_chats=[])
    site.apply()
    assert site.spec() == before


def test_what_a_member_of_another_inventory_wants_is_retained(site: Site) -> None:
    site.install(plan(placed=("host", "east", "west")))
    site.apply()
    west = site.variables.pop("west")
    site.apply()
    assert site.urls("west") == [MEMBERS_URL]
    site.variables["west"] = {**west, "alerting_state": "absent"}
    site.apply()
    assert site.urls("west") == [HOST_URL]


@pytest.mark.parametrize(
    ("url", "is_on_host"),
    [
        (HOST_URL, True),
        ("http://whizard-notification-alertmanager.kubesphere-monitoring-system.svc.cluster.local.:9093/", True),
        ("dnssrv+http://_http._tcp.whizard-notification-alertmanager-headless.kubesphere-monitoring-system.svc", True),
        ("http://alertmanager-proxy.kubesphere-monitoring-system.svc:8080", True),
        ("http://alertmanager-proxy.monitoring.svc:8080", False),
        ("http://whizard-notification-alertmanager.kubesphere-monitoring-system.svc.clusterset.local:9093", False),
        ("http://host-alertmanager.kubesphere-monitoring-system.svc:9093", False),
        (MEMBERS_URL, False),
        ("http://svc.example:9093", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_services_of_the_host_are_known_by_their_names(url: str, is_on_host: bool) -> None:
    assert is_on_host_only(url) is is_on_host


def test_a_member_with_a_service_of_its_host_is_reported(site: Site) -> None:
    shared = "http://whizard-notification-alertmanager.kubesphere-monitoring-system.svc:9093"
    site.install(plan(config=yaml.safe_dump(values(shared)), placed=("host", "east", "west")))
    for name in ("east", "west"):
        site.set(name, alerting_alertmanager_url="" if name == "east" else MEMBERS_URL)
    warnings = [text for text in site.apply()["warnings"] if "alerting_alertmanager_url" in text]
    assert [text.partition(";")[0] for text in warnings] == ["alerting_alertmanager_url: missing on east"]


def test_a_member_without_an_address_of_its_host_is_reported(site: Site) -> None:
    site.install(plan(placed=("host", "east", "west"), west=yaml.safe_dump(values(OTHER_URL))))
    for name in ("east", "west"):
        site.set(name, alerting_alertmanager_url="")
    result = site.apply()
    [warning] = [text for text in result["warnings"] if "alerting_alertmanager_url" in text]
    assert warning.startswith("alerting_alertmanager_url: missing on east; the extension whizard-alerting on this")
    assert site.urls("host") == [HOST_URL]


def test_without_the_extension_nothing_is_installed_and_a_note_says_so(site: Site) -> None:
    result = site.apply()
    assert site.host.find(ALERTING) is None
    assert any("not installed on host, east, west, so none" in note for note in result["notes"])
    site.host.reset_requests()
    site.apply()
    reads = [request.path for request in site.host.requests() if "whizard-alerting" in request.path]
    assert reads == [ALERTING]
    assert NAMESPACE not in [request.path for request in site.host.requests()]
    site.set("host", alerting_enabled=True)
    assert any("not installed on east, west, so none" in note for note in site.apply()["notes"])
    for name in ("east", "west"):
        site.set(name, alerting_enabled=True)
    assert not any("alerting_enabled" in note for note in site.apply()["notes"])
    assert site.urls() == [HOST_URL]


def test_a_failed_extension_is_reported_by_every_run(site: Site) -> None:
    site.install(plan())
    condition = {"type": "Installed", "status": "False", "reason": "Failed", "message": "chart not found"}
    condition["lastTransitionTime"] = "2026-11-01T00:00:00Z"
    site.apply()
    site.host.patch(ALERTING, {"status": {"state": "UpgradeFailed", "conditions": [condition]}})
    for _run in range(2):
        [warning] = [text for text in site.apply()["warnings"] if "InstallPlan" in text]
        assert "failed to install or upgrade the extension, its state is UpgradeFailed: chart not found." in warning


def test_an_extension_that_is_being_uninstalled_is_left_alone_unless_it_is_desired(site: Site) -> None:
    installed = plan()
    installed["metadata"]["finalizers"] = ["kubesphere.io/finalizer"]
    before = site.install(installed)
    site.host.patch(ALERTING, {"status": {"state": "Uninstalling"}})
    site.host.delete(ALERTING)
    assert any("set alerting_enabled: true" in note for note in site.apply()["notes"])
    site.set("host", alerting_enabled=True)
    with pytest.raises(AssertionError) as error:
        site.apply()
    assert "whizard-alerting: KubeSphere is uninstalling the extension since" in str(error.value)
    assert "its state is Uninstalling. Wait until the InstallPlan is gone" in str(error.value)
    assert site.spec() == before


def test_an_account_that_may_not_read_the_extension_is_warned(site: Site) -> None:
    before = site.install(plan())
    every = {"apiGroups": ["*"], "verbs": ["*"]}
    kinds = ["notificationmanagers", "configs", "receivers", "silences", "secrets", "configmaps"]
    kinds += ["deployments", "clusterconfigurations"]
    others = {**every, "resources": ["installplans"], "resourceNames": ["whizard-notification"]}
    site.host = site.host.limited([{**every, "resources": kinds}, others])
    result = site.apply()
    [warning] = [text for text in result["warnings"] if "is unknown" in text]
    assert warning.startswith("It is unknown whether alerts arrive, as the account may not get installplans.kubesphere")
    assert "installplans" in warning
    assert before == plan()["spec"]


def test_nothing_is_read_of_the_extension_without_a_destination(site: Site) -> None:
    site.set("host", notification_chats=[])
    site.host.reset_requests()
    site.apply()
    assert [request.path for request in site.host.requests() if "whizard-alerting" in request.path] == []
