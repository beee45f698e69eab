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

from tests.integration import surroundings as of
from tests.integration.controller import Run
from tests.integration.surroundings import Surroundings, surroundings
from tests.simulators.kubernetes import RecordedRequest
from tests.simulators.notification_manager import ClusterAccess, deliver
from tests.testbed import Cluster, Wish
from tests.testbed.client import USER_AGENT
from tests.testbed.console import Page, read_back
from tests.testbed.extension_controller import ExtensionController, alertmanager_configuration
from tests.testbed.multicluster import spread

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

FIRST = {"notification_robot": "ops_robot", "alertmanager_route": {"repeat_interval": "2h"}}
CHANGED = {"notification_robot": "", "alertmanager_route": {"repeat_interval": "4h", "group_wait": "10s"}}
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


@dataclass
class History:
    """``wishes``: the clusters. ``before``: what they held at first. ``texts``: the message of an alert in each."""

    site: Surroundings
    wishes: Mapping[str, Wish]
    before: Mapping[str, Mapping[str, Json]]
    webhook: str
    secret: str
    chats: Mapping[str, str] = field(default_factory=dict)
    times: dict[str, Time] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def host_of(self, name: str) -> str:
        """Where a cluster's notification settings are."""
        return self.wishes[name].host or name

    def look(self, time: str, run: Run) -> None:
        """Let KubeSphere copy what it copies, and take down what is there."""
        requests = {
            name: [request for request in found if not request.user_agent.startswith(USER_AGENT)]
            for name, found in self.site.requests.items()
        }
        spread(self.site.clusters, self.wishes)
        clusters = self.site.clusters
        self.times[time] = Time(
            run,
            requests,
            {name: kept(cluster) for name, cluster in clusters.items()},
            {name: read_back(cluster) for name, cluster in clusters.items()},
            {name: interval(clusters[self.alertmanager_of(name)]) for name in clusters},
        )

    def alertmanager_of(self, name: str) -> str:
        """The cluster whose Alertmanager takes the alerts of one."""
        return self.host_of(name) if self.wishes[name].version == "4.1" else name

    def fire(self) -> None:
        """Let an alert fire in each cluster, and keep what its notification-manager sends to chats."""
        for name, wish in self.wishes.items():
            place = self.site.clusters[self.alertmanager_of(name)]
            labels = {"alertname": "NodeDown", "namespace": "shop", **external_labels(self.site.clusters[name])}
            if wish.version == "4.1":
                labels["cluster"] = name  # whizard-monitoring knows the cluster by this name
            access = ClusterAccess(place.server, str(place.ca_file), place.token, wish.version)
            sent = deliver(access, [{"labels": labels}], self.site.dingtalk.legacy_api_url, self.site.dingtalk.ca_file)
            self.texts[name] = [item.error or item.text for item in sent if item.kind != "robot"]


@contextmanager
def lived(folder: Path, wishes: Mapping[str, Wish], real: bool = False) -> Iterator[History]:
    """The clusters after the whole history. Raises PartsMissing."""
    with surroundings(folder, wishes, real) as site, ExitStack() as stack:
        for name, wish in wishes.items():
            if wish.version == "4.1" and wish.role != "member":
                stack.enter_context(ExtensionController(site.clusters[name]))
        spread(site.clusters, wishes)
        before = {name: kept(cluster) for name, cluster in site.clusters.items()}
        wish_for(site, wishes, 0)
        site.run("chats").must()
        history = History(site, wishes, before, *site.add_robot())
        history.chats = {
            key: entry["chat_id"] for key, entry in of.registry(next(iter(site.clusters.values()))).items()
        }
        history.look("first", site.site())
        history.fire()
        history.look("second", site.site())
        wish_for(site, wishes, 1)
        history.look("check", site.site("--check", "--diff"))
        history.look("change", site.site())
        history.look("removal", site.run("teardown").must())
        yield history


def wish_for(site: Surroundings, wishes: Mapping[str, Wish], number: int) -> None:
    """Set the inventory's wishes to the first or the second ones."""
    site.controller.vars("all", **(CHANGED if number else FIRST))
    for name, wish in wishes.items():
        site.controller.vars(
            name,
            notification_chats=CHATS[wish.role][number],
            notification_cluster_name=cluster_name(name, number),
            **({"kubesphere_host_cluster": wish.host} if wish.host else {}),
        )


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
    """After how long Alertmanager repeats an alert, as its running configuration says."""
    if cluster.version == "4.1":
        return str(alertmanager_configuration(cluster)["route"]["repeat_interval"])
    return str(of.alertmanager(cluster)["route"]["repeat_interval"])
