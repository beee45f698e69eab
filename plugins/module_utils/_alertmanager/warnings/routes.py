# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about desired routes that get no alert, or lead it to nobody or to another receiver."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..._core.text import few
from ..._findings.finding import cited
from .. import alerts
from ..matchers import Matcher, as_text, identity, route_matchers
from .expressions import expressions
from .intervals import always, never
from .parts import ACTIVE, MUTE, Json, intervals_that, mapping, maps, names

#: Names of receivers that are meant to have no integration. KubeSphere has "null" and Watchdog.
_SILENT = re.compile(
    r"(?:^|[^a-z])(?:null|none|nobody|nowhere|no-?op|void|nil|black-?hole|sink|dev-?null|drop|discard|silen\w*|mute\w*"
    r"|ignore\w*|trash|watchdog)(?:$|[^a-z])",
    re.IGNORECASE,
)


class _Route(NamedTuple):
    """A desired route and the corresponding live one, with the routes above it and the live siblings of that one."""

    desired: Json
    live: Json
    above: tuple[Json, ...]
    earlier: tuple[Json, ...]
    later: tuple[Json, ...]
    #: The receiver of the live route, which may be inherited.
    receiver: str

    @property
    def name(self) -> str:
        return f"the route for {identity(self.desired)}"

    @property
    def matchers(self) -> list[Matcher]:
        """The matchers of the route and of those above it."""
        return alerts.all_matchers([*self.above, self.desired]) or []

    @property
    def kinds(self) -> tuple[alerts.Kind, ...]:
        """The kinds of alerts that the route matches."""
        return alerts.kinds(self.matchers)

    @property
    def taken(self) -> dict[alerts.Kind, Json]:
        """The kinds of which an earlier route takes all alerts, and the first such route."""
        routes, matchers = reversed(self.earlier), self.matchers
        return {kind: item for item in routes for kind in alerts.taken_kinds(item, matchers)}


def route_warnings(desired: Json, document: Json) -> Iterator[str]:
    """Yield the warnings about the desired routes of a document."""
    root = mapping(document.get("route"))
    for route in _routes(mapping(desired.get("route")), root, (), as_text(root.get("receiver"))):
        yield from expressions(route.name, route.desired)
        yield from _unreached(route) or _silent(route, document)
        yield from _diverted(route)
        yield from _time_intervals(route, document)


def _routes(desired: Json, live: Json, above: tuple[Json, ...], receiver: str) -> Iterator[_Route]:
    """Yield the desired routes below one that has ``receiver``, except those below a route that no alert reaches."""
    siblings = maps(live.get("routes"))
    for route in maps(desired.get("routes")):
        index = live_index(route, siblings)
        if index is not None:
            name = as_text(siblings[index].get("receiver")) or receiver
            earlier, later = tuple(siblings[:index]), tuple(siblings[index + 1 :])
            here = _Route(route, siblings[index], above, earlier, later, name)
            yield here
            if len(here.taken) < len(here.kinds):
                yield from _routes(route, siblings[index], (*above, route), name)


def live_index(desired: Json, siblings: Sequence[Json]) -> int | None:
    """Return the index of the live route for a desired one; of several for the same alerts, that with its receiver."""
    found = [index for index, route in enumerate(siblings) if identity(route) == identity(desired)]
    receiver = as_text(desired.get("receiver"))
    named = [index for index in found if receiver and as_text(siblings[index].get("receiver")) == receiver]
    return next(iter(named or found), None)


def _unreached(route: _Route) -> list[str]:
    if label := alerts.contradiction(route.matchers):
        is_own = bool(alerts.contradiction(route_matchers(route.desired) or []))
        whose = "its matchers" if is_own else "its matchers and those of the routes above it"
        return [
            cited(
                f"no alert reaches {route.name}, because {whose} for {label} exclude each other; correct them", "KD510"
            )
        ]
    kinds, taken, found = route.kinds, route.taken, []
    for earlier in dict.fromkeys(identity(item) for item in taken.values()):
        names = " or ".join(kind.name for kind, item in taken.items() if identity(item) == earlier)
        what = "no alert reaches" if len(taken) == len(kinds) else f"no {names} reach"
        found.append(
            cited(
                f"{what} {route.name}, because the earlier route for {earlier or 'every alert'} takes all of them; "
                "move it before that one or set continue there",
                "KD510",
            )
        )
    return found


def _silent(route: _Route, document: Json) -> list[str]:
    """Return a warning if the receiver of a route notifies nobody, unless its name says so."""
    name = route.receiver
    receiver = next((item for item in maps(document.get("receivers")) if as_text(item.get("name")) == name), None)
    is_reported = bool(route.above) and not route.live.get("receiver")
    if receiver is None or is_reported or _SILENT.search(name) or any(map(maps, receiver.values())):
        return []
    if route.live.get("continue") is True:
        return []
    return [
        cited(
            f"nobody is notified of the alerts of {route.name}, because its receiver {name!r} has no integration; set "
            "receiver to another one, such as KubeSphere's 'prometheus'",
            "KD511",
        )
    ]


def _diverted(route: _Route) -> list[str]:
    """Return a warning if later routes lead the alerts of a route to several receivers, of which it inherits one."""
    receivers = alerts.receivers(list(route.later), route.matchers)
    if route.desired.get("receiver") or route.receiver not in receivers.values():
        return []
    return [
        cited(
            f"{kind.name} that {route.name} matches go to its receiver {route.receiver!r}, and not to {name!r}; set "
            "receiver, or add alerttype to its matchers",
            "KD512",
        )
        for kind, name in receivers.items()
        if name not in ("", route.receiver) and kind not in route.taken
    ]


def _time_intervals(route: _Route, document: Json) -> Iterator[str]:
    empty, full = (intervals_that(contain, document) for contain in (never, always))
    muting, active = (names(route.desired, field) for field in (MUTE, ACTIVE))
    if active == []:
        yield cited(
            f"{route.name}: active_time_intervals is empty, so it is always active; name an interval or remove it",
            "KD508",
        )
    if active and set(active) <= empty:
        yield cited(
            f"{route.name} is always muted, because its active_time_intervals ({few(active)}) never begin; correct "
            "their definitions",
            "KD513",
        )
    for name in [name for name in muting or [] if name in empty]:
        yield cited(
            f"{route.name} is never muted by {name!r}, because this interval never begins; correct its definition",
            "KD513",
        )
    for name in [name for name in muting or [] if name in full]:
        yield cited(
            f"{route.name} is always muted by {name!r}, because this interval contains all time; correct its "
            "definition",
            "KD521",
        )
