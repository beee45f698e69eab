# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ConfigMap ``kubesphere-dingtalk``, which several controllers update by compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .client import Cluster
from .errors import ClusterError
from .metadata import delete_options, finalizers, is_terminating
from .retries import UNAVAILABLE

T = TypeVar("T")

NAMESPACE = "kubesphere-system"
NAME = "kubesphere-dingtalk"
COLLECTION = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
PATH = f"{COLLECTION}/{NAME}"

#: The maximum number of attempts at an update, which is recomputed after each conflict.
ATTEMPTS = 8


def update_config_map(
    cluster: Cluster, change: Callable[[dict[str, str]], tuple[dict[str, str], T]], dry_run: bool = False
) -> T:
    """Replace the ConfigMap's data by what ``change(data)`` returns, and return what else it returns.

    It is called again with the data of the live object after a conflict or a 503. A ConfigMap without data is deleted,
    unless finalizers would keep it with its earlier data. Raises ``ClusterError`` if the last attempt fails too.
    """
    for attempt in range(ATTEMPTS):
        # First what the run has read before: if that is outdated, the write conflicts.
        live = cluster.get(PATH, fresh=attempt > 0)
        data = dict((live or {}).get("data") or {})
        desired, result = change(dict(data))
        if desired == data and (live or not desired):
            break
        _raise_for_terminating(live)
        try:
            _write(cluster, live, desired, dry_run)
        except ClusterError as error:
            # 404: another controller deleted it since it was read.
            if error.status not in (404, 409, UNAVAILABLE) or _namespace_missing(error):
                raise
            cluster.before_retry(error, f"ConfigMap {NAMESPACE}/{NAME}", attempt, ATTEMPTS)
        else:
            break
    return result


def _write(cluster: Cluster, live: dict[str, Any] | None, data: dict[str, str], dry_run: bool) -> None:
    if live is None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": NAMESPACE}}
        cluster.write("post", COLLECTION, {**body, "data": data}, dry_run)
    elif data or finalizers(live):
        cluster.write("put", PATH, {**live, "data": data}, dry_run)
    else:
        cluster.write("delete", PATH, delete_options(live), dry_run)


def _raise_for_terminating(live: dict[str, Any] | None) -> None:
    """Raise ``ClusterError`` if the ConfigMap is about to vanish, with what would be written to it."""
    if is_terminating(live):
        raise ClusterError(
            f"ConfigMap {NAMESPACE}/{NAME}: it is being deleted, so what is written to it would be lost. Wait until "
            f"the controllers of its finalizers ({', '.join(finalizers(live)) or 'none'}) have removed "
            "them; if it had a chat registry (key chats), restore that key from a backup. Then run again.",
            finding="KD317",
        )


def _namespace_missing(error: ClusterError) -> bool:
    return error.details.get("kind") == "namespaces"
