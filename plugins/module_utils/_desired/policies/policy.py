# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An alerting policy of an inventory: nodes or workloads in the console's terms, or an expression."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import metrics
from .metrics import Metric


@dataclass(frozen=True)
class Policy:
    """A policy; ``desired`` is an item of ``alerting_policies``, its options typed and with defaults."""

    desired: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name of the alert in KubeSphere."""
        return str(self.desired["name"])

    @property
    def scope(self) -> str:
        """The scope: ``namespace`` (a project), ``cluster`` or ``global`` (the platform)."""
        return str(self.desired["scope"] or ("namespace" if self.desired["namespace"] else "cluster"))

    @property
    def namespace(self) -> str:
        """The project; empty for a policy of the cluster or the platform."""
        return str(self.desired["namespace"] or "") if self.scope == "namespace" else ""

    @property
    def target(self) -> str:
        """The kind of target: ``workload``, ``node``, or empty for an expression."""
        if self.desired["workload"] is not None:
            return "workload"
        return "node" if self.desired["nodes"] is not None else ""

    @property
    def names(self) -> list[str]:
        """The names of the workloads or nodes."""
        return list((self.desired["workload"] or {}).get("names") or self.desired["nodes"] or [])

    @property
    def kind(self) -> str:
        """The workloads' kind, ``Node`` for nodes."""
        return str(self.desired["workload"]["kind"]) if self.target == "workload" else "Node"

    @property
    def metric(self) -> Metric | None:
        """The metric, None for an unknown term or an expression."""
        known = {"workload": metrics.WORKLOAD, "node": metrics.NODE}.get(self.target, {})
        return known.get(str(self.desired["metric"]))

    @property
    def threshold(self) -> int | float:
        """The threshold, as an integer if it is integral: API servers return 5.0 as 5."""
        threshold = self.desired["threshold"]
        return int(threshold) if threshold == int(threshold) else float(threshold)

    @property
    def rule_id(self) -> str:
        """A stable ID, for releases without a webhook that generates one."""
        return hashlib.sha256(f"{self.scope}/{self.namespace}/{self.name}".encode()).hexdigest()[:16]
