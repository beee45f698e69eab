# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of the doctor for the tests of the report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import Found, Stage
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.report import Report, read_report
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.selection import Selection

Json = dict[str, Any]

#: 2026-11-29 08:00:00 UTC
TIME = 1795939200.0
CLUSTER_STAGES = (Stage.CLUSTER, Stage.RULES, Stage.ALERTMANAGER, Stage.NOTIFICATION_MANAGER, Stage.EGRESS)
ERROR, EARLIER_ERROR, WARNING, INFO = "KD604", "KD301", "KD305", "KD408"
CANNOT_BE_REACHED = "the cluster cannot be reached (KD301)"


def found(identifier: str, subject: str = "", cause: str = "it was seen", cure: str = "") -> Json:
    """Return a finding as a task returns it."""
    return Found(CATALOGUE[identifier], subject, cause, cure).as_dict()


def result(*findings: Json, stages: Iterable[str] = CLUSTER_STAGES, skipped: Iterable[str] = ()) -> Json:
    """Return the result of a cluster, or of DingTalk."""
    left_out = [{"stage": str(stage), "because": CANNOT_BE_REACHED} for stage in skipped]
    return {
        "findings": list(findings),
        "skipped_stages": left_out,
        "stages": [str(s) for s in stages if s not in skipped],
    }


def unreachable() -> Json:
    return result(
        found(
            EARLIER_ERROR,
            "",
            "The cluster at https://192.0.2.10:6443 cannot be reached (GET /apis): Connection refused",
        ),
        skipped=CLUSTER_STAGES[1:],
    )


def of_dingtalk(*findings: Json) -> Json:
    return result(*findings, stages=(Stage.INVENTORY, Stage.DINGTALK))


def report(results: Json, app: Json | None = None, selection: Selection | None = None) -> Report:
    """Return the report on results."""
    return read_report(results, app or {}, selection or Selection(), TIME)


def fleet() -> Json:
    """Return clusters of every status; some causes are long, some would be a script."""
    disabled = found(
        ERROR, "Receiver global-default-receiver", "spec.dingtalk.enabled is false since it was edited in the console"
    )
    route = found(
        "KD503",
        "Alertmanager",
        'Alerts with severity="critical" and alerttype="metric" take the route {namespace=~"kube-.*|kubesphere-.*", '
        'severity="critical"} to receiver oncall, whose webhook is not that of notification-manager: '
        "http://a-very-long-host-name-of-a-service-that-nobody-shortens.monitoring.svc.cluster.local:9093/api/v2/alerts",
        "Set the receiver of route 2 to prometheus, for instance with alertmanager_routes.",
    )
    expires = found(WARNING, "user kubernetes-admin", "Its certificate expires on 2026-12-06, in 7 days")
    script = found(
        "KD619",
        "notification-manager",
        '<script>window.planted = 1</script><img src=x onerror="window.planted = 1"> \'quoted\' & "more"',
    )
    silence = found("KD505", "Silence 3f1c", 'namespace="payments" until 2026-12-01 12:00 UTC, by alice: "migration"')
    firing = found(INFO, "", "3 alerts: KubePodCrashLooping (2), NodeDiskPressure (1)")
    unknown = found("KD703", "", "No message was sent from this cluster since notification-manager started")
    return {
        "shanghai-production": result(disabled, expires, firing),
        "beijing-production": result(firing),
        "shenzhen-edge-with-a-very-long-name-of-the-site-42": result(route, script, unknown),
        "lab": unreachable(),
        "hangzhou": result(silence),
        "chengdu": result(expires),
        "guangzhou": result(),
        "wuhan": {"failed": True, "unreachable": True, "msg": "Failed to connect to the host via ssh: timed out"},
        "xian": {},
        "nanjing": result(),
        "suzhou": result(unknown),
    }
