# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of one inventory of all kinds of clusters: first, second, check mode, change, removal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, environment
from tests.support.plays.policies import NODE, WORKLOAD
from tests.support.simulators.kubernetes import RecordedRequest
from tests.support.simulators.kubesphere import controllers
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.simulators.notification_manager import ClusterAccess, deliver
from tests.support.testbed import Cluster, ClusterSpec
from tests.support.testbed.client import USER_AGENT
from tests.support.testbed.console import Page, read_back
from tests.support.testbed.installer.multicluster import HOST_CLUSTER, spread
from tests.support.testbed.installer.releases import KUBESPHERE_4
from tests.support.testbed.installer.targets import create_project
from tests.support.testbed.stand_ins.extension_controller import loaded_configuration

Json = dict[str, Any]

#: The compared kinds, which both this project's short CRDs and the genuine ones contain.
LISTS = (
    *(
        f"/apis/notification.kubesphere.io/{version}/{kind}"
        for version in ("v2beta1", "v2beta2")
        for kind in ("configs", "receivers", "notificationmanagers")
    ),
    "/apis/monitoring.coreos.com/v1/prometheuses",
    "/apis/kubesphere.io/v1alpha1/installplans",
    "/api/v1/secrets",
)
RULES = (
    "/apis/monitoring.coreos.com/v1/prometheusrules",
    *(f"/apis/alerting.kubesphere.io/v2beta1/{plural}" for plural in ("rulegroups", "clusterrulegroups")),
)

FIRST = {
    "notification_robot": "ops_robot",
    "alertmanager_route": {"repeat_interval": "2h"},
    "alerting_policies": [WORKLOAD, NODE],
}
CHANGED = {
    "notification_robot": "",
    "alertmanager_route": {"repeat_interval": "4h", "group_wait": "10s"},
    "alerting_policies": [{**NODE, "threshold": 0.95}],
}
USER, PASSWORD = "operator", "planted-password-of-kubesphere"
#: Multi-cluster role -> the desired chats at first and after the change.
CHATS = {
    "none": (["ops"], ["lab"]),
    "host": (["ops"], ["lab"]),
    "member": (["ops", "lab"], ["lab", "ops"]),
}


@dataclass(frozen=True)
class Snapshot:
    """The state after one of the runs. All maps are by inventory host."""

    run: Run
    requests: Mapping[str, list[RecordedRequest]]
    stored: Mapping[str, Mapping[str, Json]]
    pages: Mapping[str, Page]
    intervals: Mapping[str, str]
    #: Alert -> its rule, wherever it is stored.
    rules: Mapping[str, Mapping[str, Json]]
    #: The requests to the KubeSphere API of hosts of KubeSphere 4.
    api_requests: Mapping[str, list[tuple[str, str]]]


@dataclass
class History:
    """All runs; ``specs`` are the clusters, ``before`` their initial objects, ``texts`` the messages of an alert."""

    site: Environment
    specs: Mapping[str, ClusterSpec]
    before: Mapping[str, Mapping[str, Json]]
    webhook: str
    secret: str
    apis: Mapping[str, KubeSphereApi]
    chats: Mapping[str, str] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def host_of(self, name: str) -> str:
        """Return the cluster with the notification settings of a cluster."""
        return self.specs[name].host or name

    def record(self, step: str, run: Run) -> None:
        """Run KubeSphere's copying to members, and record a snapshot."""
        requests = {
            name: [request for request in found if not request.user_agent.startswith(USER_AGENT)]
            for name, found in self.site.requests.items()
        }
        spread(self.site.clusters, self.specs)
        clusters = self.site.clusters
        self.snapshots[step] = Snapshot(
            run,
            requests,
            {name: comparable_objects(cluster) for name, cluster in clusters.items()},
            {name: read_back(cluster) for name, cluster in clusters.items()},
            {name: interval(clusters[self.alertmanager_of(name)]) for name in clusters},
            {name: self.rules(name) for name in clusters},
            {name: list(api.requests) for name, api in self.apis.items()},
        )
        for api in self.apis.values():
            api.requests.clear()

    def rules(self, name: str) -> dict[str, Json]:
        """Return the rules of a cluster, which must not contain duplicates."""
        if api := self.apis.get(self.host_of(name)):
            place = f"/clusters/{kubesphere_name(name, self.specs[name])}/"
            groups = [group for path, group in api.groups.items() if place in path]
        else:
            groups = [item for path in RULES for item in of.listed(self.site.clusters[name], path)]
        specs = [group["spec"] for group in groups]
        found = [rule for spec in specs for part in spec.get("groups") or [spec] for rule in part["rules"]]
        assert len({rule["alert"] for rule in found}) == len(found), found
        return {rule["alert"]: rule for rule in found}

    def alertmanager_of(self, name: str) -> str:
        """Return the cluster whose Alertmanager receives the alerts of a cluster."""
        return self.host_of(name) if self.specs[name].is_kubesphere_4 else name

    def fire(self) -> None:
        """Fire an alert in each cluster, and record the messages that its notification-manager sends to chats."""
        for name, spec in self.specs.items():
            place = self.site.clusters[self.alertmanager_of(name)]
            labels = {"alertname": "NodeDown", "namespace": "shop", **external_labels(self.site.clusters[name])}
            if spec.is_kubesphere_4:
                labels["cluster"] = name  # the cluster's name in whizard-monitoring
            access = ClusterAccess(place.server, str(place.ca_file), place.token, spec.version)
            sent = deliver(access, [{"labels": labels}], self.site.dingtalk.legacy_api_url, self.site.dingtalk.ca_file)
            self.texts[name] = [item.error or item.text for item in sent if item.kind != "robot"]


@contextmanager
def run_history(folder: Path, specs: Mapping[str, ClusterSpec], real: bool = False) -> Iterator[History]:
    """Run all steps and yield the history. Raises PartsMissing."""
    with environment(folder, specs, real) as site, ExitStack() as stack:
        with controllers(site.clusters.values()):
            apis = {name: stack.enter_context(api) for name, api in kubesphere_apis(site, specs).items()}
            spread(site.clusters, specs)
            for cluster in site.clusters.values():
                create_project(cluster, "shop", "web")
            before = {name: comparable_objects(cluster) for name, cluster in site.clusters.items()}
            set_desired_state(site, specs, 0)
            configure_access(site, specs, apis)
            site.run("chats").must()
            history = History(site, specs, before, *site.add_robot(), apis)
            history.chats = {
                key: entry["chat_id"] for key, entry in of.registry(next(iter(site.clusters.values()))).items()
            }
            history.record("first", site.site())
            history.fire()
            history.record("second", site.site())
            set_desired_state(site, specs, 1)
            history.record("check", site.site("--check", "--diff"))
            history.record("change", site.site())
            history.record("removal", site.run("teardown").must())
        yield history


def set_desired_state(site: Environment, specs: Mapping[str, ClusterSpec], number: int) -> None:
    """Set the inventory to the first (0) or the changed (1) desired state."""
    site.controller.vars("all", **(CHANGED if number else FIRST))
    for name, spec in specs.items():
        site.controller.vars(
            name,
            notification_chats=CHATS[spec.role][number],
            notification_cluster_name=cluster_name(name, number),
            **({"kubesphere_host_cluster": spec.host} if spec.host else {}),
        )


def kubesphere_apis(site: Environment, specs: Mapping[str, ClusterSpec]) -> dict[str, KubeSphereApi]:
    """Return host of KubeSphere 4 -> its KubeSphere API, with the names of host and members."""
    found = {}
    for name, spec in specs.items():
        if spec.is_kubesphere_4 and spec.role != "member":
            members = [member for member, its in specs.items() if its.host == name]
            known = [kubesphere_name(name, spec), *members]
            found[name] = KubeSphereApi(site.clusters[name], USER, PASSWORD, "", known)
    return found


def kubesphere_name(name: str, spec: ClusterSpec) -> str:
    return HOST_CLUSTER if spec.role == "host" else name


def configure_access(site: Environment, specs: Mapping[str, ClusterSpec], apis: Mapping[str, KubeSphereApi]) -> None:
    """Configure the access to KubeSphere's API and the members' Alertmanager URL in the inventory."""
    for name, spec in specs.items():
        if api := apis.get(spec.host or name):
            authority = site.controller.folder / f"{name}.pem"
            api.authority.cert_pem.write_to_path(str(authority))
            identity = {"kubesphere_api_username": USER, "kubesphere_api_password": PASSWORD}
            place = {"kubesphere_api_url": api.url, "kubesphere_api_ca_cert": str(authority)}
            site.controller.vars(name, **identity, **place)
        if spec.is_kubesphere_4 and spec.host:
            site.controller.vars(name, alerting_alertmanager_url="http://192.0.2.10:31093")


def cluster_name(name: str, number: int) -> str:
    return f"{name} renamed" if number else name


def comparable_objects(cluster: Cluster) -> dict[str, Json]:
    """Return path -> object, without fields set by servers and controllers."""
    found = {}
    for path in LISTS:
        for item in of.listed(cluster, path):
            metadata = item["metadata"]
            if metadata.get("namespace") not in of.SERVERS_OWN:
                place = "/".join([path, metadata.get("namespace", ""), metadata["name"]])
                found[place] = {key: value for key, value in of.without_server_fields(item).items() if key != "status"}
    return found


def external_labels(cluster: Cluster) -> dict[str, str]:
    """Return the labels that Prometheus adds to each alert."""
    items = of.listed(cluster, "/apis/monitoring.coreos.com/v1/prometheuses")
    labels: dict[str, str] = items[0]["spec"].get("externalLabels") or {} if items else {}
    return labels


def interval(cluster: Cluster) -> str:
    """Return the repeat interval in Alertmanager's loaded configuration."""
    if cluster.version in KUBESPHERE_4:
        return str(loaded_configuration(cluster)["route"]["repeat_interval"])
    return str(of.alertmanager(cluster)["route"]["repeat_interval"])
