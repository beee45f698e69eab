# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of a run: DingTalk, clusters, and the controller that connects to them."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support.plays.controller import Controller, Run, copy_example
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.kubernetes import KubernetesSimulator, RecordedRequest
from tests.support.testbed import ApiFailure, Cluster, ClusterSpec, clusters

Json = dict[str, Any]

APP_KEY = "dingexampleappkey"
APP_SECRET = "app-secret-of-the-example"
EXAMPLE = {"shanghai": "3.4", "beijing": "3.4", "lab": "3.3"}
ROBOT = "KubeSphere alerts"

CONFIG = "/apis/notification.kubesphere.io/{version}/configs/default-dingtalk-config"
RECEIVER = "/apis/notification.kubesphere.io/{version}/receivers/global-dingtalk-receiver"
MANAGER = "/apis/notification.kubesphere.io/v2beta2/notificationmanagers/notification-manager"
CREDENTIALS = "/api/v1/namespaces/kubesphere-monitoring-federated/secrets/global-dingtalk-config-secret"
ALERTMANAGER = "/api/v1/namespaces/kubesphere-monitoring-system/secrets/alertmanager-main"
CONFIG_MAP = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"
LISTS = (
    "/apis/notification.kubesphere.io/v2beta2/configs",
    "/apis/notification.kubesphere.io/v2beta2/receivers",
    "/apis/notification.kubesphere.io/v2beta2/notificationmanagers",
    "/apis/alerting.kubesphere.io/v2beta1/rulegroups",
    "/apis/alerting.kubesphere.io/v2beta1/clusterrulegroups",
    "/apis/alerting.kubesphere.io/v2beta1/globalrulegroups",
    "/apis/monitoring.coreos.com/v1/prometheusrules",
    "/apis/installer.kubesphere.io/v1alpha1/clusterconfigurations",
    "/api/v1/secrets",
    "/api/v1/configmaps",
)
#: Namespaces that a real API server uses for its own objects.
SERVERS_OWN = ("kube-system",)
SERVER_FIELDS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")

#: The last segments of the API paths that change something in DingTalk or send a message.
CHANGING = ("create", "update", "add", "send")


@dataclass
class Environment:
    """Simulated DingTalk, clusters and a controller; ``requests`` and ``calls`` are those of the last :meth:`run`."""

    dingtalk: DingTalk
    clusters: dict[str, Cluster]
    controller: Controller
    requests: dict[str, list[RecordedRequest]] = field(default_factory=dict, repr=False)
    calls: list[Call] = field(default_factory=list, repr=False)

    def run(self, playbook: str | Path, *arguments: str, **more: Any) -> Run:
        """Run a playbook and record its requests to the clusters and its DingTalk calls."""
        for cluster in self.clusters.values():
            cluster.reset_requests()
        self.dingtalk.reset_calls()
        done = self.controller.run(playbook, *arguments, **more)
        self.requests = {name: cluster.requests() for name, cluster in self.clusters.items()}
        self.calls = self.dingtalk.calls
        return done

    def site(self, *arguments: str, **more: Any) -> Run:
        """Run site.yml, which must succeed."""
        return self.run("site", *arguments, **more).must()

    def add_robot(self) -> tuple[str, str]:
        """Add the example's custom robot in DingTalk, set its webhook and secret in the inventory, and return them."""
        chat = self.chat_id("KubeSphere 运维告警")
        webhook = self.dingtalk.add_custom_robot(chat, ROBOT, ["alert", "告警"], secret="generate")
        secret = self.dingtalk.secret_of(chat, ROBOT)
        self.controller.vars("all", vault_ops_robot_webhook=webhook, vault_ops_robot_secret=secret)
        return webhook, secret

    def chat_id(self, name: str) -> str:
        """Return the ID of the only chat with that name."""
        [chat] = [chat for chat in self.dingtalk.chats() if chat.name == name]
        return chat.chatid

    def writes(self) -> list[RecordedRequest]:
        """Return the write requests of the last run."""
        return [request for requests in self.requests.values() for request in requests if request.writes]

    def dingtalk_writes(self) -> list[str]:
        """Return the calls of the last run that change something in DingTalk or send a message."""
        return changing(self.calls)

    def stored(self, revisions: bool = False) -> dict[str, dict[str, Json]]:
        """Return the objects of each cluster."""
        return {name: stored(cluster, revisions) for name, cluster in self.clusters.items()}


def changing(calls: Iterable[Call]) -> list[str]:
    """Return the calls that change something in DingTalk or send a message."""
    return [call.api for call in calls if call.api.rpartition("/")[2] in CHANGING]


def stored(cluster: Cluster, revisions: bool = False) -> dict[str, Json]:
    """Return path -> object for all kinds that the collection writes; server fields only with ``revisions``."""
    found = {}
    for path in LISTS:
        for item in listed(cluster, path):
            metadata = item["metadata"]
            if metadata.get("namespace") in SERVERS_OWN:
                continue
            place = "/".join([path, metadata.get("namespace", ""), metadata["name"]])
            found[place] = item if revisions else without_server_fields(item)
    return found


def listed(cluster: Cluster, path: str) -> list[Json]:
    """Return the items of a list, or an empty list if the kind is not served."""
    try:
        return [dict(item) for item in cluster.list(path)]
    except ApiFailure as failure:
        if failure.status == 404:
            return []
        raise


def without_server_fields(item: Json) -> Json:
    metadata = {key: value for key, value in item["metadata"].items() if key not in SERVER_FIELDS}
    return {**item, "metadata": metadata}


def dingtalk_of(cluster: Cluster, path: str, version: str) -> Json:
    """Return ``spec.dingtalk`` of the Config or the Receiver."""
    found: Json = cluster.get(path.format(version=version))["spec"]["dingtalk"]
    return found


def chat_ids(cluster: Cluster) -> list[str]:
    """Return the chat IDs in the Receiver."""
    conversation = dingtalk_of(cluster, RECEIVER, "v2beta2").get("conversation") or {}
    return list(conversation.get("chatids") or [])


def secret_texts(cluster: Cluster, path: str = CREDENTIALS) -> dict[str, str]:
    """Return the decoded data of a Secret."""
    return {key: base64.b64decode(text).decode() for key, text in (cluster.get(path).get("data") or {}).items()}


def alertmanager(cluster: Cluster) -> Json:
    """Return Alertmanager's configuration."""
    return alertmanager_document(cluster.get(ALERTMANAGER))


def alertmanager_document(secret: Json) -> Json:
    """Return Alertmanager's configuration from its Secret."""
    document: Json = yaml.safe_load(base64.b64decode(secret["data"]["alertmanager.yaml"]))
    return document


def set_alertmanager(cluster: Cluster, text: str) -> None:
    """Replace Alertmanager's configuration, as an administrator would."""
    cluster.patch(ALERTMANAGER, {"stringData": {"alertmanager.yaml": text}})


def simulator(cluster: Cluster) -> KubernetesSimulator:
    """Return the embedded API server of a cluster."""
    if cluster.simulator is None:
        raise TypeError(f"{cluster.name} has a real API server")
    return cluster.simulator


def exists(cluster: Cluster, path: str) -> bool:
    """Return whether an object exists."""
    return cluster.find(path) is not None


def without_registry(objects: dict[str, Json]) -> dict[str, Json]:
    """Return the objects without the ConfigMap of the chat registry."""
    return {path: item for path, item in objects.items() if not path.endswith("/kubesphere-dingtalk")}


def registry(cluster: Cluster) -> Json:
    """Return chat key -> entry of the registry."""
    content = yaml.safe_load(cluster.get(CONFIG_MAP)["data"]["chats"])
    [apps] = content["chats"].values()
    entries: Json = apps[APP_KEY]
    return entries


@contextmanager
def environment(
    folder: Path, wanted: Mapping[str, str | ClusterSpec] | None = None, real: bool = False
) -> Iterator[Environment]:
    """Start DingTalk with an app and three users, clusters (by default the example's), and a controller for them.

    The controller has the example's inventory. Raises PartsMissing if real API servers are requested but unavailable.
    """
    (folder / "dingtalk").mkdir(parents=True)
    with DingTalk(folder / "dingtalk") as dingtalk, clusters(wanted or EXAMPLE, folder / "clusters", real) as fleet:
        for number in (1, 2, 3):
            dingtalk.add_user(f"1380000000{number}", userid=f"user-{number}")
        dingtalk.add_app(APP_KEY, APP_SECRET)
        controller = new_controller(folder / "controller", dingtalk, fleet)
        yield Environment(dingtalk, fleet, controller)


def new_controller(folder: Path, dingtalk: DingTalk, fleet: Mapping[str, Cluster], **more: Any) -> Controller:
    """Return a controller with the example's inventory for these clusters."""
    controller = Controller(folder, **more)
    copy_example(controller.inventory)
    set_hosts(controller, fleet)
    controller.vars(
        "all",
        dingtalk_api_url=dingtalk.api_url,
        dingtalk_legacy_api_url=dingtalk.legacy_api_url,
        dingtalk_ca_path=dingtalk.ca_file,
        dingtalk_registry_host=next(iter(fleet)),
        vault_dingtalk_app_secret=APP_SECRET,
        # The example's policies need the alerting component, which only tests with a simulated installer install.
        alerting_policies=[],
    )
    return controller


def set_hosts(controller: Controller, fleet: Mapping[str, Cluster]) -> None:
    """Set the inventory's hosts to these clusters, each with its kubeconfig."""
    (controller.inventory / "kubeconfigs").mkdir(exist_ok=True)
    for name, cluster in fleet.items():
        shutil.copy(cluster.kubeconfig, controller.inventory / "kubeconfigs" / name)
    controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": dict.fromkeys(fleet)}}, sort_keys=False))


def copy_with_another_address(site: Environment, cluster: str, host: str) -> None:
    """Add an inventory host, or change one, that reaches a cluster at what looks like another address."""
    content = yaml.safe_load((site.controller.inventory / "kubeconfigs" / cluster).read_text())
    content["clusters"][0]["cluster"]["tls-server-name"] = "localhost"
    (site.controller.inventory / "kubeconfigs" / host).write_text(yaml.safe_dump(content))
    hosts = yaml.safe_load(site.controller.hosts.read_text())
    hosts["all"]["hosts"].setdefault(host)
    site.controller.hosts.write_text(yaml.safe_dump(hosts, sort_keys=False))
