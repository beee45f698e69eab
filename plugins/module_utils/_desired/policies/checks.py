# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of policies before anything is written: names, targets, thresholds, group sizes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._alertmanager.config import seconds
from . import metrics
from .policy import Policy

PLACE = "alerting_policies"
#: Limits of the rules in one group: KubeSphere 3.4 and later, and earlier releases.
MAX_RULES = 40
MAX_RULES_BEFORE_3_4 = 20
#: From this number on, API servers and Python serialize a number differently.
MAX_THRESHOLD = 2**53

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_RESERVED_LABELS = ("alertname", "alerttype", "rule_id", "severity")
_TERMS = ("metric", "comparator", "threshold")


def check_policies(desired: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the errors of ``alerting_policies`` that do not depend on the cluster."""
    policies = [Policy(policy) for policy in desired]
    errors = [
        f"{PLACE}[{index}] ({policy.name}): {error}"
        for index, policy in enumerate(policies)
        for error in _check(policy)
    ]
    return errors + _check_unique(policies) + check_sizes(policies, MAX_RULES)


def check_sizes(policies: Sequence[Policy], limit: int) -> list[str]:
    """Return an error for each group with more policies than ``limit``."""
    sizes = Counter((policy.scope, policy.namespace, str(policy.desired["group"])) for policy in policies)
    return [
        f"{PLACE}: group {group!r} of {f'project {namespace}' if namespace else f'scope {scope}'} has {size} policies, "
        f"but KubeSphere supports at most {limit} per group here; move some of them to another group"
        for (scope, namespace, group), size in sizes.items()
        if size > limit
    ]


def _check_unique(policies: Sequence[Policy]) -> list[str]:
    seen = Counter((policy.scope, policy.namespace, policy.name) for policy in policies)
    return [
        f"{PLACE}: duplicate policy {name!r} in {f'project {namespace}' if namespace else f'scope {scope}'}; "
        "rename or remove one"
        for (scope, namespace, name), count in seen.items()
        if count > 1
    ]


def _check(policy: Policy) -> Iterator[str]:
    for option in ("name", "group", "namespace"):
        value = str(policy.desired[option] or "")
        missing = option == "namespace" and not value
        if not missing and (not _NAME.fullmatch(value) or len(value) > 63):
            yield (
                f"{option}: invalid name {value!r}; use at most 63 lower-case letters, digits and hyphens, "
                "with a letter or digit at both ends"
            )
    if seconds(str(policy.desired["duration"])) is None:
        yield f"duration: invalid duration {policy.desired['duration']!r}; use a value such as 30s, 5m, 1h30m or 1d"
    for label, value in (policy.desired["labels"] or {}).items():
        if not isinstance(value, str):
            yield f"labels.{label}: expected a string, not a {type(value).__name__}; quote the value"
        if not isinstance(label, str) or not _LABEL.fullmatch(label) or label in _RESERVED_LABELS:
            yield (
                f"labels: invalid label name {label!r}; use letters, digits and '_', with no digit at the "
                f"start; {', '.join(_RESERVED_LABELS)} are set by KubeSphere"
            )
    yield from _check_scope(policy)
    yield from _check_target(policy)


def _check_scope(policy: Policy) -> Iterator[str]:
    namespace = policy.desired["namespace"]
    if policy.scope == "namespace" and not namespace:
        yield "scope: namespace requires the option namespace; set it to the policy's project"
    if policy.scope == "cluster" and namespace:
        yield "scope: cluster cannot be combined with namespace; remove one of them"
    if policy.scope == "namespace" and policy.target == "node":
        yield "nodes: not supported in a policy of a project; remove namespace"
    if policy.scope == "cluster" and policy.target == "workload":
        yield "workload: not supported in a policy of the cluster; set namespace"
    if policy.scope == "global" and policy.target:
        if not policy.desired["clusters"]:
            yield "clusters: missing; list the clusters of the nodes or workloads"
        if policy.target == "workload" and not namespace:
            yield "namespace: missing; set the namespace of the workloads"
    elif policy.desired["clusters"]:
        yield "clusters: supported only in global policies of nodes or workloads; remove it"


def _check_target(policy: Policy) -> Iterator[str]:
    given = [option for option in ("expr", "workload", "nodes") if policy.desired[option] is not None]
    if len(given) != 1:
        yield f"exactly one of expr, workload and nodes is required; found {' and '.join(given) or 'none'}"
        return
    if not policy.target:
        more = [option for option in _TERMS if policy.desired[option] is not None]
        if more:
            yield f"{', '.join(more)}: supported only with workload or nodes; write the condition in expr"
        if not str(policy.desired["expr"]).strip():
            yield "expr: empty; set a PromQL expression"
        return
    if not policy.names or not all(map(str.strip, policy.names)):
        place = "workload.names" if policy.target == "workload" else "nodes"
        yield f"{place}: at least one name is required; to cover all of them, use an expression (expr)"
    missing = [option for option in _TERMS if policy.desired[option] in (None, "")]
    if missing:
        yield f"{', '.join(missing)}: missing; a policy of a {policy.target} requires metric, comparator and threshold"
    else:
        yield from _check_threshold(policy)


def _check_threshold(policy: Policy) -> Iterator[str]:
    term, threshold = policy.desired["metric"], policy.desired["threshold"]
    metric = policy.metric
    if metric is None:
        known = metrics.WORKLOAD if policy.target == "workload" else metrics.NODE
        yield f"metric: unknown {policy.target} metric {term!r}; supported metrics: {', '.join(known)}"
    elif metric.is_ratio and not 0 <= threshold <= 1:
        yield (
            f"threshold: {threshold:g} is not between 0 and 1; {term} is a ratio, so use 0.8 for what the "
            "console shows as 80 %"
        )
    elif not 0 <= threshold < MAX_THRESHOLD:
        yield f"threshold: {threshold:g} is not between 0 and 2^53; use a value in the unit of {term}"
