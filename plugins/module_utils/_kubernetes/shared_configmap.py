# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ConfigMap ``kubesphere-dingtalk``, fed by several controllers: read, change one part, compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .client import Cluster
from .errors import ClusterError, gave_up

NAMESPACE = "kubesphere-system"
NAME = "kubesphere-dingtalk"
COLLECTION = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
PATH = f"{COLLECTION}/{NAME}"

#: How often a write that lost a race is computed anew before the task gives up.
ATTEMPTS = 8


def update_config_map(
    cluster: Cluster, change: Callable[[dict[str, str]], dict[str, str]], dry_run: bool = False
) -> None:
    """Replace the ConfigMap's data by ``change(data)``; computed again from what stands there when a race is lost.

    An emptied ConfigMap is deleted. Raises ``ClusterError`` when the last attempt is refused too.
    """
    for attempt in range(ATTEMPTS):
        live = cluster.get(PATH, fresh=attempt > 0)
        data = dict((live or {}).get("data") or {})
        wanted = change(dict(data))
        if wanted == data and (live or not wanted):
            return
        try:
            _write(cluster, live, wanted, dry_run)
        except ClusterError as error:
            if error.status not in (404, 409) or _namespace_missing(error):
                raise
            if attempt == ATTEMPTS - 1:
                raise gave_up(f"ConfigMap {NAMESPACE}/{NAME}", ATTEMPTS, error) from None
        else:
            return


def _write(cluster: Cluster, live: dict[str, Any] | None, data: dict[str, str], dry_run: bool) -> None:
    if live is None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": NAMESPACE}}
        cluster.write("post", COLLECTION, {**body, "data": data}, dry_run)
    elif data:
        cluster.write("put", PATH, {**live, "data": data}, dry_run)
    else:
        metadata = live["metadata"]
        preconditions = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        cluster.write("delete", PATH, options, dry_run)


def _namespace_missing(error: ClusterError) -> bool:
    return error.details.get("kind") == "namespaces"
