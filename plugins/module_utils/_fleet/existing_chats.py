# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Existing chats on the clusters of an inventory: queried before a chat is created or a registry started."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._apply.last_applied import LastApplied
from .._core.errors import OperationError
from .._core.masking import Secrets
from .._core.task import Task
from .._dingtalk.api.ids import usable_id
from .._dingtalk.registry import registry
from .._kubernetes import shared_configmap
from .._kubernetes.client import Cluster
from .._kubesphere.facts import read_cluster_uid
from .same_clusters import same_cluster, with_same_uid

RECEIVER = "/apis/notification.kubesphere.io/{version}/receivers/global-dingtalk-receiver"
#: Clusters that are queried at once: a query is waiting, not work.
THREADS = 10


@dataclass(frozen=True)
class ExistingChats:
    """Existing chats on one cluster; ``cause`` is the reason if it could not be queried.

    ``chat_ids``: those in its Receiver, in its last-applied state, and in a registry on it. ``uid``: see
    ``read_cluster_uid``.
    """

    registry: bool = False
    chat_ids: tuple[str, ...] = ()
    cause: str = ""
    uid: str = ""


def read_existing_chats(clusters: Mapping[str, Mapping[str, Any] | str], task: Task) -> dict[str, ExistingChats]:
    """Query all clusters in parallel, and warn about hosts that are one cluster.

    ``clusters``: inventory host -> access options, or why it cannot be queried.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        answers = pool.map(lambda access: _query(access, task.secrets), clusters.values())
        existing = dict(zip(clusters, answers, strict=True))
    for hosts in with_same_uid({host: found.uid for host, found in existing.items()}):
        task.warn(same_cluster(hosts))
    return existing


def _query(access: Mapping[str, Any] | str, secrets: Secrets) -> ExistingChats:
    if isinstance(access, str):
        return ExistingChats(cause=access)
    try:
        cluster = Cluster.connect(access, secrets)
        config_map = cluster.get(shared_configmap.PATH) or {}
        registered = [str(chat["chat_id"]) for chat in registry.registered_chats(cluster) if chat["chat_id"]]
        chat_ids = dict.fromkeys((*_chat_ids(cluster), *_recorded(config_map), *registered))
        has_registry = registry.KEY in (config_map.get("data") or {})
        return ExistingChats(has_registry, tuple(chat_ids), uid=read_cluster_uid(cluster))
    except OperationError as error:
        return ExistingChats(cause=error.message)


def _chat_ids(cluster: Cluster) -> tuple[str, ...]:
    # KubeSphere 3.1 to 3.3 do not serve v2beta2, and the release is not worth a request here.
    for version in ("v2beta2", "v2beta1"):
        receiver = cluster.get(RECEIVER.format(version=version))
        if receiver:
            return _ids_in(receiver)
    return ()


def _ids_in(receiver: dict[str, Any]) -> tuple[str, ...]:
    """Return the chat IDs of a Receiver; raises ``OperationError`` if they cannot be read."""
    value: Any = receiver
    for name in ("spec", "dingtalk", "conversation", "chatids"):
        if not isinstance(value, dict):
            raise _unreadable(name)
        value = {} if value.get(name) is None else value[name]
    if value == {}:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _unreadable("chatids")
    # An ID that no call can use is no chat of the app's.
    return tuple(item for item in value if usable_id(item))


def _unreadable(name: str) -> OperationError:
    receiver = RECEIVER.rpartition("/")[2]
    return OperationError(
        f"Receiver {receiver}: {name} cannot be read, so its chats are unknown. Correct or remove the Receiver.",
        finding="KD243",
    )


def _recorded(config_map: dict[str, Any]) -> list[str]:
    """Return the chat IDs that were applied to Receivers of any name."""
    last_applied = LastApplied.read(config_map)
    applied = [item for name in last_applied.apply_sets() for item in last_applied.applied_objects(name).values()]
    paths = [field_paths.parse(text) for item in applied for text in item.managed_fields()]
    chat_ids = [path[-1].removeprefix("[=").removesuffix("]") for path in paths if path[-2:-1] == ("chatids",)]
    return [chat_id for chat_id in chat_ids if usable_id(chat_id)]
