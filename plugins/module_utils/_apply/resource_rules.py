# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection knows of the kinds that it writes: lists that several people feed, maps that are one value."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from .._alertmanager import config as alertmanager
from .._alertmanager.item_kinds import field_paths
from .._core.field_paths import ABSENT, Path
from .._kubernetes.object_ref import ObjectRef

RULES = "alerting.kubesphere.io"
RULE_GROUPS = ("RuleGroup", "ClusterRuleGroup", "GlobalRuleGroup")

#: (group, kind) -> rendered path of a list -> key that tells its items apart, empty for a list of scalars.
MERGE_KEYS: dict[tuple[str, str], dict[str, str]] = {
    ("notification.kubesphere.io", "Receiver"): {
        "/spec/dingtalk/conversation/chatids": "",
        "/spec/dingtalk/chatbot/keywords": "",
    },
    ("monitoring.coreos.com", "PrometheusRule"): {"/spec/groups": "group", "/spec/groups/[]/rules": "alert"},
    **{(RULES, kind): {"/spec/rules": "alert"} for kind in RULE_GROUPS},
    # Clusters on which an extension is installed: others may have placed it on more.
    ("kubesphere.io", "InstallPlan"): {"/spec/clusterScheduling/placement/clusters": ""},
}


#: (group, kind) -> rendered paths of maps that are one value: a part of a reference to a Secret means nothing, and the
#: API server refuses it. So whoever changes a part has made all of it theirs.
ATOMIC_MAPS: dict[tuple[str, str], frozenset[str]] = {
    ("notification.kubesphere.io", "Config"): frozenset({"/spec/dingtalk/conversation"}),
    ("notification.kubesphere.io", "Receiver"): frozenset(
        {"/spec/dingtalk/chatbot/webhook", "/spec/dingtalk/chatbot/secret"}
    ),
    **{(RULES, kind): frozenset({"/spec/rules/[]/exprBuilder"}) for kind in RULE_GROUPS},
}

#: (group, kind) -> path of a map -> the key without which its other keys mean nothing, and the API server refuses them.
INDISPENSABLE: dict[tuple[str, str], dict[Path, str]] = {
    ("notification.kubesphere.io", "Receiver"): {("spec", "dingtalk", "chatbot"): "webhook"},
}

BY_THE_INSTALLER = "only KubeSphere's installer can make it: check that the monitoring component is installed"
#: Objects that KubeSphere makes: a part of one is wished, and one made of that part alone would be broken. The key is
#: (group, kind) or (group, kind, name), the value what to do where it is missing.
INSTALLED: dict[tuple[str, ...], str] = {
    ("notification.kubesphere.io", "NotificationManager"): BY_THE_INSTALLER,
    ("installer.kubesphere.io", "ClusterConfiguration"): BY_THE_INSTALLER,
    ("monitoring.coreos.com", "Prometheus"): BY_THE_INSTALLER,
    ("kubesphere.io", "InstallPlan", alertmanager.EXTENSION): (
        f"it comes with KubeSphere's extension {alertmanager.EXTENSION}: install that first"
    ),
}


#: (group, kind, name) -> rendered path below which values stay when they are no longer wished, and so are not recorded
#: as ours: KubeSphere does not know how to switch a component off, and an extension would be uninstalled.
RETAINED: dict[tuple[str, str, str], str] = {
    ("installer.kubesphere.io", "ClusterConfiguration", "ks-installer"): "/spec/alerting/enabled",
    ("kubesphere.io", "InstallPlan", "whizard-alerting"): "",
}


def is_retained(reference: ObjectRef, text: str = "") -> bool:
    """Tell whether the value at a rendered path is put there for good; without a path, the object as a whole."""
    below = RETAINED.get((reference.group, reference.kind, reference.name))
    return below is not None and text.startswith(below)


def is_copy(manifest: Mapping[str, Any]) -> bool:
    """Tell whether an object on a member is KubeSphere's copy of its host's: changes to it are undone."""
    labels = (manifest.get("metadata") or {}).get("labels") or {}
    return bool(labels.get("kubefed.io/managed") == "true")


def is_installed_only(reference: ObjectRef) -> str:
    """Return what to do where an object is missing that is never created, empty for one that is."""
    place = (reference.group, reference.kind)
    return INSTALLED.get(place) or INSTALLED.get((*place, reference.name), "")


def drop_remains(reference: ObjectRef, manifest: dict[str, Any]) -> None:
    """Take away the maps that lost the key without which they are refused: a robot's keywords go with its webhook."""
    for path, key in INDISPENSABLE.get((reference.group, reference.kind), {}).items():
        remains = field_paths.get(manifest, path)
        if remains is not ABSENT and key not in remains:
            field_paths.remove(manifest, path, len(path) - 1)


def merge_keys(reference: ObjectRef) -> Mapping[str, str]:
    """Return the lists of an object that are merged item by item."""
    return MERGE_KEYS.get((reference.group, reference.kind), {})


def atomic_maps(reference: ObjectRef) -> Container[str]:
    """Return the maps of an object that are merged as one value."""
    return ATOMIC_MAPS.get((reference.group, reference.kind), frozenset())


def may_store(reference: ObjectRef, path: Path, value: Any) -> bool:
    """Tell whether a value that stands in an object may be kept in the record: nothing that may be secret is."""
    if reference.kind == "Secret":
        return path[0] != "data"
    *_, parent, field_name = ("", *path)
    return not any(inline_credentials(reference.api_version, {field_name: value}, parent))


def inline_credentials(api_version: Any, value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the credentials that stand in a notification kind itself, as ``value`` in place of ``valueFrom``.

    Each comes with the name of its field, such as ``appsecret``; ``name`` is that of the field which holds ``value``.
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
