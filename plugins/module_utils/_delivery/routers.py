# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers of notification-manager, which send alerts to Receivers; its route policy decides who else gets them.

Sources: notification-manager v2.3.0 and v2.6.0 (pkg/route, ``RcvsFromName`` and its siblings in pkg/controller).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._alertmanager.go_regexp import compiled
from .alerts import Alert
from .holdings import Holdings, Manifest, known, labels_of, mapping, name_of, part
from .manager import MANAGER, owner_of
from .outcome import Result, WayEnds
from .selectors import matches

ALL, FIRST = "All", "RouterFirst"
#: The part of a Receiver's spec that sends to DingTalk.
DINGTALK = "dingtalk"


def check_routers(holdings: Holdings, alert: Alert, receiver: Manifest, manager: Mapping[str, Any]) -> None:
    """Raise ``WayEnds`` if Routers keep an alert from a Receiver.

    With routePolicy All, they add Receivers. Otherwise they replace them; with RouterFirst, only if one of them leads
    to an enabled Receiver.
    """
    policy = str(manager.get("routePolicy") or ALL)
    if policy == ALL:
        return
    routers = [item for item in known(holdings.routers) if _takes(item, alert)]
    if any(_leads_to(item, receiver, DINGTALK, manager) for item in routers):
        return
    if policy == FIRST:
        routers = [item for item in routers if _leads_to_any(item, known(holdings.all_receivers), manager)]
        if not routers:
            return
    name = name_of(receiver)
    cause = f"Router {name_of(routers[0])} does not send them to it" if routers else "no Router takes them"
    raise WayEnds(
        Result.UNDELIVERED,
        f"Receiver {name}: spec.routePolicy of {MANAGER} is {policy}, and {cause}",
        f"Add a Router to Receiver {name} to notification_routers, or set spec.routePolicy of {MANAGER} to {ALL}.",
        finding="KD607",
    )


def _takes(router: Manifest, alert: Alert) -> bool:
    spec = part(router, "spec")
    return spec.get("enabled") is not False and matches(spec.get("alertSelector"), alert.labels)


def _leads_to_any(router: Manifest, receivers: Iterable[Manifest], manager: Mapping[str, Any]) -> bool:
    return any(
        _leads_to(router, receiver, channel, manager)
        for receiver in receivers
        for channel, settings in part(receiver, "spec").items()
        if owner_of(receiver, manager) and mapping(settings).get("enabled") is not False
    )


def _leads_to(router: Manifest, receiver: Manifest, channel: str, manager: Mapping[str, Any]) -> bool:
    """Return whether a Router sends to a channel, such as DingTalk, of a Receiver."""
    wanted = part(router, "spec", "receivers")
    owner = owner_of(receiver, manager)
    if any(
        mapping(item).get("tenant") == owner and _has(item.get("type"), channel) for item in _list(wanted, "channels")
    ):
        return True
    if wanted.get("type") not in (None, "", channel):
        return False
    name = name_of(receiver)
    expression = compiled(str(wanted.get("regexName") or ""))
    return (
        name in _list(wanted, "name")
        or bool(wanted.get("regexName") and expression and expression.search(name))
        or (wanted.get("selector") is not None and matches(wanted["selector"], labels_of(receiver)))
    )


def _has(types: Any, channel: str) -> bool:
    """Return whether a list of types has one; an empty list has all."""
    return not types or (isinstance(types, list) and channel in types)


def _list(settings: Mapping[str, Any], name: str) -> list[Any]:
    found = settings.get(name)
    return found if isinstance(found, list) else []
