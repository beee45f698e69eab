# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy can watch, in the console's terms, and where KubeSphere's monitoring keeps it.

A term is the path of a threshold in the rule groups of KubeSphere 3.4 and later (``exprBuilder.*.metricThreshold``);
the series are recording rules of KubeSphere's Prometheus, which releases before 3.4 want named in PromQL. Units are
those of the series, as is the threshold of a policy; ``shown`` is what the forms of the older consoles show instead.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A unit of the older consoles' forms: its name, and how many units of the series it has."""

    unit: str
    factor: float


PLAIN = Shown("", 1)
PERCENT = Shown("%", 0.01)
CORES = Shown("core", 1)
MEBIBYTES = Shown("Mi", 1024**2)
GIGABYTES = Shown("GB", 1000**3)
KILOBYTES = Shown("KB/s", 1000)
MEGABITS = Shown("Mbps", 1024**2 / 8)


@dataclass(frozen=True)
class Metric:
    """One thing to watch. ``{kind}`` in ``series`` stands for the workload's kind in lower case."""

    term: str
    series: str
    shown: Shown = PLAIN

    @property
    def is_ratio(self) -> bool:
        """Tell whether its values lie between 0 and 1."""
        return self.shown is PERCENT


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
