# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be told of policies before anything is written: names, targets, thresholds, the size of a group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._alertmanager.config import seconds
from . import metrics
from .policy import Policy

PLACE = "alerting_policies"
#: Rules in one group: of the rule groups of KubeSphere 3.4 and later, and of the releases before.
MOST_RULES = 40
MOST_RULES_BEFORE = 20
#: Beyond this, API servers and Python no longer agree on how a number is written.
LARGEST_THRESHOLD = 2**53

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OURS = ("alertname", "alerttype", "rule_id", "severity")
_TERMS = ("metric", "comparator", "threshold")


def check_policies(desired: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with ``alerting_policies``, whatever the cluster is."""
    policies = [Policy(policy) for policy in desired]
    errors = [
        f"{PLACE}[{index}] ({policy.name}): {error}"
        for index, policy in enumerate(policies)
        for error in _check(policy)
    ]
    return errors + _check_unique(policies) + check_sizes(policies, MOST_RULES)


def check_sizes(policies: Sequence[Policy], most: int) -> list[str]:
    """Return which groups hold more policies than the release takes."""
    sizes = Counter((policy.scope, policy.namespace, str(policy.desired["group"])) for policy in policies)
    return [
        f"{PLACE}: group {group!r} of {f'project {namespace}' if namespace else f'scope {scope}'} has {size} policies, "
        f"and KubeSphere takes {most} in one group here; give some of them another group"
        for (scope, namespace, group), size in sizes.items()
        if size > most
    ]


def _check_unique(policies: Sequence[Policy]) -> list[str]:
    seen = Counter((policy.scope, policy.namespace, policy.name) for policy in policies)
    return [
        f"{PLACE}: {name!r} is there {times} times in {f'project {namespace}' if namespace else f'scope {scope}'}; "
        "a policy is known by its name"
        for (scope, namespace, name), times in seen.items()
        if times > 1
    ]


def _check(policy: Policy) -> Iterator[str]:
    for option in ("name", "group", "namespace"):
        value = str(policy.desired[option] or "")
        missing = option == "namespace" and not value
        if not missing and (not _NAME.fullmatch(value) or len(value) > 63):
            yield (
                f"{option}: {value!r} is no name for KubeSphere; write at most 63 lower-case letters, digits and "
                "hyphens, with a letter or digit at both ends"
            )
    if seconds(str(policy.desired["duration"])) is None:
        yield f"duration: {policy.desired['duration']!r} is no duration; write it as 30s, 5m, 1h30m or 1d"
    for label in policy.desired["labels"] or {}:
        if not _LABEL.fullmatch(str(label)) or label in _OURS:
            yield f"labels: {label!r} is no name for a label of one's own; {', '.join(_OURS)} are set by KubeSphere"
    yield from _check_scope(policy)
    yield from _check_target(policy)


def _check_scope(policy: Policy) -> Iterator[str]:
    namespace = policy.desired["namespace"]
    if policy.scope == "namespace" and not namespace:
        yield "scope: namespace needs the option namespace, which says whose policy it is"
    if policy.scope == "cluster" and namespace:
        yield "scope: a policy of the cluster has no namespace; leave one of both out"
    if policy.scope == "namespace" and policy.target == "node":
        yield "nodes: are watched by policies of the cluster, not of a project; leave namespace out"
    if policy.scope == "cluster" and policy.target == "workload":
        yield "workload: is watched by a policy of its project; add namespace"
    if policy.scope == "global" and policy.target:
        if not policy.desired["clusters"]:
            yield "clusters: missing; a global policy names the clusters whose nodes or workloads it watches"
        if policy.target == "workload" and not namespace:
            yield "namespace: missing; it says where the workloads are"
    elif policy.desired["clusters"]:
        yield "clusters: belongs to global policies of nodes or workloads only"


def _check_target(policy: Policy) -> Iterator[str]:
    given = [option for option in ("expr", "workload", "nodes") if policy.desired[option] is not None]
    if len(given) != 1:
        yield f"give exactly one of expr, workload and nodes; there is {' and '.join(given) or 'none'}"
        return
    if not policy.target:
        more = [option for option in _TERMS if policy.desired[option] is not None]
        if more:
            yield f"{', '.join(more)}: belongs to workload or nodes; an expression says it itself"
        if not str(policy.desired["expr"]).strip():
            yield "expr: is empty; write a PromQL expression"
        return
    if not policy.names or not all(map(str.strip, policy.names)):
        place = "workload.names" if policy.target == "workload" else "nodes"
        yield f"{place}: names at least one; to watch all of them, write an expression (expr)"
    missing = [option for option in _TERMS if policy.desired[option] in (None, "")]
    if missing:
        yield f"{', '.join(missing)}: missing; a {policy.target} is watched by metric, comparator and threshold"
    else:
        yield from _check_threshold(policy)


def _check_threshold(policy: Policy) -> Iterator[str]:
    term, threshold = policy.desired["metric"], policy.desired["threshold"]
    metric = policy.metric
    if metric is None:
        known = metrics.WORKLOAD if policy.target == "workload" else metrics.NODE
        yield f"metric: {term!r} is not known of a {policy.target}; there are {', '.join(known)}"
    elif metric.is_ratio and not 0 <= threshold <= 1:
        yield (
            f"threshold: {threshold:g} is not between 0 and 1, as the ratio {term} is; the console shows percent, "
            "80 % is 0.8 here"
        )
    elif not 0 <= threshold < LARGEST_THRESHOLD:
        yield f"threshold: {threshold:g} is not between 0 and 2^53"
