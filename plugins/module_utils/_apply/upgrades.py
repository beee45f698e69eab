# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Effects of KubeSphere upgrades on applied objects: other API versions, and rules converted to rule groups.

From 3.3 to 3.4, ks-installer converts each rule created by its console to a rule group, and labels the PrometheusRule
(ks-installer, roles/ks-monitor/files/alert-migrate). 4.1 removes ``notification.kubesphere.io/v2beta1`` of 3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core.field_paths import ABSENT
from .._kubernetes.object_ref import KNOWN_RESOURCES, ObjectRef
from .._kubernetes.router import NotServed, ObjectRouter
from .last_applied import AppliedObject
from .merge import ManagedField

#: The label of a PrometheusRule whose rules were converted to rule groups of one rule each, named after the rule.
MIGRATED = "migrated-to-alerting-v2beta1"
LEVEL = "custom-alerting-rule-level"
RULE_GROUPS = "alerting.kubesphere.io/v2beta1"


def served(router: ObjectRouter, reference: ObjectRef) -> ObjectRef | None:
    """Return the reference in an API version that the cluster serves, None if it no longer serves the kind.

    Needs no additional request if the kind is known and the object exists in its own version.
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


def in_version(applied: AppliedObject, reference: ObjectRef) -> AppliedObject:
    """Return an applied object in the API version of ``reference``.

    Versions of ``notification.kubesphere.io`` differ in their references to keys of Secrets.
    """
    if applied.api_version == reference.api_version:
        return applied
    here = replace(applied, api_version=reference.api_version)
    if reference.group != "notification.kubesphere.io":
        return here
    convert = _unwrapped if reference.api_version.endswith("/v2beta1") else _wrapped
    writes = {name: replace(write, values=_converted(write.values, convert)) for name, write in applied.writes.items()}
    return replace(here, values=_converted(applied.values, convert), writes=writes)


def _converted(values: Mapping[str, ManagedField], convert: Callable[[Any], Any]) -> dict[str, ManagedField]:
    return {
        text: replace(
            managed, applied_values=tuple(map(convert, managed.applied_values)), previous=convert(managed.previous)
        )
        for text, managed in values.items()
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
    """Yield the rule groups converted from managed rules of a PrometheusRule, and their managed fields."""
    metadata = (live or {}).get("metadata") or {}
    labels = metadata.get("labels") or {}
    if rules.kind != "PrometheusRule" or labels.get(MIGRATED) != "true":
        return
    is_namespaced = labels.get(LEVEL) == "namespace"
    for path in map(field_paths.parse, applied.managed_fields()):
        if path[-2:-1] == ("rules",) and (alert := path[-1].removeprefix("[alert=").removesuffix("]")):
            kind = "RuleGroup" if is_namespaced else "ClusterRuleGroup"
            group = ObjectRef(RULE_GROUPS, kind, alert, rules.namespace if is_namespaced else None)
            rule = field_paths.render(("spec", "rules", path[-1]))
            yield (
                group,
                AppliedObject(RULE_GROUPS, True, {rule: ManagedField(({"alert": alert},), ABSENT, created_parents=2)}),
            )
