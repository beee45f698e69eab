# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies as an inventory gives them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

WORKLOAD: Json = {
    "name": "web-cpu-high",
    "namespace": "shop",
    "workload": {"kind": "Deployment", "names": ["web"]},
    "metric": "cpu.usage",
    "comparator": ">",
    "threshold": 0.8,
    "summary": "The web server needs much CPU",
}
NODE: Json = {
    "name": "node-memory-high",
    "nodes": ["node-1", "node-2"],
    "metric": "memory.utilization",
    "comparator": ">=",
    "threshold": 0.9,
    "duration": "10m",
    "severity": "critical",
    "message": "Memory of {{ $labels.node }} is nearly used up",
}
EXPRESSION: Json = {"name": "target-down", "expr": "up == 0", "labels": {"team": "sre"}}
GLOBAL: Json = {
    "name": "platform-load",
    "scope": "global",
    "clusters": ["host", "east"],
    "nodes": ["node-1"],
    "metric": "cpu.load5m",
    "comparator": ">",
    "threshold": 4,
}
ALL = [WORKLOAD, NODE, EXPRESSION, GLOBAL]


def changed(policy: Json, **options: Any) -> Json:
    """A policy with other options; those that are None are left out."""
    return {name: value for name, value in {**policy, **options}.items() if value is not None}
