# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerting policies as written in an inventory: one for a workload, one for a node."""

from __future__ import annotations

from tests.support.plays.environment import Json

WORKLOAD: Json = {
    "name": "web-cpu-high",
    "namespace": "shop",
    "workload": {"names": ["web"]},
    "metric": "cpu.usage",
    "comparator": ">",
    "threshold": 0.8,
}
NODE: Json = {
    "name": "node-memory-high",
    "nodes": ["node-1"],
    "metric": "memory.utilization",
    "comparator": ">",
    "threshold": 0.9,
}
