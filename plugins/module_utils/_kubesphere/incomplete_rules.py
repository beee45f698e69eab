# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that stand without an expression: KubeSphere's webhook, which makes it, was away when they were written.

In 3.4, the API server stores rule groups all the same (failurePolicy Ignore), and such a rule never fires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._apply import resource_rules
from .._apply.plan import Plan
from .._kubernetes.errors import ClusterError
from .._kubernetes.router import ObjectRouter


def completed(router: ObjectRouter, plan: Plan) -> Plan:
    """Return a plan that changes nothing with what the webhook now makes of such rules of ours, by a dry run.

    Where it is still away, the plan only warns of them.
    """
    if plan.action != "unchanged" or plan.after is None or not _incomplete(router, plan, plan.after):
        return plan
    try:
        answer = router.cluster.request("put", router.path(plan.reference), body=plan.after, dry_run="All")
    except ClusterError as error:
        if error.status == 409:  # somebody else is at it
            return plan
        raise
    if _incomplete(router, plan, answer):
        return answered(router, plan, answer)
    return replace(plan, after={**plan.after, "spec": answer["spec"]})


def answered(router: ObjectRouter, plan: Plan, answer: Mapping[str, Any]) -> Plan:
    """Return a plan that was written, with a warning of such rules of ours that are in the API server's answer."""
    left = _incomplete(router, plan, answer)
    if not left:
        return plan
    warning = (
        f"without an expression, and so without effect: {', '.join(left)}. KubeSphere's webhook, which makes it, does "
        "not answer: see that ks-controller-manager runs in kubesphere-system, then run again"
    )
    return replace(plan, warnings=(*plan.warnings, warning))


def _incomplete(router: ObjectRouter, plan: Plan, group: Mapping[str, Any]) -> list[str]:
    """Return the alerts of our rules in a group that have terms and no expression, where a webhook makes it."""
    if plan.reference.group != resource_rules.RULES or router.is_elsewhere(plan.reference):
        return []
    applied_values = plan.applied_after.values if plan.applied_after else {}
    paths = dict.fromkeys(field_paths.parse(text)[:3] for text in applied_values)
    rules = [field_paths.get(group, path) for path in paths if path[:2] == ("spec", "rules")]
    return [
        str(rule["alert"])
        for rule in rules
        if isinstance(rule, Mapping) and rule.get("exprBuilder") and not rule.get("expr")
    ]
