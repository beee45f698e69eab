# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of an inventory that are one cluster, and so overwrite each other's settings."""

from __future__ import annotations

from collections.abc import Sequence

from .._core.text import few


def same_cluster(hosts: Sequence[str], evidence: str) -> str:
    """Return the warning about hosts that are one cluster. ``evidence``: what they have in common."""
    return (
        f"{few(hosts)}: {evidence}, so they are one cluster, and each host overwrites the settings of the others in "
        "every run; set a different kubesphere_kubeconfig, kubesphere_context or kubesphere_host for each, or remove "
        "the duplicates"
    )
