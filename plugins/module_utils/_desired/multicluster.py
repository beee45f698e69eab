# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Multi-cluster setups: notification settings of members are written on their host, for all of its clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._core.text import few
from .._kubesphere.facts import Facts
from .feature import DesiredFeature

#: The variable by which a member declares the inventory host of its host cluster.
HOST_VARIABLE = "kubesphere_host_cluster"

#: Options of role ``notification`` that must be equal on a host and its members.
SHARED = ("notification_robot", "notification_enabled", "notification_alert_selector")
#: Options that are maps by name, merged over all clusters.
MAPS = ("notification_receivers", "notification_routers")
_NO_DESTINATION: dict[str, Any] = {
    "notification_chats": [],
    "notification_robot": "",
    "notification_receivers": {},
    "notification_routers": {},
}
#: Variables of the app, which must be equal on all clusters.
APP = ("dingtalk_app_key", "dingtalk_app_secret")


def has_destination(desired: DesiredFeature) -> bool:
    """Return whether a cluster's alerts have a destination."""
    return has_global_destination(desired) or bool(desired.params["notification_receivers"])


def has_global_destination(desired: DesiredFeature) -> bool:
    """Return whether the global Receiver of a cluster has a destination."""
    return bool(desired.params["notification_chats"] or desired.params["notification_robot"])


def merge_members(
    host: str, own: DesiredFeature | None, members: Mapping[str, DesiredFeature]
) -> tuple[DesiredFeature | None, list[str]]:
    """Return the desired state of a host for all of its clusters, not validated yet, and the conflicts between them.

    Chats, further receivers and routers are merged in the order of the clusters; everything else must be equal.
    Clusters without a destination are ignored. ``own`` is None where the state on the host itself is absent.
    """
    if own is None:
        configured = [name for name, desired in members.items() if has_destination(desired)]
        return None, [
            f"notification_state: absent on {host}, but {few(configured)} configure notifications, which are written "
            "there; set it to present, or remove their notification options"
        ] if configured else []
    clusters = {name: desired for name, desired in ({host: own} | dict(members)).items() if has_destination(desired)}
    if not clusters:
        return own, []
    errors = _conflicts(clusters, host)
    first = next((desired for desired in clusters.values() if has_global_destination(desired)), own)
    chats = [key for desired in clusters.values() for key in desired.params["notification_chats"]]
    app = next((item.variables for item in clusters.values() if item.variables.get("dingtalk_app_key")), {})
    params = {
        **own.params,
        **{name: first.params[name] for name in SHARED},
        **{name: _merge_maps(clusters.values(), name) for name in MAPS},
        "notification_chats": list(dict.fromkeys(chats)),
    }
    return DesiredFeature(params, {**own.variables, **app}, []), errors


def contributions(
    host: str, own: DesiredFeature, members: Mapping[str, DesiredFeature]
) -> list[tuple[frozenset[str], DesiredFeature]]:
    """Return what each cluster would want on the host if it were alone, with its name; equal ones are one item."""
    nothing = DesiredFeature({**own.params, **_NO_DESTINATION}, own.variables, [])
    alone = {name: merge_members(host, nothing, {name: desired})[0] or nothing for name, desired in members.items()}
    found: list[tuple[frozenset[str], DesiredFeature]] = [(frozenset({host}), own)]
    for name, desired in alone.items():
        index = next((index for index, (_hosts, other) in enumerate(found) if other == desired), None)
        if index is None:
            found.append((frozenset({name}), desired))
        else:
            found[index] = (found[index][0] | {name}, desired)
    return found


def _merge_maps(clusters: Iterable[DesiredFeature], name: str) -> dict[str, Any]:
    return {key: value for desired in clusters for key, value in desired.params[name].items()}


def _conflicts(clusters: Mapping[str, DesiredFeature], host: str) -> list[str]:
    errors = []
    for index, (name, desired) in enumerate(clusters.items()):
        others = list(clusters.items())[index + 1 :]
        errors += [error for other in others for error in _map_conflicts((name, desired), other)]
    with_global = [(name, desired) for name, desired in clusters.items() if has_global_destination(desired)]
    for other in with_global[1:]:
        errors += _option_conflicts(with_global[0], other, host)
    return errors


def _map_conflicts(left: tuple[str, DesiredFeature], right: tuple[str, DesiredFeature]) -> list[str]:
    (left_name, left_desired), (right_name, right_desired) = left, right
    return [
        f"{name}.{key}: differs between {left_name} and {right_name}, which share the object of that name; use equal "
        "values or another name"
        for name in MAPS
        for key, value in left_desired.params[name].items()
        if key in right_desired.params[name] and right_desired.params[name][key] != value
    ]


def _option_conflicts(left: tuple[str, DesiredFeature], right: tuple[str, DesiredFeature], host: str) -> list[str]:
    (left_name, left_desired), (right_name, right_desired) = left, right
    hint = f"both share one Receiver on {host}, so use equal values"
    errors = [
        f"{name}: is {_shown(left_desired.params[name])} on {left_name} and {_shown(right_desired.params[name])} on "
        f"{right_name}; {hint}"
        for name in SHARED
        if left_desired.params[name] != right_desired.params[name]
    ]
    if left_desired.params["notification_chats"] and right_desired.params["notification_chats"]:
        errors += [
            f"{name}: differs between {left_name} and {right_name}; {hint}"
            for name in APP
            if left_desired.variables.get(name) != right_desired.variables.get(name)
        ]
    return errors


def _shown(value: Any) -> str:
    return "not set" if value is None else repr(value)


def check_declared_host(cluster: str, declared: str, next_declared: str | None, known: bool) -> list[str]:
    """Return the errors of the host that a cluster declares; ``next_declared`` is the host that this one declares."""
    if not known:
        return [
            f"{HOST_VARIABLE}: {declared!r}, the host cluster of {cluster}, is not among the clusters of this run; add "
            "it to the inventory with its access variables, as the members' settings are written there"
        ]
    if next_declared and next_declared != declared:
        return [
            f"{HOST_VARIABLE}: {cluster} declares {declared!r}, which itself declares {next_declared!r}; declare the "
            "host of both"
        ]
    return []


def check_role(facts: Facts, declared_host: str) -> list[str]:
    """Return the errors of the host that the inventory declares for a cluster; an empty string declares none."""
    if not declared_host or facts.role == "member":
        return []
    return [
        f"{HOST_VARIABLE}: is {declared_host!r}, but this cluster is not a member: its role is {facts.role}. Remove "
        "the variable, or join the cluster to its host. Nothing was changed"
    ]


def check_has_host(declared_host: str, options: str) -> list[str]:
    """Return the errors of a member without a declared host, where ``options`` apply to the host only."""
    if declared_host:
        return []
    return [
        f"{HOST_VARIABLE}: missing; this cluster is a member of a multi-cluster setup, and {options} apply to its "
        f"host. Add the host cluster to the inventory and set {HOST_VARIABLE} to its inventory host, or leave these "
        "options empty here. Nothing was changed"
    ]


def check_is_host(facts: Facts, members: Sequence[str]) -> list[str]:
    """Return the errors of a cluster that others declare as their host."""
    if not members or facts.role == "host":
        return []
    return [
        f"{HOST_VARIABLE}: {few(members)} declares this cluster, whose role is {facts.role}; declare the host cluster. "
        "Nothing was changed"
    ]


def check_same_alertmanager(
    member: str, host: str, member_document: Mapping[str, Any], host_document: Mapping[str, Any]
) -> list[str]:
    """Return the differences between the desired Alertmanager configurations of a member and its host."""
    return [
        f"alertmanager_{key}: differs between {member} and its host {host}; in KubeSphere 4, both share the "
        "Alertmanager of the host, so use equal values, or remove it here"
        for key in member_document
        if member_document[key] != host_document.get(key)
    ]


def member_note(facts: Facts, declared_host: str) -> str:
    """Return the note for the result of a member."""
    where = f"on {declared_host}" if declared_host else "on its host cluster"
    if facts.is_kubesphere_4_member:
        return (
            f"A member of KubeSphere 4 sends its alerts to its host: notification settings and Alertmanager are {where}"
            ". They are not written here. Messages carry the cluster's name in KubeSphere."
        )
    return (
        f"A member: its notification settings are written {where}, and KubeSphere copies them. No Config, Receiver or "
        "Secret is written here."
    )


def host_note(members: Sequence[str]) -> str:
    """Return the note for the result of a host with members."""
    return (
        f"The alerts of this cluster and of every member ({few(members)}) reach all of these chats, and so do those "
        "of members outside the inventory. To separate them, use receivers in notification_receivers with an "
        "alert_selector on the label cluster."
    )
