# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person at KubeSphere's console, and what remains of the objects when the collection is gone: the person's part."""

from __future__ import annotations

import base64
import copy
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.support.testbed import Cluster

Json = dict[str, Any]

NAMESPACE = "kubesphere-monitoring-system"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
MAP = f"{MAPS}/a"
RECEIVERS = "/apis/notification.kubesphere.io/v2beta2/receivers"
RECEIVER = f"{RECEIVERS}/global-dingtalk-receiver"
SECRET = f"/api/v1/namespaces/{NAMESPACE}/secrets/alertmanager-main"
STATE = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"

#: Values that only the person puts.
KEYS, VALUES = ("k1", "k2", "p1"), ("P1", "P2")
CHATS = ("p-chat-1", "p-chat-2")
INTERVALS = ("1h", "2h")


def chats_of(receiver: Json | None) -> set[str]:
    dingtalk = ((receiver or {}).get("spec") or {}).get("dingtalk") or {}
    return set((dingtalk.get("conversation") or {}).get("chatids") or [])


def document_of(secret: Json | None) -> Json:
    assert secret is not None
    document: Json = yaml.safe_load(base64.b64decode(secret["data"]["alertmanager.yaml"]))
    return document


@dataclass
class State:
    """The content of the three objects; None for an object that does not exist."""

    data: dict[str, str] | None
    chats: set[str] | None
    interval: str
    routes: list[str]

    @classmethod
    def read(cls, config_map: Json | None, receiver: Json | None, secret: Json | None) -> State:
        route = document_of(secret)["route"]
        return cls(
            None if config_map is None else dict(config_map.get("data") or {}),
            None if receiver is None else chats_of(receiver),
            route["repeat_interval"],
            sorted(item["receiver"] for item in route["routes"] if "team" in str(item.get("matchers"))),
        )

    @classmethod
    def of(cls, cluster: Cluster) -> State:
        return cls.read(cluster.find(MAP), cluster.find(RECEIVER), cluster.find(SECRET))


@dataclass
class Person:
    """The person's edits, on the cluster and in ``left``: what is to be left after a teardown."""

    cluster: Cluster
    left: State = field(init=False)

    def __post_init__(self) -> None:
        self.left = State.of(self.cluster)

    def set_key(self, key: str, value: str) -> None:
        """Set a key of the ConfigMap, which is created if it does not exist."""
        if self.cluster.find(MAP) is None:
            metadata = {"name": "a", "namespace": NAMESPACE}
            self.cluster.post(MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        self.cluster.patch(MAP, {"data": {key: value}})
        self.left.data = {**(self.left.data or {}), key: value}

    def remove_key(self, key: str) -> None:
        if self.cluster.find(MAP) is not None:
            self.cluster.patch(MAP, {"data": {key: None}})
            if self.left.data:
                self.left.data.pop(key, None)

    def delete_map(self) -> None:
        if self.cluster.find(MAP) is not None:
            self.cluster.delete(MAP)
        self.left.data = None

    def add_chat(self, chat: str) -> None:
        """Add a chat to the Receiver, as one who adds an ID in the console; a missing Receiver stays missing."""
        receiver = self.cluster.find(RECEIVER)
        if receiver is None:
            return
        changed = copy.deepcopy(receiver)
        conversation = changed["spec"].setdefault("dingtalk", {}).setdefault("conversation", {})
        conversation["chatids"] = sorted({*(conversation.get("chatids") or []), chat})
        self.cluster.put(RECEIVER, changed)
        self.left.chats = {*(self.left.chats or ()), chat}

    def remove_chat(self, chat: str) -> None:
        receiver = self.cluster.find(RECEIVER)
        if chat in chats_of(receiver):
            assert receiver is not None
            receiver["spec"]["dingtalk"]["conversation"]["chatids"].remove(chat)
            self.cluster.put(RECEIVER, receiver)
            if self.left.chats:
                self.left.chats.discard(chat)

    def delete_receiver(self) -> None:
        if self.cluster.find(RECEIVER) is not None:
            self.cluster.delete(RECEIVER)
        self.left.chats = None

    def set_interval(self, interval: str) -> None:
        self._edit_document(lambda document: document["route"].update(repeat_interval=interval))
        self.left.interval = interval

    def add_route(self, team: str) -> None:
        route = {"matchers": [f"team = {team}"], "receiver": "Default"}
        if "Default" not in self.left.routes:
            self._edit_document(lambda document: document["route"]["routes"].insert(0, route))
            self.left.routes = sorted([*self.left.routes, "Default"])

    def _edit_document(self, edit: Any) -> None:
        secret = self.cluster.find(SECRET)
        document = document_of(secret)
        edit(document)
        text = base64.b64encode(yaml.safe_dump(document).encode()).decode()
        self.cluster.patch(SECRET, {"data": {"alertmanager.yaml": text}})
