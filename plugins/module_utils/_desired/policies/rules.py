# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of policies: terms of a rule group or, before 3.4, PromQL with annotations for the console."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..._kubernetes.namespaces import MONITORING_NAMESPACE
from . import promql
from .policy import Policy

KINDS = {"namespace": "RuleGroup", "cluster": "ClusterRuleGroup", "global": "GlobalRuleGroup"}
#: Regular expression metacharacters that may occur in names.
_SPECIAL = re.compile(r"[.+*?()|\[\]{}^$\\]")


def groups(policies: Iterable[Policy]) -> list[dict[str, Any]]:
    """Return the groups for the templates, in the order of their first policies."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for policy in policies:
        name, key = str(policy.desired["group"]), (policy.scope, policy.namespace, str(policy.desired["group"]))
        # Before 3.4 there are no platform-wide policies: each cluster has its own.
        level = "namespace" if policy.namespace else "cluster"
        group = found.setdefault(
            key,
            {
                "name": name,
                "kind": KINDS[policy.scope],
                "namespace": policy.namespace,
                "level": level,
                "rule_name": f"custom-alerting-rule-{policy.scope}-{name}",
                # that of policies outside any project in KubeSphere before 3.4
                "rule_namespace": policy.namespace or MONITORING_NAMESPACE,
                "rules": [],
            },
        )
        group["rules"].append(rule(policy))
    return list(found.values())


def rule(policy: Policy) -> dict[str, Any]:
    """Return one rule for the templates; ``project`` and ``limited_expr`` are used before 3.4.

    ``builder`` is empty for an expression.
    """
    desired = policy.desired
    written = expression(policy) if policy.target else str(desired["expr"])
    texts = {name: desired[name] for name in ("summary", "message") if desired[name]}
    return {
        "alert": policy.name,
        "rule_id": policy.rule_id,
        "for": desired["duration"],
        "severity": desired["severity"],
        "labels": dict(desired["labels"] or {}),
        "project": _project(policy),
        "annotations": texts,
        "form": form(policy) if policy.target else {},
        "builder": builder(policy, policy.kind) if policy.target else {},
        # The CRDs of KubeSphere 4 spell two kinds differently.
        "builder_4": builder(policy, policy.kind.capitalize()) if policy.target else {},
        "expr": written,
        "limited_expr": _limited(policy, written),
    }


def _project(policy: Policy) -> dict[str, str]:
    """Return the label of the project for alerts of an expression, which may have aggregated it away.

    Tenants and routes by project would not get them. Source: as for ``_limited``.
    """
    return {"namespace": policy.namespace} if not policy.target and policy.namespace else {}


def _limited(policy: Policy, written: str) -> str:
    """Return the expression of a project's policy with selectors that all select this project alone.

    Before 3.4, objects PrometheusRule are evaluated as they are written; KubeSphere's own API limits what the console
    sends (``InjectExprNamespaceLabel`` in pkg/models/alerting of 3.3.2), and KubeSphere's controller does from 3.4 on.
    """
    is_of_project = policy.namespace and not policy.target
    return promql.limited(written, "namespace", policy.namespace) if is_of_project else written


def builder(policy: Policy, kind: str) -> dict[str, Any]:
    """Return the terms of a rule group (``exprBuilder``)."""
    part, leaf = str(policy.desired["metric"]).split(".")
    names: list[Any] = policy.names
    if policy.scope == "global":
        place = {"namespace": policy.desired["namespace"]} if policy.target == "workload" else {}
        names = [{"cluster": cluster, **place, "names": policy.names} for cluster in policy.desired["clusters"]]
    kinds = {"kind": kind} if policy.target == "workload" else {}
    threshold = {part: {leaf: policy.threshold}}
    return {
        policy.target: {
            **kinds,
            "names": names,
            "comparator": policy.desired["comparator"],
            "metricThreshold": threshold,
        }
    }


def expression(policy: Policy) -> str:
    """Return the PromQL that consoles before 3.4 generate from the terms."""
    if not policy.metric:
        return ""
    series = policy.metric.series.format(kind=policy.kind.lower())
    if policy.target == "node":
        matchers = _matcher("node", policy.names)
    else:
        workloads = [f"{policy.kind}:{name}" for name in policy.names]
        matchers = f'namespace="{policy.desired["namespace"]}", {_matcher("workload", workloads)}'
    return f"{series}{{{matchers}}} {policy.desired['comparator']} {policy.threshold}"


def _matcher(label: str, values: list[str]) -> str:
    if len(values) == 1:
        return f'{label}="{values[0]}"'
    # A backslash of the regular expression is escaped in PromQL's string.
    return f'{label}=~"{"|".join(_SPECIAL.sub(lambda found: f"{chr(92) * 2}{found[0]}", value) for value in values)}"'


def form(policy: Policy) -> Mapping[str, str]:
    """Return the annotations from which consoles before 3.4 fill their form and the upgrade to 3.4 derives terms."""
    metric = policy.metric
    if not metric:
        return {}
    # The console replaces $2 in its own template by the kind.
    series = metric.series.replace("{kind}", "$2")
    terms = {
        "_metricType": f"{series}{{$1}}",
        "condition_type": policy.desired["comparator"],
        "thresholds": f"{policy.threshold / metric.display.factor:.12g}",
        "unit": metric.display.unit,
    }
    compact = (",", ":")
    return {
        "kind": policy.kind,
        "resources": json.dumps(policy.names, separators=compact),
        "rules": json.dumps([terms], separators=compact),
    }
