# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of an inventory that are one cluster, and so overwrite each other's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._core.text import few, grouped
from .._findings.finding import cited


def same_cluster(hosts: Sequence[str]) -> str:
    """Return the warning about hosts that are one cluster."""
    return cited(
        f"{few(hosts)}: these hosts are one cluster, so each overwrites the settings of the others in every run; set a "
        "different kubesphere_kubeconfig, kubesphere_context or kubesphere_host for each, or remove the duplicates",
        "KD107",
    )


def with_same_uid(uids: Mapping[str, str]) -> list[list[str]]:
    """Return groups of hosts with one ``cluster_uid``; ``uids``: host -> its UID, empty if it is unknown."""
    hosts = grouped((host, uid) for host, uid in uids.items() if uid)
    return [named for named in hosts.values() if len(named) > 1]


def cluster_uids(results: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return host -> the ``cluster_uid`` in its result of ``cluster_config``, empty if it has none."""
    return {host: (result.get("kubesphere_cluster") or {}).get("cluster_uid") or "" for host, result in results.items()}
