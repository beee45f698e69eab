# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade of KubeSphere makes of objects that the record knows: other API versions, and rules as rule groups.

From 3.3 to 3.4, ks-installer makes a rule group of each rule that its console made, and labels the PrometheusRule
(ks-installer, roles/ks-monitor/files/alert-migrate). From 3.4 to 4.1, ``notification.kubesphere.io/v2beta1`` goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core.field_paths import ABSENT
from .._kubernetes.object_ref import KNOWN_RESOURCES, ObjectRef
from .._kubernetes.router import NotServed, ObjectRouter
from .last_applied import AppliedObject
from .merge import ManagedField

#: The label of a PrometheusRule whose rules were made rule groups of one rule each, named like the rule.
MIGRATED = "migrated-to-alerting-v2beta1"
LEVEL = "custom-alerting-rule-level"
RULE_GROUPS = "alerting.kubesphere.io/v2beta1"


def served(router: ObjectRouter, reference: ObjectRef) -> ObjectRef | None:
    """Return the address in an API version that the cluster serves, None where it does not serve the kind any more.

    Costs no request where the object is there in its own version and the kind is a known one.
    """
    if not reference.group:
        return reference
    if (reference.group, reference.kind) in KNOWN_RESOURCES and router.cluster.get(router.path(reference)) is not None:
        return reference
    groups = (router.cluster.get("/apis") or {}).get("groups", [])
    versions = [
        version["groupVersion"] for group in groups if group["name"] == reference.group for version in group["versions"]
    ]
    for version in [reference.api_version] if reference.api_version in versions else versions:
        found = replace(reference, api_version=version)
        try:
            router.collection(found)
        except NotServed:
            continue
        return found
    return None


def converted(applied: AppliedObject, reference: ObjectRef) -> Mapping[str, ManagedField]:
    """Return what is ours in an object as the API version of ``reference`` shows it.

    Versions of ``notification.kubesphere.io`` differ in how they refer to a key of a Secret.
    """
    if applied.api_version == reference.api_version or reference.group != "notification.kubesphere.io":
        return applied.values
    shape = _unwrapped if reference.api_version.endswith("/v2beta1") else _wrapped
    return {
        text: replace(
            managed, applied_values=tuple(map(shape, managed.applied_values)), previous=shape(managed.previous)
        )
        for text, managed in applied.values.items()
    }


def _wrapped(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if "key" in value:
        return {"valueFrom": {"secretKeyRef": value}}
    return {name: _wrapped(item) for name, item in value.items()}


def _unwrapped(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if "valueFrom" in value:
        return value["valueFrom"].get("secretKeyRef", {})
    return {name: _unwrapped(item) for name, item in value.items()}


def rule_groups(
    rules: ObjectRef, live: Mapping[str, Any] | None, applied: AppliedObject
) -> Iterator[tuple[ObjectRef, AppliedObject]]:
    """Yield the rule groups that an upgrade made of our rules in a PrometheusRule, and what is ours in them."""
    metadata = (live or {}).get("metadata") or {}
    labels = metadata.get("labels") or {}
    if rules.kind != "PrometheusRule" or labels.get(MIGRATED) != "true":
        return
    of_project = labels.get(LEVEL) == "namespace"
    for path in map(field_paths.parse, applied.values):
        if path[-2:-1] == ("rules",) and (alert := path[-1].removeprefix("[alert=").removesuffix("]")):
            kind = "RuleGroup" if of_project else "ClusterRuleGroup"
            group = ObjectRef(RULE_GROUPS, kind, alert, rules.namespace if of_project else None)
            rule = field_paths.render(("spec", "rules", path[-1]))
            yield (
                group,
                AppliedObject(RULE_GROUPS, True, {rule: ManagedField(({"alert": alert},), ABSENT, created_parents=2)}),
            )
