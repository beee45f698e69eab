# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters that KubeSphere manages as one: what the members wish is written on their host, for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._core.text import few
from .._kubesphere.facts import Facts
from .feature import DesiredFeature

#: The variable by which a member names the inventory host that is its host cluster.
HOST_VARIABLE = "kubesphere_host_cluster"

#: Options of role ``notification`` that a host and its members must share.
SHARED = ("notification_robot", "notification_enabled", "notification_alert_selector")
#: Options that are maps by name: those of all are united.
MAPS = ("notification_receivers", "notification_routers")
#: Variables of the app, which are the same for all.
APP = ("dingtalk_app_key", "dingtalk_app_secret")


def has_destination(desired: DesiredFeature) -> bool:
    """Tell whether a cluster's alerts shall go anywhere."""
    return has_global_destination(desired) or bool(desired.params["notification_receivers"])


def has_global_destination(desired: DesiredFeature) -> bool:
    """Tell whether a cluster's alerts shall go where all of them go."""
    return bool(desired.params["notification_chats"] or desired.params["notification_robot"])


def unite(
    host: str, own: DesiredFeature | None, members: Mapping[str, DesiredFeature]
) -> tuple[DesiredFeature | None, list[str]]:
    """Return what is written on a host for all of its clusters, to be read as one, and what they disagree in.

    Chats are united, in the order in which they are met, and so are further receivers and routers; all else must be
    the same. A cluster that wishes nothing has no say. ``own`` is None where the host itself wishes the settings to be
    absent.
    """
    sending = [name for name, its in members.items() if has_destination(its)]
    if own is None:
        return None, [
            f"notification_state: is absent on {host}, while {few(sending)} wish notifications, which are written "
            "there; make it present, or let them wish none"
        ] if sending else []
    told = {name: desired for name, desired in ({host: own} | dict(members)).items() if has_destination(desired)}
    if not told:
        return own, []
    errors = _all_disagreements(told, host)
    speaker = next((desired for desired in told.values() if has_global_destination(desired)), own)
    chats = [key for desired in told.values() for key in desired.params["notification_chats"]]
    app = next((its.variables for its in told.values() if its.variables.get("dingtalk_app_key")), {})
    params = {
        **own.params,
        **{name: speaker.params[name] for name in SHARED},
        **{name: _together(told.values(), name) for name in MAPS},
        "notification_chats": list(dict.fromkeys(chats)),
    }
    return DesiredFeature(params, {**own.variables, **app}, []), errors


def _together(told: Iterable[DesiredFeature], name: str) -> dict[str, Any]:
    return {key: value for desired in told for key, value in desired.params[name].items()}


def _all_disagreements(told: Mapping[str, DesiredFeature], host: str) -> list[str]:
    errors = []
    for number, (name, mine) in enumerate(told.items()):
        others = list(told.items())[number + 1 :]
        errors += [error for other, its in others for error in _differing_items(name, mine, other, its)]
    speaking = {name: desired for name, desired in told.items() if has_global_destination(desired)}
    for other in list(speaking)[1:]:
        first = next(iter(speaking))
        errors += _disagreements(first, speaking[first], other, speaking[other], host)
    return errors


def _differing_items(one: str, mine: DesiredFeature, other: str, theirs: DesiredFeature) -> list[str]:
    return [
        f"{name}.{key}: differs between {one} and {other}; one object of that name serves both, so give both the same, "
        "or another name"
        for name in MAPS
        for key, value in mine.params[name].items()
        if key in theirs.params[name] and theirs.params[name][key] != value
    ]


def _disagreements(one: str, mine: DesiredFeature, other: str, theirs: DesiredFeature, host: str) -> list[str]:
    why = f"one Receiver on {host} serves both, so give both the same"
    errors = [
        f"{name}: is {mine.params[name]!r} on {one} and {theirs.params[name]!r} on {other}; {why}"
        for name in SHARED
        if mine.params[name] != theirs.params[name]
    ]
    if mine.params["notification_chats"] and theirs.params["notification_chats"]:
        errors += [
            f"{name}: differs between {one} and {other}; {why}"
            for name in APP
            if mine.variables.get(name) != theirs.variables.get(name)
        ]
    return errors


def check_named(host: str, named: str, named_by_it: str | None, known: bool) -> list[str]:
    """Return what is wrong with the host that a cluster names; ``named_by_it`` is the one that this names in turn."""
    if not known:
        return [
            f"{HOST_VARIABLE}: {named!r}, the host cluster of {host}, is not among the clusters of this run; add it to "
            "the inventory with the variables by which it is reached, as the members' settings are written there"
        ]
    if named_by_it and named_by_it != named:
        return [
            f"{HOST_VARIABLE}: {host} names {named!r}, which names {named_by_it!r} itself; name the cluster that is "
            "the host of both"
        ]
    return []


def check_role(facts: Facts, declared_host: str) -> list[str]:
    """Return the errors of the host that the inventory declares for a cluster, empty for none."""
    if not declared_host or facts.role == "member":
        return []
    return [
        f"{HOST_VARIABLE}: is {declared_host!r}, but this cluster is no member: its role is {facts.role}. Remove the "
        "variable, or join the cluster to its host. Nothing was changed"
    ]


def check_has_host(declared_host: str, options: str) -> list[str]:
    """Return what is wrong with a member that wishes what only its host can have, by these ``options``."""
    if declared_host:
        return []
    return [
        f"{HOST_VARIABLE}: missing; this cluster is a member of a multi-cluster set-up, and {options} are for its "
        f"host. Add the host cluster to the inventory and name its inventory host in {HOST_VARIABLE}, or leave these "
        "empty here. Nothing was changed"
    ]


def check_is_host(facts: Facts, members: Sequence[str]) -> list[str]:
    """Return what is wrong with a cluster that others name as their host."""
    if not members or facts.role == "host":
        return []
    return [
        f"{HOST_VARIABLE}: {few(members)} names this cluster, whose role is {facts.role}; name the host cluster. "
        "Nothing was changed"
    ]


def check_same_alertmanager(member: str, host: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Return what a member wishes of Alertmanager that its host does not."""
    return [
        f"alertmanager_{key}: differs between {member} and its host {host}; in KubeSphere 4, the "
        "Alertmanager of the host serves both, so give both the same, or leave it out here"
        for key in mine
        if mine[key] != theirs.get(key)
    ]


def member_note(facts: Facts, declared_host: str) -> str:
    """Return what the result of a member says."""
    where = f"on {declared_host}" if declared_host else "on its host cluster"
    if facts.is_kubesphere_4_member:
        return (
            f"A member of KubeSphere 4 sends its alerts to its host: notification settings and Alertmanager are {where}"
            ". Nothing of them is written here. Messages carry the name that KubeSphere has for the cluster."
        )
    return (
        f"A member: its notification settings are written {where}, and KubeSphere copies them. No Config, Receiver or "
        "Secret is written here."
    )


def host_note(members: Sequence[str]) -> str:
    """Return what the result of a host with members says."""
    return (
        f"The alerts of this cluster and of every member ({few(members)}) reach all of these chats, and so do those "
        "of members outside the inventory. Receivers of notification_receivers with an alert_selector on the label "
        "cluster keep them apart."
    )
