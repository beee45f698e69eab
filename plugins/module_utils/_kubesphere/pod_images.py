# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that the pods of a component cannot pull, a frequent reason why it does not become ready.

Sources: the states of containers in Kubernetes' type Pod; kubesphere/kubesphere#6550: since July 2025, the images of
KubeSphere's own registries are withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._core.text import shortened
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError

#: A pod is pending until all of its images are pulled.
PENDING_PODS = "/api/v1/namespaces/{namespace}/pods?fieldSelector=status.phase%3DPending"
#: The kubelet's reasons why a container waits for its image.
REASONS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "RegistryUnavailable", "ErrImageNeverPull")
#: KubeSphere's own registries; an image without a registry is one of docker.io.
_WITHDRAWN = re.compile(r"(?:docker\.io/)?kubesphere(?:dev)?/|hub\.kubesphere\.com\.cn/")

WITHDRAWN_HINT = (
    "KubeSphere has withdrawn the images of docker.io/kubesphere and hub.kubesphere.com.cn: copy the image from a node "
    "or a mirror that has it to a registry of yours, and set that as global.imageRegistry in the values of the "
    "extension (KubeSphere 4), or as spec.local_registry in ClusterConfiguration ks-installer (3.x)."
)
PULL_HINT = "Check that the nodes of the cluster can reach the registry, and that it has the image."


class Unpulled(NamedTuple):
    """An image that cannot be pulled: a sentence without a full stop, and a hint."""

    cause: str
    hint: str


def unpulled_image(cluster: Cluster, namespaces: Iterable[str]) -> str:
    """Return what :func:`find_unpulled` finds first as a text, empty if it finds nothing.

    Also empty if the account may not read pods, as this only adds details to a state.
    """
    for namespace in namespaces:
        try:
            found = find_unpulled(cluster, namespace)
        except ClusterError:
            continue
        if found:
            return f"{found.cause}. {found.hint}"
    return ""


def find_unpulled(cluster: Cluster, namespace: str) -> Unpulled | None:
    """Return the first image in a namespace that cannot be pulled, None if there is none; raises ``ClusterError``."""
    pods = cluster.get(PENDING_PODS.format(namespace=namespace), fresh=True)
    for pod in maps_in(pods, "items"):
        for image, message in _waiting(pod):
            hint = WITHDRAWN_HINT if _WITHDRAWN.match(image) else PULL_HINT
            name = (pod.get("metadata") or {}).get("name")
            return Unpulled(f"Pod {namespace}/{name} cannot pull its image {image}: {message}", hint)
    return None


def _waiting(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the images for which containers of a pod wait, with the kubelet's message."""
    status = pod.get("status")
    for container in (*maps_in(status, "initContainerStatuses"), *maps_in(status, "containerStatuses")):
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in REASONS:
            message = str(waiting.get("message") or waiting["reason"])
            yield str(container.get("image") or ""), shortened(" ".join(message.split())).rstrip(".")


def maps_in(value: Any, name: str) -> list[Mapping[str, Any]]:
    """Return the maps in the list ``name`` of a map, none if there is no such list."""
    items = value.get(name) if isinstance(value, Mapping) else None
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
