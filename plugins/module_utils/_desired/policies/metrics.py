# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics of policies: the console's terms and the series of KubeSphere's Prometheus.

A term is the path of a threshold in the rule groups of KubeSphere 3.4 and later (``exprBuilder.*.metricThreshold``);
the series are recording rules of KubeSphere's Prometheus, which releases before 3.4 reference in PromQL. Thresholds of
policies have the unit of the series; ``display`` is the unit in the forms of older consoles.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DisplayUnit:
    """A unit in the forms of older consoles: its name and its size in units of the series."""

    unit: str
    factor: float


PLAIN = DisplayUnit("", 1)
PERCENT = DisplayUnit("%", 0.01)
CORES = DisplayUnit("core", 1)
MEBIBYTES = DisplayUnit("Mi", 1024**2)
GIGABYTES = DisplayUnit("GB", 1000**3)
KILOBYTES = DisplayUnit("KB/s", 1000)
MEGABITS = DisplayUnit("Mbps", 1024**2 / 8)


@dataclass(frozen=True)
class Metric:
    """A metric. ``{kind}`` in ``series`` is a placeholder for the workload's kind in lower case."""

    term: str
    series: str
    display: DisplayUnit = PLAIN

    @property
    def is_ratio(self) -> bool:
        """Return whether the values lie between 0 and 1."""
        return self.display is PERCENT


def _by_term(*metrics: Metric) -> dict[str, Metric]:
    return {metric.term: metric for metric in metrics}


NODE = _by_term(
    Metric("cpu.utilization", "node:node_cpu_utilisation:avg1m", PERCENT),
    Metric("cpu.load1m", "node:load1:ratio"),
    Metric("cpu.load5m", "node:load5:ratio"),
    Metric("cpu.load15m", "node:load15:ratio"),
    Metric("memory.utilization", "node:node_memory_utilisation:", PERCENT),
    Metric("memory.available", "node:node_memory_bytes_available:sum", GIGABYTES),
    Metric("disk.spaceUtilization", "node:disk_space_utilization:ratio", PERCENT),
    Metric("disk.spaceAvailable", "node:disk_space_available:", GIGABYTES),
    Metric("disk.inodeUtilization", "node:disk_inode_utilization:ratio", PERCENT),
    Metric("disk.iopsRead", "node:data_volume_iops_reads:sum"),
    Metric("disk.iopsWrite", "node:data_volume_iops_writes:sum"),
    Metric("disk.throughputRead", "node:data_volume_throughput_bytes_read:sum", KILOBYTES),
    Metric("disk.throughputWrite", "node:data_volume_throughput_bytes_written:sum", KILOBYTES),
    Metric("network.transmittedRate", "node:node_net_bytes_transmitted:sum_irate", MEGABITS),
    Metric("network.receivedRate", "node:node_net_bytes_received:sum_irate", MEGABITS),
    Metric("pod.utilization", "node:pod_utilization:ratio", PERCENT),
    Metric("pod.abnormalRatio", "node:pod_abnormal:ratio", PERCENT),
)

WORKLOAD = _by_term(
    Metric("cpu.usage", "namespace:workload_cpu_usage:sum", CORES),
    Metric("memory.usage", "namespace:workload_memory_usage:sum", MEBIBYTES),
    Metric("memory.usageWoCache", "namespace:workload_memory_usage_wo_cache:sum", MEBIBYTES),
    Metric("network.transmittedRate", "namespace:workload_net_bytes_transmitted:sum_irate", MEGABITS),
    Metric("network.receivedRate", "namespace:workload_net_bytes_received:sum_irate", MEGABITS),
    Metric("replica.unavailableRatio", "namespace:{kind}_unavailable_replicas:ratio", PERCENT),
)
