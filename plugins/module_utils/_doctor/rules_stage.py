# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of the rules: whether policies are loaded and evaluated, and what is firing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.text import few
from .._delivery.alerts import Origin
from .._findings.finding import Stage
from .context import Context
from .examination import Examination
from .services import loaded_rules


def examine(examination: Examination, context: Context) -> None:
    """Examine the rules that the cluster evaluates; raises ``ClusterError`` if the ruler does not answer."""
    firing = sorted({str(item["labels"].get("alertname")) for item in context.alertmanager.alerts})
    if firing:
        examination.add("KD408", "Alertmanager", f"firing now: {few(firing)}")
    policies = {
        alert.labels["alertname"]: alert.description
        for alert in context.expectations.alerts
        if alert.origin == Origin.POLICY and not alert.cluster and "alertname" in alert.labels
    }
    if not policies:
        return
    if context.facts.is_kubesphere_4:
        examination.skip(Stage.RULES, "the rulers of extension whizard-alerting are not asked for loaded policies")
        return
    if not context.facts.alerting_installed:
        examination.skip(Stage.RULES, "the component that evaluates policies is not installed")
        return
    with examination.unless_forbidden(Stage.RULES, "what the ruler has loaded"):
        _loaded(examination, policies, {rule["name"]: rule for rule in loaded_rules(context.cluster)})


def _loaded(examination: Examination, policies: Mapping[str, str], rules: Mapping[str, Mapping[str, Any]]) -> None:
    for name, description in policies.items():
        if name not in rules:
            examination.add("KD406", description, "the ruler has not loaded it")
        elif rules[name].get("health") == "err":
            error = rules[name].get("lastError") or "no reason given"
            examination.add("KD407", description, f"the ruler cannot evaluate it: {error}".rstrip("."))
