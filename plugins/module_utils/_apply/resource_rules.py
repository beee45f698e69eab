# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge and retention rules by resource kind: lists with merge keys, atomic maps, objects that are never created."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from .._alertmanager import config as alertmanager
from .._alertmanager.item_kinds import field_paths
from .._core.field_paths import ABSENT, Path
from .._kubernetes.object_ref import ObjectRef

RULES = "alerting.kubesphere.io"
RULE_GROUPS = ("RuleGroup", "ClusterRuleGroup", "GlobalRuleGroup")

#: (group, kind) -> rendered path of a list -> merge key of its items, empty for a list of scalars.
MERGE_KEYS: dict[tuple[str, str], dict[str, str]] = {
    ("notification.kubesphere.io", "Receiver"): {
        "/spec/dingtalk/conversation/chatids": "",
        "/spec/dingtalk/chatbot/keywords": "",
    },
    ("monitoring.coreos.com", "PrometheusRule"): {"/spec/groups": "group", "/spec/groups/[]/rules": "alert"},
    **{(RULES, kind): {"/spec/rules": "alert"} for kind in RULE_GROUPS},
    # Clusters on which an extension is installed; others may have added more.
    ("kubesphere.io", "InstallPlan"): {"/spec/clusterScheduling/placement/clusters": ""},
}


#: (group, kind) -> rendered paths of atomic maps. The API server rejects an incomplete reference to a Secret, so the
#: map becomes unmanaged when others change any part of it. The terms of a selector apply together, so that those of
#: others beside the desired ones would make another selector.
ATOMIC_MAPS: dict[tuple[str, str], frozenset[str]] = {
    ("notification.kubesphere.io", "Config"): frozenset({"/spec/dingtalk/conversation"}),
    ("notification.kubesphere.io", "Receiver"): frozenset(
        {
            "/spec/dingtalk/chatbot/webhook",
            "/spec/dingtalk/chatbot/secret",
            "/spec/dingtalk/alertSelector",
            "/spec/dingtalk/dingtalkConfigSelector",
        }
    ),
    ("notification.kubesphere.io", "Router"): frozenset({"/spec/alertSelector"}),
    **{(RULES, kind): frozenset({"/spec/rules/[]/exprBuilder"}) for kind in RULE_GROUPS},
}

#: (group, kind) -> path of a map -> key without which the API server rejects the other keys.
REQUIRED_KEYS: dict[tuple[str, str], dict[Path, str]] = {
    ("notification.kubesphere.io", "Receiver"): {("spec", "dingtalk", "chatbot"): "webhook"},
}

#: (group, kind) -> rendered path of a field -> that of the field to which it belongs, and with which it is replaced and
#: restored: with the signing secret of another robot, DingTalk rejects the messages of a webhook.
DEPENDENT_FIELDS: dict[tuple[str, str], dict[str, str]] = {
    ("notification.kubesphere.io", "Receiver"): {"/spec/dingtalk/chatbot/secret": "/spec/dingtalk/chatbot/webhook"},
}

INSTALLER_HINT = "only KubeSphere's installer creates it: check that the monitoring component is installed"
#: (group, kind) or (group, kind, name) of objects that are updated but never created -> hint if the object is missing.
#: KubeSphere creates them; the fields set by the collection alone would make an incomplete object.
NEVER_CREATED: dict[tuple[str, ...], str] = {
    ("notification.kubesphere.io", "NotificationManager"): INSTALLER_HINT,
    ("installer.kubesphere.io", "ClusterConfiguration"): INSTALLER_HINT,
    ("monitoring.coreos.com", "Prometheus"): INSTALLER_HINT,
    ("kubesphere.io", "InstallPlan", alertmanager.EXTENSION): (
        f"KubeSphere's extension {alertmanager.EXTENSION} creates it: install the extension first"
    ),
}


#: (group, kind, name) of objects that are never deleted: without its InstallPlan, an extension is uninstalled.
NEVER_DELETED = frozenset({("kubesphere.io", "InstallPlan", "whizard-alerting")})

#: (group, kind, name) -> rendered paths below which values are retained when no longer desired, and so never recorded
#: as managed: KubeSphere cannot disable a component, and an extension remains where it is installed.
RETAINED: dict[tuple[str, str, str], tuple[str, ...]] = {
    ("installer.kubesphere.io", "ClusterConfiguration", "ks-installer"): ("/spec/alerting/enabled",),
    ("kubesphere.io", "InstallPlan", "whizard-alerting"): (
        "/spec/extension",
        "/spec/enabled",
        "/spec/clusterScheduling/placement",
    ),
}


def is_never_deleted(reference: ObjectRef) -> bool:
    """Return whether an object is retained although an apply may have created it."""
    return (reference.group, reference.kind, reference.name) in NEVER_DELETED


def is_retained(reference: ObjectRef, text: str) -> bool:
    """Return whether the value at a rendered path is retained."""
    return text.startswith(RETAINED.get((reference.group, reference.kind, reference.name), ()))


def is_federated_copy(manifest: Mapping[str, Any]) -> bool:
    """Return whether an object on a member is KubeSphere's copy of the host's object, which reverts any change."""
    labels = (manifest.get("metadata") or {}).get("labels") or {}
    return bool(labels.get("kubefed.io/managed") == "true")


def creation_hint(reference: ObjectRef) -> str:
    """Return the hint for a missing object that is never created, empty for other objects."""
    key = (reference.group, reference.kind)
    return NEVER_CREATED.get(key) or NEVER_CREATED.get((*key, reference.name), "")


def remove_incomplete_maps(reference: ObjectRef, manifest: dict[str, Any]) -> None:
    """Remove maps without their required key, such as a robot's keywords without its webhook."""
    for path, key in REQUIRED_KEYS.get((reference.group, reference.kind), {}).items():
        value = field_paths.get(manifest, path)
        if value is not ABSENT and key not in value:
            field_paths.remove(manifest, path, len(path) - 1)


def merge_keys(reference: ObjectRef) -> Mapping[str, str]:
    """Return the merge keys of an object's lists by rendered path."""
    return MERGE_KEYS.get((reference.group, reference.kind), {})


def atomic_maps(reference: ObjectRef) -> Container[str]:
    """Return the rendered paths of an object's atomic maps."""
    return ATOMIC_MAPS.get((reference.group, reference.kind), frozenset())


def dependent_fields(reference: ObjectRef) -> Mapping[str, str]:
    """Return the fields of an object that belong to another one: rendered path of a field -> that of the other one."""
    return DEPENDENT_FIELDS.get((reference.group, reference.kind), {})


def may_store(reference: ObjectRef, path: Path, value: Any) -> bool:
    """Return whether the last-applied state may contain a value of an object, which must not be secret."""
    if reference.kind == "Secret":
        return path[0] != "data"
    parent, field_name = ("", *path)[-2:]
    return not any(inline_credentials(reference.api_version, {field_name: value}, parent))


def inline_credentials(api_version: Any, value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the inline credentials of a notification kind: those with ``value`` in place of ``valueFrom``.

    Each is a pair of field name, such as ``appsecret``, and credential; ``name`` is the name of the field of ``value``.
    """
    if not str(api_version).startswith("notification.kubesphere.io/"):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "value" and isinstance(item, str):
                yield name, item
            yield from inline_credentials(api_version, item, key)
    elif isinstance(value, list):
        for item in value:
            yield from inline_credentials(api_version, item, name)
