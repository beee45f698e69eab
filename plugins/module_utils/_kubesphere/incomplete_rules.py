# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules without an expression, because KubeSphere's webhook, which generates it, was unavailable during the write.

In 3.4, the API server stores the rule groups anyway (failurePolicy Ignore), and such rules never fire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._apply import resource_rules
from .._apply.plan import Plan
from .._findings.finding import cited
from .._kubernetes.errors import ClusterError
from .._kubernetes.router import ObjectRouter


def completed(router: ObjectRouter, plan: Plan) -> Plan:
    """Complete a plan without changes by the expressions that the webhook now generates for its managed rules.

    They come from a dry run. If the webhook is still unavailable, the plan only gets a warning. Any other plan is
    returned as it is.
    """
    if plan.action != "unchanged" or plan.after is None or not _incomplete(router, plan, plan.after):
        return plan
    try:
        answer = router.cluster.request("put", router.path(plan.reference), body=plan.after, dry_run="All")
    except ClusterError as error:
        if error.status == 409:  # modified concurrently
            return plan
        raise
    if _incomplete(router, plan, answer):
        return answered(router, plan, answer)
    return replace(plan, after={**plan.after, "spec": answer.get("spec") or plan.after.get("spec")})


def answered(router: ObjectRouter, plan: Plan, answer: Mapping[str, Any]) -> Plan:
    """Return an executed plan with a warning about managed rules without an expression in the API server's answer."""
    incomplete = _incomplete(router, plan, answer)
    if not incomplete:
        return plan
    warning = cited(
        f"rules without an expression, which never fire: {', '.join(incomplete)}. KubeSphere's webhook, which "
        "generates expressions, does not answer: check that ks-controller-manager is running in kubesphere-system, "
        "then run again",
        "KD410",
    )
    return replace(plan, warnings=(*plan.warnings, warning))


def _incomplete(router: ObjectRouter, plan: Plan, group: Mapping[str, Any]) -> list[str]:
    """Return the alert names of managed rules that have terms but no expression, if a webhook generates expressions."""
    if plan.reference.group != resource_rules.RULES or router.is_elsewhere(plan.reference):
        return []
    managed_fields = plan.applied_after.values if plan.applied_after else {}
    paths = dict.fromkeys(field_paths.parse(text)[:3] for text in managed_fields)
    rules = [field_paths.get(group, path) for path in paths if path[:2] == ("spec", "rules")]
    return [
        str(rule["alert"])
        for rule in rules
        if isinstance(rule, Mapping) and rule.get("exprBuilder") and not rule.get("expr")
    ]
