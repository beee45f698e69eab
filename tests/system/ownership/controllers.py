# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers that apply different desired states to the same cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.apply import ApplyOptions, planned
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.contributors import Contributors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import DesiredObject, Plan
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import ApiServerConnection
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.router import ObjectRouter
from tests.support.testbed import Cluster
from tests.system.ownership.faults import FaultyConnection, History, Killed
from tests.system.ownership.others import NAMESPACE, State

Json = dict[str, Any]
Events = Mapping[int, str | Callable[[], None]]


@dataclass(frozen=True)
class Desired:
    """The desired state of one controller; None for an object, and an empty interval for none."""

    data: tuple[tuple[str, str], ...] | None = None
    chats: frozenset[str] | None = None
    interval: str = ""
    team: bool = False

    def manifests(self) -> list[Json]:
        found: list[Json] = []
        if self.data is not None:
            metadata: Json = {"name": "a", "namespace": NAMESPACE}
            found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(self.data)})
        if self.chats is not None:
            dingtalk = {"enabled": True, "conversation": {"chatids": sorted(self.chats)}}
            found.append(
                {
                    "apiVersion": "notification.kubesphere.io/v2beta2",
                    "kind": "Receiver",
                    "metadata": {"name": "global-dingtalk-receiver", "labels": {"type": "global"}},
                    "spec": {"dingtalk": dingtalk},
                }
            )
        if self.interval or self.team:
            route: Json = {"repeat_interval": self.interval} if self.interval else {}
            if self.team:
                route["routes"] = [{"matchers": ["team = a"], "receiver": "team-a"}]
            document = {"route": route, **({"receivers": [{"name": "team-a"}]} if self.team else {})}
            metadata = {"name": "alertmanager-main", "namespace": NAMESPACE}
            found.append(
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": metadata,
                    "stringData": {"alertmanager.yaml": document},
                }
            )
        return found

    def expected(self, left: State) -> State:
        """Return the content of the objects, of which ``left`` is that of others."""
        return State(
            left.data if self.data is None else {**(left.data or {}), **dict(self.data)},
            left.chats if self.chats is None else {*(left.chats or ()), *self.chats},
            self.interval or left.interval,
            sorted([*left.routes, *(["team-a"] if self.team else [])]),
        )


NOTHING = Desired()


@dataclass
class Controllers:
    """Runs of any controller on one cluster, and what was met in them."""

    cluster: Cluster
    history: History = field(default_factory=History)
    met: Counter[str] = field(default_factory=Counter)

    def run(
        self,
        desired: Desired,
        events: Events | None = None,
        contributors: Contributors | None = None,
        dry_run: bool = False,
    ) -> tuple[list[Plan], list[str]]:
        """Apply a desired state; return the plans and the writes. Raises ``OperationError`` or ``Killed``."""
        reliable = ApiServerConnection({"kubeconfig": str(self.cluster.kubeconfig)}, Secrets())
        connection = FaultyConnection(reliable, self.history, events or {}, self.met)
        router = ObjectRouter(Client(connection, sleep=lambda _seconds: None))
        objects = [DesiredObject(ObjectRef.of(manifest, "manifest"), manifest) for manifest in desired.manifests()]
        options = ApplyOptions(dry_run=dry_run, contributors=contributors or Contributors("cluster"))
        self.met["runs"] += 1
        return planned(router, {"set": objects}, options).execute(), connection.writes

    def try_run(self, desired: Desired, events: Events, contributors: Contributors | None = None) -> bool:
        """Apply a desired state under faults; return whether the run ended well."""
        try:
            self.run(desired, events, contributors)
        except OperationError:
            self.met["failed runs"] += 1
        except Killed:
            self.met["killed runs"] += 1
        else:
            return True
        return False
