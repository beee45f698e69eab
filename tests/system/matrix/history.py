# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One inventory of clusters of all kinds, and what its runs leave: first, again, rehearsed, changed, taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Surroundings, surroundings
from tests.support.plays.policies import NODE, WORKLOAD
from tests.support.simulators.kubernetes import RecordedRequest
from tests.support.simulators.kubesphere import controllers
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.simulators.notification_manager import ClusterAccess, deliver
from tests.support.testbed import Cluster, ClusterSpec
from tests.support.testbed.client import USER_AGENT
from tests.support.testbed.console import Page, read_back
from tests.support.testbed.installer.multicluster import HOST_CLUSTER, spread
from tests.support.testbed.stand_ins.extension_controller import loaded_configuration

Json = dict[str, Any]

#: Short CRDs of our own or the genuine ones: what is kept and compared is the same.
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
#: By what a cluster is: the chats that it wishes at first, and later.
CHATS = {
    "none": (["ops"], ["lab"]),
    "host": (["ops"], ["lab"]),
    "member": (["ops", "lab"], ["lab", "ops"]),
}


@dataclass(frozen=True)
class Time:
    """What was true after one of the runs. All maps are by inventory host."""

    run: Run
    requests: Mapping[str, list[RecordedRequest]]
    stored: Mapping[str, Mapping[str, Json]]
    pages: Mapping[str, Page]
    intervals: Mapping[str, str]
    #: Alert -> its rule, wherever the cluster keeps it.
    rules: Mapping[str, Mapping[str, Json]]
    #: What hosts of KubeSphere 4 were asked by their own API.
    asked: Mapping[str, list[tuple[str, str]]]


@dataclass
class History:
    """``specs``: the clusters. ``before``: what they held at first. ``texts``: the message of an alert in each."""

    site: Surroundings
    specs: Mapping[str, ClusterSpec]
    before: Mapping[str, Mapping[str, Json]]
    webhook: str
    secret: str
    apis: Mapping[str, KubeSphereApi]
    chats: Mapping[str, str] = field(default_factory=dict)
    times: dict[str, Time] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def host_of(self, name: str) -> str:
        """Where a cluster's notification settings are."""
        return self.specs[name].host or name

    def look(self, time: str, run: Run) -> None:
        """Let KubeSphere copy what it copies, and take down what is there."""
        requests = {
            name: [request for request in found if not request.user_agent.startswith(USER_AGENT)]
            for name, found in self.site.requests.items()
        }
        spread(self.site.clusters, self.specs)
        clusters = self.site.clusters
        self.times[time] = Time(
            run,
            requests,
            {name: kept(cluster) for name, cluster in clusters.items()},
            {name: read_back(cluster) for name, cluster in clusters.items()},
            {name: interval(clusters[self.alertmanager_of(name)]) for name in clusters},
            {name: self.rules(name) for name in clusters},
            {name: list(api.requests) for name, api in self.apis.items()},
        )
        for api in self.apis.values():
            api.requests.clear()

    def rules(self, name: str) -> dict[str, Json]:
        """The rules of a cluster; none stands twice."""
        if api := self.apis.get(self.host_of(name)):
            place = f"/clusters/{kubespheres_name(name, self.specs[name])}/"
            groups = [group for path, group in api.groups.items() if place in path]
        else:
            groups = [item for path in RULES for item in of.listed(self.site.clusters[name], path)]
        specs = [group["spec"] for group in groups]
        found = [rule for spec in specs for part in spec.get("groups") or [spec] for rule in part["rules"]]
        assert len({rule["alert"] for rule in found}) == len(found), found
        return {rule["alert"]: rule for rule in found}

    def alertmanager_of(self, name: str) -> str:
        """The cluster whose Alertmanager takes the alerts of one."""
        return self.host_of(name) if self.specs[name].version == "4.1" else name

    def fire(self) -> None:
        """Let an alert fire in each cluster, and keep what its notification-manager sends to chats."""
        for name, spec in self.specs.items():
            place = self.site.clusters[self.alertmanager_of(name)]
            labels = {"alertname": "NodeDown", "namespace": "shop", **external_labels(self.site.clusters[name])}
            if spec.version == "4.1":
                labels["cluster"] = name  # whizard-monitoring knows the cluster by this name
            access = ClusterAccess(place.server, str(place.ca_file), place.token, spec.version)
            sent = deliver(access, [{"labels": labels}], self.site.dingtalk.legacy_api_url, self.site.dingtalk.ca_file)
            self.texts[name] = [item.error or item.text for item in sent if item.kind != "robot"]


@contextmanager
def lived(folder: Path, specs: Mapping[str, ClusterSpec], real: bool = False) -> Iterator[History]:
    """The clusters after the whole history. Raises PartsMissing."""
    with surroundings(folder, specs, real) as site, ExitStack() as stack:
        with controllers(site.clusters.values()):
            apis = {name: stack.enter_context(api) for name, api in kubesphere_apis(site, specs).items()}
            spread(site.clusters, specs)
            for cluster in site.clusters.values():
                cluster.post(
                    "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
                )
            before = {name: kept(cluster) for name, cluster in site.clusters.items()}
            wish_for(site, specs, 0)
            reach(site, specs, apis)
            site.run("chats").must()
            history = History(site, specs, before, *site.add_robot(), apis)
            history.chats = {
                key: entry["chat_id"] for key, entry in of.registry(next(iter(site.clusters.values()))).items()
            }
            history.look("first", site.site())
            history.fire()
            history.look("second", site.site())
            wish_for(site, specs, 1)
            history.look("check", site.site("--check", "--diff"))
            history.look("change", site.site())
            history.look("removal", site.run("teardown").must())
        yield history


def wish_for(site: Surroundings, specs: Mapping[str, ClusterSpec], number: int) -> None:
    """Set the inventory's wishes to the first or the second ones."""
    site.controller.vars("all", **(CHANGED if number else FIRST))
    for name, spec in specs.items():
        site.controller.vars(
            name,
            notification_chats=CHATS[spec.role][number],
            notification_cluster_name=cluster_name(name, number),
            **({"kubesphere_host_cluster": spec.host} if spec.host else {}),
        )


def kubesphere_apis(site: Surroundings, specs: Mapping[str, ClusterSpec]) -> dict[str, KubeSphereApi]:
    """Host of KubeSphere 4 -> its own API, which knows the members as well."""
    found = {}
    for name, spec in specs.items():
        if spec.version == "4.1" and spec.role != "member":
            members = [member for member, its in specs.items() if its.host == name]
            known = [kubespheres_name(name, spec), *members]
            found[name] = KubeSphereApi(site.clusters[name], USER, PASSWORD, "", known)
    return found


def kubespheres_name(name: str, spec: ClusterSpec) -> str:
    return HOST_CLUSTER if spec.role == "host" else name


def reach(site: Surroundings, specs: Mapping[str, ClusterSpec], apis: Mapping[str, KubeSphereApi]) -> None:
    """Let the inventory say how KubeSphere's own API is reached, and the members' way to their host."""
    for name, spec in specs.items():
        if api := apis.get(spec.host or name):
            authority = site.controller.folder / f"{name}.pem"
            api.authority.cert_pem.write_to_path(str(authority))
            identity = {"kubesphere_api_username": USER, "kubesphere_api_password": PASSWORD}
            place = {"kubesphere_api_url": api.url, "kubesphere_api_ca_cert": str(authority)}
            site.controller.vars(name, **identity, **place)
        if spec.version == "4.1" and spec.host:
            site.controller.vars(name, alerting_alertmanager_url="http://192.0.2.10:31093")


def cluster_name(name: str, number: int) -> str:
    return f"{name} renamed" if number else name


def kept(cluster: Cluster) -> dict[str, Json]:
    """Path -> object, without what servers and controllers set by themselves."""
    found = {}
    for path in LISTS:
        for item in of.listed(cluster, path):
            metadata = item["metadata"]
            if metadata.get("namespace") not in of.SERVERS_OWN:
                place = "/".join([path, metadata.get("namespace", ""), metadata["name"]])
                found[place] = {key: value for key, value in of.without_server_fields(item).items() if key != "status"}
    return found


def external_labels(cluster: Cluster) -> dict[str, str]:
    """What Prometheus adds to each alert that it sends."""
    items = of.listed(cluster, "/apis/monitoring.coreos.com/v1/prometheuses")
    labels: dict[str, str] = items[0]["spec"].get("externalLabels") or {} if items else {}
    return labels


def interval(cluster: Cluster) -> str:
    """After how long Alertmanager repeats an alert, as the configuration says that it runs with."""
    if cluster.version == "4.1":
        return str(loaded_configuration(cluster)["route"]["repeat_interval"])
    return str(of.alertmanager(cluster)["route"]["repeat_interval"])
