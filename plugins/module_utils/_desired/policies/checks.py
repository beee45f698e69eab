# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of policies before anything is written: names, targets, thresholds, group sizes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..._alertmanager.config import seconds
from ..._core.errors import Errors
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


def check_policies(errors: Errors, desired: Sequence[Mapping[str, Any]]) -> None:
    """Check ``alerting_policies`` as far as that does not depend on the cluster."""
    policies = [Policy(policy) for policy in desired]
    for index, policy in enumerate(policies):
        own = Errors()
        _check_names(own, policy)
        _check_scope(own, policy)
        _check_target(own, policy)
        errors.at(f"{PLACE}[{index}] ({policy.name})").extend(own)
    _check_unique(errors.at(PLACE), policies)
    check_sizes(errors, policies, MAX_RULES)


def check_sizes(errors: Errors, policies: Sequence[Policy], limit: int) -> None:
    """Check that no group has more policies than ``limit``."""
    sizes = Counter((policy.scope, policy.namespace, str(policy.desired["group"])) for policy in policies)
    for (scope, namespace, group), size in sizes.items():
        if size > limit:
            errors.at(PLACE).add(
                f"group {group!r} of {_area(scope, namespace)} has {size} policies, but KubeSphere supports at most "
                f"{limit} per group here; move some of them to another group"
            )


def _check_unique(errors: Errors, policies: Sequence[Policy]) -> None:
    seen = Counter((policy.scope, policy.namespace, policy.name) for policy in policies)
    for (scope, namespace, name), count in seen.items():
        if count > 1:
            errors.add(f"duplicate policy {name!r} in {_area(scope, namespace)}; rename or remove one")


def _area(scope: str, namespace: str) -> str:
    return f"project {namespace}" if namespace else f"scope {scope}"


def _check_names(errors: Errors, policy: Policy) -> None:
    for option in ("name", "group", "namespace"):
        value = str(policy.desired[option] or "")
        missing = option == "namespace" and not value
        if not missing and (not _NAME.fullmatch(value) or len(value) > 63):
            errors.at(option).add(
                f"invalid name {value!r}; use at most 63 lower-case letters, digits and hyphens, with a letter or "
                "digit at both ends"
            )
    if seconds(str(policy.desired["duration"])) is None:
        errors.at("duration").add(
            f"invalid duration {policy.desired['duration']!r}; use a value such as 30s, 5m, 1h30m or 1d"
        )
    for label, value in (policy.desired["labels"] or {}).items():
        if not isinstance(value, str):
            errors.at("labels", str(label)).add(f"expected a string, not a {type(value).__name__}; quote the value")
        if not isinstance(label, str) or not _LABEL.fullmatch(label) or label in _RESERVED_LABELS:
            errors.at("labels").add(
                f"invalid label name {label!r}; use letters, digits and '_', with no digit at the start; "
                f"{', '.join(_RESERVED_LABELS)} are set by KubeSphere"
            )


def _check_scope(errors: Errors, policy: Policy) -> None:
    namespace = policy.desired["namespace"]
    if policy.scope == "namespace" and not namespace:
        errors.at("scope").add("namespace requires the option namespace; set it to the policy's project")
    if policy.scope == "cluster" and namespace:
        errors.at("scope").add("cluster cannot be combined with namespace; remove one of them")
    if policy.scope == "namespace" and policy.target == "node":
        errors.at("nodes").add("not supported in a policy of a project; remove namespace")
    if policy.scope == "cluster" and policy.target == "workload":
        errors.at("workload").add("not supported in a policy of the cluster; set namespace")
    if policy.scope == "global" and policy.target:
        if not policy.desired["clusters"]:
            errors.at("clusters").add("missing; list the clusters of the nodes or workloads")
        if policy.target == "workload" and not namespace:
            errors.at("namespace").add("missing; set the namespace of the workloads")
    elif policy.desired["clusters"]:
        errors.at("clusters").add("supported only in global policies of nodes or workloads; remove it")


def _check_target(errors: Errors, policy: Policy) -> None:
    given = [option for option in ("expr", "workload", "nodes") if policy.desired[option] is not None]
    if len(given) != 1:
        errors.add(f"exactly one of expr, workload and nodes is required; found {' and '.join(given) or 'none'}")
        return
    if not policy.target:
        more = [option for option in _TERMS if policy.desired[option] is not None]
        if more:
            errors.at(", ".join(more)).add("supported only with workload or nodes; write the condition in expr")
        if not str(policy.desired["expr"]).strip():
            errors.at("expr").add("empty; set a PromQL expression")
        return
    if not policy.names or not all(map(str.strip, policy.names)):
        at = errors.at("workload", "names") if policy.target == "workload" else errors.at("nodes")
        at.add("at least one name is required; to cover all of them, use an expression (expr)")
    missing = [option for option in _TERMS if policy.desired[option] in (None, "")]
    if missing:
        errors.at(", ".join(missing)).add(
            f"missing; a policy of a {policy.target} requires metric, comparator and threshold"
        )
    else:
        _check_threshold(errors, policy)


def _check_threshold(errors: Errors, policy: Policy) -> None:
    term, threshold = policy.desired["metric"], policy.desired["threshold"]
    metric = policy.metric
    if metric is None:
        known = metrics.WORKLOAD if policy.target == "workload" else metrics.NODE
        errors.at("metric").add(f"unknown {policy.target} metric {term!r}; supported metrics: {', '.join(known)}")
    elif metric.is_ratio and not 0 <= threshold <= 1:
        errors.at("threshold").add(
            f"{threshold:g} is not between 0 and 1; {term} is a ratio, so use 0.8 for what the console shows as 80 %"
        )
    elif not 0 <= threshold < MAX_THRESHOLD:
        errors.at("threshold").add(f"{threshold:g} is not between 0 and 2^53; use a value in the unit of {term}")
