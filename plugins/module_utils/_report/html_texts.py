# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixed texts of the page, in both languages."""

from __future__ import annotations

from .._findings.finding import Stage, Text
from .report import Kind
from .subjects import State, Status

STAGES = {
    Stage.INVENTORY: Text("Inventory", "清单"),
    Stage.DINGTALK: Text("DingTalk", "钉钉"),
    Stage.CLUSTER: Text("Cluster", "集群"),
    Stage.RULES: Text("Rules", "告警规则"),
    Stage.ALERTMANAGER: Text("Alertmanager", "Alertmanager"),
    Stage.NOTIFICATION_MANAGER: Text("Notification Manager", "通知管理"),
    Stage.EGRESS: Text("Egress", "出口"),
}
STATUSES = {
    Status.ERROR: Text("error", "错误"),
    Status.UNKNOWN: Text("not examined", "未检查"),
    Status.WARNING: Text("warning", "警告"),
    Status.SKIPPED: Text("skipped", "跳过"),
    Status.INFO: Text("info", "提示"),
    Status.OK: Text("ok", "正常"),
    Status.NONE: Text("not concerned", "不涉及"),
}
#: The numbers of findings, one and several: by the keys of the counts.
COUNTS = {
    "error": (Text("1 error", "1 个错误"), Text("{} errors", "{} 个错误")),
    "warning": (Text("1 warning", "1 个警告"), Text("{} warnings", "{} 个警告")),
    "info": (Text("1 info", "1 条提示"), Text("{} infos", "{} 条提示")),
    "suppressed": (Text("1 suppressed", "已忽略 1 条"), Text("{} suppressed", "已忽略 {} 条")),
}
STATES = {
    State.FAILED: Text("Not examined: the examination failed", "未检查：检查失败"),
    State.UNREACHABLE: Text("Not examined: unreachable", "未检查：无法连接"),
    State.NOT_ATTEMPTED: Text("Not examined: not attempted", "未检查：未执行到"),
}

TITLES = {Kind.DOCTOR: Text("Doctor's report", "诊断报告"), Kind.RUN: Text("Report of a run", "运行报告")}
SUBTITLE = Text("The way of an alert from KubeSphere to DingTalk", "告警从 KubeSphere 到钉钉的路径")
FINE = Text("No faults found", "未发现故障")
NOTHING = Text("Nothing was examined", "没有检查任何内容")
BROKEN = Text("Alerts of {} may not reach DingTalk", "{}的告警可能无法送达钉钉")
BROKEN_FOR_ALL = Text(
    "DingTalk has errors, so alerts of any cluster may not arrive", "钉钉有错误，所有集群的告警都可能无法送达"
)
NOT_EXAMINED = Text("{} could not be examined", "{}无法检查")
WARNED = Text("{} need attention", "{}需要注意")
WARNED_ONE = Text("{} needs attention", "{}需要注意")
CLUSTERS = (Text("1 cluster", "1 个集群"), Text("{} clusters", "{} 个集群"))
ALL_CLUSTERS = Text("Clusters", "集群")
WITH_ERRORS = Text("With errors", "有错误")
WITH_WARNINGS = Text("With warnings", "有警告")
UNKNOWN = Text("Not examined", "未检查")
HEALTHY = Text("Healthy", "健康")
HEALTHY_CLUSTERS = (Text("1 healthy cluster", "1 个健康的集群"), Text("{} healthy clusters", "{} 个健康的集群"))
SUBJECT = Text("Cluster", "集群")
SUMMARY = Text("Summary", "摘要")
FIRST_BROKEN = Text("first broken link", "第一个断点")
SKIPPED = Text("Skipped", "跳过")
BY_FINDING = Text("By finding", "按问题汇总")
MATRIX = Text("Each cluster, stage by stage", "各集群的各个阶段")
SUPPRESSED = Text("suppressed", "已忽略")
FAILS = Text("fails on", "失败条件")
ONLY = Text("only", "仅限")
SUCCESS = (Text("failed", "失败"), Text("success", "成功"))
