# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Multi-cluster setups: notification settings of members are written on their host, for all of its clusters."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._core.errors import Errors
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
    errors: Errors, host: str, own: DesiredFeature | None, members: Mapping[str, DesiredFeature]
) -> DesiredFeature | None:
    """Return the desired state of a host for all of its clusters, not validated yet; conflicts between them are errors.

    Chats, further receivers and routers are merged in the order of the clusters; everything else must be equal.
    Clusters without a destination are ignored. ``own`` is None where the state on the host itself is absent.
    """
    if own is None:
        configured = [name for name, desired in members.items() if has_destination(desired)]
        if configured:
            errors.at("notification_state").add(
                f"absent on {host}, but {few(configured)} configure notifications, which are written there; set it to "
                "present, or remove their notification options"
            )
        return None
    clusters = {name: desired for name, desired in ({host: own} | dict(members)).items() if has_destination(desired)}
    if not clusters:
        return own
    _check_conflicts(errors, clusters, host)
    first = next((desired for desired in clusters.values() if has_global_destination(desired)), own)
    chats = [key for desired in clusters.values() for key in desired.params["notification_chats"]]
    app = next((item.variables for item in clusters.values() if item.variables.get("dingtalk_app_key")), {})
    params = {
        **own.params,
        **{name: first.params[name] for name in SHARED},
        **{name: _merge_maps(clusters.values(), name) for name in MAPS},
        "notification_chats": list(dict.fromkeys(chats)),
    }
    return DesiredFeature(params, {**own.variables, **app})


def contributions(
    host: str, own: DesiredFeature, members: Mapping[str, DesiredFeature]
) -> list[tuple[frozenset[str], DesiredFeature]]:
    """Return what each cluster would want on the host if it were alone, with its name; equal ones are one item."""
    nothing = DesiredFeature({**own.params, **_NO_DESTINATION}, own.variables)
    alone = {name: merge_members(Errors(), host, nothing, {name: desired}) for name, desired in members.items()}
    found: list[tuple[frozenset[str], DesiredFeature]] = [(frozenset({host}), own)]
    for name, merged in alone.items():
        desired = merged or nothing
        index = next((index for index, (_hosts, other) in enumerate(found) if other == desired), None)
        if index is None:
            found.append((frozenset({name}), desired))
        else:
            found[index] = (found[index][0] | {name}, desired)
    return found


def _merge_maps(clusters: Iterable[DesiredFeature], name: str) -> dict[str, Any]:
    return {key: value for desired in clusters for key, value in desired.params[name].items()}


def _check_conflicts(errors: Errors, clusters: Mapping[str, DesiredFeature], host: str) -> None:
    for left, right in itertools.combinations(clusters.items(), 2):
        _check_maps(errors, left, right)
    with_global = [(name, desired) for name, desired in clusters.items() if has_global_destination(desired)]
    for other in with_global[1:]:
        _check_options(errors, with_global[0], other, host)


def _check_maps(errors: Errors, left: tuple[str, DesiredFeature], right: tuple[str, DesiredFeature]) -> None:
    (left_name, left_desired), (right_name, right_desired) = left, right
    for name in MAPS:
        others = right_desired.params[name]
        for key, value in left_desired.params[name].items():
            if key in others and others[key] != value:
                errors.at(name, str(key)).add(
                    f"differs between {left_name} and {right_name}, which share the object of that name; use equal "
                    "values or another name"
                )


def _check_options(
    errors: Errors, left: tuple[str, DesiredFeature], right: tuple[str, DesiredFeature], host: str
) -> None:
    (left_name, left_desired), (right_name, right_desired) = left, right
    hint = f"both share one Receiver on {host}, so use equal values"
    for name in SHARED:
        one, other = left_desired.params[name], right_desired.params[name]
        if one != other:
            errors.at(name).add(f"is {_shown(one)} on {left_name} and {_shown(other)} on {right_name}; {hint}")
    if left_desired.params["notification_chats"] and right_desired.params["notification_chats"]:
        for name in APP:
            if left_desired.variables.get(name) != right_desired.variables.get(name):
                errors.at(name).add(f"differs between {left_name} and {right_name}; {hint}")


def _shown(value: Any) -> str:
    return "not set" if value is None else repr(value)


def check_declared_host(errors: Errors, cluster: str, declared: str, next_declared: str | None, known: bool) -> None:
    """Check the host that a cluster declares; ``next_declared`` is the host that this one declares."""
    if not known:
        errors.at(HOST_VARIABLE).add(
            f"{declared!r}, the host cluster of {cluster}, is not among the clusters of this run; add it to the "
            "inventory with its access variables, as the members' settings are written there"
        )
    elif next_declared and next_declared != declared:
        errors.at(HOST_VARIABLE).add(
            f"{cluster} declares {declared!r}, which itself declares {next_declared!r}; declare the host of both"
        )


def check_role(errors: Errors, facts: Facts, declared_host: str) -> None:
    """Check the host that the inventory declares for a cluster; an empty string declares none."""
    if declared_host and facts.role != "member":
        errors.at(HOST_VARIABLE).add(
            f"is {declared_host!r}, but this cluster is not a member: its role is {facts.role}. Remove the variable, "
            "or join the cluster to its host. Nothing was changed"
        )


def check_has_host(errors: Errors, declared_host: str, options: str) -> None:
    """Check that a member declares its host, where ``options`` apply to the host only."""
    if not declared_host:
        errors.at(HOST_VARIABLE).add(
            f"missing; this cluster is a member of a multi-cluster setup, and {options} apply to its host. Add the "
            f"host cluster to the inventory and set {HOST_VARIABLE} to its inventory host, or leave these options "
            "empty here. Nothing was changed"
        )


def check_is_host(errors: Errors, facts: Facts, members: Sequence[str]) -> None:
    """Check a cluster that others declare as their host."""
    if members and facts.role != "host":
        errors.at(HOST_VARIABLE).add(
            f"{few(members)} declares this cluster, whose role is {facts.role}; declare the host cluster. Nothing was "
            "changed"
        )


def check_same_alertmanager(
    errors: Errors, member: str, host: str, member_document: Mapping[str, Any], host_document: Mapping[str, Any]
) -> None:
    """Check that the desired Alertmanager configurations of a member and its host do not differ."""
    for key in member_document:
        if member_document[key] != host_document.get(key):
            errors.at(f"alertmanager_{key}").add(
                f"differs between {member} and its host {host}; in KubeSphere 4, both share the Alertmanager of the "
                "host, so use equal values, or remove it here"
            )


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
