# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Effects of KubeSphere on applied objects: other API versions, converted or moved rules, and copied Secrets.

From 3.3 to 3.4, ks-installer converts each rule created by its console to a rule group, and labels the PrometheusRule
(ks-installer, roles/ks-monitor/files/alert-migrate). 4.1 removes ``notification.kubesphere.io/v2beta1`` of 3.4, and
ks-upgrade copies the Secrets of notification settings to the namespace of the extension (pkg/jobs/notification).
Before 3.4, each edit of a rule in the console moves it to another group of its object, usually one that is made for
that, and removes a group that becomes empty (kubesphere, pkg/models/alerting/rules/ruler.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core.field_paths import ABSENT, Path
from .._kubernetes.errors import ClusterError
from .._kubernetes.namespaces import FEDERATED_NAMESPACE, MONITORING_NAMESPACE
from .._kubernetes.object_ref import KNOWN_RESOURCES, ObjectRef
from .._kubernetes.router import NotServed, ObjectRouter
from .last_applied import AppliedObject
from .merge import ManagedField

#: The label of a PrometheusRule whose rules were converted to rule groups of one rule each, named after the rule.
MIGRATED = "migrated-to-alerting-v2beta1"
LEVEL = "custom-alerting-rule-level"
EXTENSIONS_GROUP = "kubesphere.io"
FORBIDDEN = 403
RULE_GROUPS = "alerting.kubesphere.io/v2beta1"
#: The beginning of the names of the groups that the console makes in a PrometheusRule.
CONSOLE_GROUPS = "alerting.custom.defaults."

#: A rule of a PrometheusRule: the names of its group and of its alert.
Rule = tuple[str, str]


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
        # The group is served in this version, but without the kind.
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


def copied_secret(router: ObjectRouter, reference: ObjectRef) -> ObjectRef | None:
    """Return the copy of a Secret that the upgrade to KubeSphere 4 made; None if there is none, or none readable.

    The copy has the labels and the data of the Secret, so that the managed fields of one are those of the other.
    """
    if reference.kind != "Secret" or reference.namespace != FEDERATED_NAMESPACE:
        return None
    groups = (router.cluster.get("/apis") or {}).get("groups", [])
    # Only KubeSphere 4 has extensions; elsewhere nothing was copied.
    if not any(group["name"] == EXTENSIONS_GROUP for group in groups):
        return None
    copy = replace(reference, namespace=MONITORING_NAMESPACE)
    try:
        return copy if router.cluster.get(router.path(copy)) is not None else None
    except ClusterError as error:
        if error.status == FORBIDDEN:
            return None  # an account for a cluster that was not upgraded, whose Secrets are in the first namespace
        raise


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


def with_moved_rules(
    content: Mapping[str, Any] | None, live: Mapping[str, Any], applied: AppliedObject
) -> tuple[Mapping[str, Any] | None, AppliedObject]:
    """Return the desired content of a PrometheusRule and its applied state with each rule in its live group.

    ``content`` is None if nothing is desired.
    """
    found = set(_rules(live))
    recorded = {rule for rule in map(_recorded_rule, applied.managed_fields()) if rule}
    desired = set(_rules(content or {}))
    moved = {
        rule: place
        for rule in recorded - found
        for place in sorted(found - recorded)
        if rule[1] == place[1] and any(group.startswith(CONSOLE_GROUPS) for group in (rule[0], place[0]))
    }
    wanted = {
        rule: place
        for rule in desired - found
        for place in sorted(found - desired)
        if rule[1] == place[1] and place[0].startswith(CONSOLE_GROUPS)
    }
    return (_in_groups(content, wanted) if content and wanted else content), _recorded_in(applied, moved)


def _groups(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the groups of a PrometheusRule without those of another shape, which only a desired one can have."""
    groups = field_paths.get(manifest, ("spec", "groups"))
    groups = groups if isinstance(groups, list) else []
    return [group for group in groups if isinstance(group, Mapping) and isinstance(group.get("rules"), list)]


def _rules(manifest: Mapping[str, Any]) -> Iterator[Rule]:
    for group in _groups(manifest):
        for rule in group["rules"]:
            if isinstance(rule, Mapping) and rule.get("alert"):
                yield str(group.get("name")), str(rule["alert"])


def _recorded_rule(text: str) -> Rule | None:
    """Return the rule whose item is recorded at a rendered path, None for any other path."""
    path = field_paths.parse(text)
    if len(path) != 5 or path[3] != "rules":
        return None
    return path[2].removeprefix("[group=").removesuffix("]"), path[4].removeprefix("[alert=").removesuffix("]")


def _in_groups(content: Mapping[str, Any], moved: Mapping[Rule, Rule]) -> dict[str, Any]:
    """Return a PrometheusRule with some of its rules in other groups, without groups that are empty then."""
    groups = {str(group.get("name")): {**group, "rules": list[Any]()} for group in _groups(content)}
    for group in _groups(content):
        for rule in group["rules"]:
            name = str(group.get("name"))
            alert = str(rule.get("alert")) if isinstance(rule, Mapping) else ""
            name, _alert = moved.get((name, alert), (name, alert))
            groups.setdefault(name, {"name": name, "rules": []})["rules"].append(rule)
    return {**content, "spec": {**content["spec"], "groups": [group for group in groups.values() if group["rules"]]}}


def _recorded_in(applied: AppliedObject, moved: Mapping[Rule, Rule]) -> AppliedObject:
    """Return an applied object whose rules are recorded in other groups, and these groups like the former ones."""
    if not moved:
        return applied
    rules = {_rule_path(*rule): _rule_path(*place) for rule, place in moved.items()}
    writes = {name: replace(write, values=_renamed(write.values, rules)) for name, write in applied.writes.items()}
    values = _renamed(applied.values, rules)
    for (former, _rule), (group, _place) in moved.items():
        known = applied.managed_fields().get(field_paths.render(_group_path(former)))
        created_parents = known.created_parents if known else 0
        managed = ManagedField(({"name": group},), created_parents=created_parents)
        values.setdefault(field_paths.render(_group_path(group)), managed)
    return replace(applied, values=values, writes=writes)


def _renamed(values: Mapping[str, ManagedField], rules: Mapping[Path, Path]) -> dict[str, ManagedField]:
    paths = {text: field_paths.parse(text) for text in values}
    return {
        field_paths.render((*rules.get(path[:5], path[:5]), *path[5:])): values[text] for text, path in paths.items()
    }


def _group_path(group: str) -> Path:
    return ("spec", "groups", f"[group={group}]")


def _rule_path(group: str, alert: str) -> Path:
    return (*_group_path(group), "rules", f"[alert={alert}]")
