# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about desired settings that Alertmanager accepts, and that have no effect or another than intended.

Each names the place, the cause and the remedy, and contains no URL, as URLs may be secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .._core.text import few
from . import alerts
from .intervals import never
from .loaded import SIDES
from .matchers import FORMS, Matcher, as_text, identity, route_matchers
from .timing import RETENTION, TIMING, duration_text, effective_repeat_interval, milliseconds

Json = Mapping[str, Any]

_REPEATED = ("repeat_interval", "group_interval")
#: What is hardly ever part of a label's value, but often of a glob or a regular expression.
_EXPRESSION = re.compile(r"\*|\||\.\+|^\^|\$$|\\[.dswDSWb]|\(\?|\[(?:\w-\w|\^)[^\]:]*\]")
#: A glob's star in a regular expression repeats the character before it.
_GLOB = re.compile(r"[\w-]+\*")
#: Names of receivers that are meant to have no integration. KubeSphere has "null" and Watchdog.
_SILENT = re.compile(
    r"(?:^|[^a-z])(?:null|none|nobody|nowhere|no-?op|void|nil|black-?hole|sink|dev-?null|drop|discard|silen\w*|mute\w*"
    r"|ignore\w*|trash|watchdog)(?:$|[^a-z])",
    re.IGNORECASE,
)
_DINGTALK = re.compile(r"(?:o?api)\.dingtalk\.(?:com|io)", re.IGNORECASE)


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


def warnings(desired: Json, document: Json) -> list[str]:
    """Return the warnings about the desired part of a configuration; ``document`` is all of it, after the edits."""
    found: list[str] = []
    root = _mapping(document.get("route"))
    for route in _routes(_mapping(desired.get("route")), root, (), as_text(root.get("receiver"))):
        found += [*_expressions(route.name, route.desired), *(_unreached(route) or _silent(route, document))]
        found += _diverted(route)
        found += _time_intervals(route, document)
    found += _repeated(_mapping(desired.get("route")), _mapping(document.get("route")))
    found += [*_unused(desired, document), *_robots(desired), *_empty_intervals(desired), *_inhibit_rules(desired)]
    return list(dict.fromkeys(found))


def _routes(desired: Json, live: Json, above: tuple[Json, ...], receiver: str) -> Iterator[_Route]:
    """Yield the desired routes below one that has ``receiver``, except those below a route that no alert reaches."""
    siblings = _maps(live.get("routes"))
    for route in _maps(desired.get("routes")):
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


def _expressions(place: str, route: Json) -> Iterator[str]:
    for matcher in route_matchers(route) or []:
        is_text = matcher.operator in ("=", "!=")
        if is_text and _EXPRESSION.search(matcher.value):
            corrected = matcher._replace(operator=f"{matcher.operator[0]}~", value=_as_expression(matcher.value))
            yield (
                f"{place}: {matcher} compares the value with this text, not with a pattern; write {corrected} if a "
                "pattern is meant"
            )
        elif not is_text and _GLOB.fullmatch(matcher.value):
            yield (
                f"{place}: in {matcher}, the star repeats only the character before it; write "
                f"{matcher._replace(value=_as_expression(matcher.value))} for any text after it"
            )


def _as_expression(value: str) -> str:
    """Return the text as a regular expression: the stars of a glob stand for any text."""
    return re.sub(r"(?<![.\])}])\*", ".*", value)


def _unreached(route: _Route) -> list[str]:
    if label := alerts.contradiction(route.matchers):
        is_own = bool(alerts.contradiction(route_matchers(route.desired) or []))
        whose = "its matchers" if is_own else "its matchers and those of the routes above it"
        return [f"no alert reaches {route.name}, because {whose} for {label} exclude each other; correct them"]
    kinds, taken, found = route.kinds, route.taken, []
    for earlier in dict.fromkeys(identity(item) for item in taken.values()):
        names = " or ".join(kind.name for kind, item in taken.items() if identity(item) == earlier)
        what = "no alert reaches" if len(taken) == len(kinds) else f"no {names} reach"
        found.append(
            f"{what} {route.name}, because the earlier route for {earlier or 'every alert'} takes all of them; move it "
            "before that one or set continue there"
        )
    return found


def _silent(route: _Route, document: Json) -> list[str]:
    """Return a warning if the receiver of a route notifies nobody, unless its name says so."""
    name = route.receiver
    receiver = next((item for item in _maps(document.get("receivers")) if as_text(item.get("name")) == name), None)
    is_reported = bool(route.above) and not route.live.get("receiver")
    if receiver is None or is_reported or _SILENT.search(name) or any(map(_maps, receiver.values())):
        return []
    if route.live.get("continue") is True:
        return []
    return [
        f"nobody is notified of the alerts of {route.name}, because its receiver {name!r} has no integration; set "
        "receiver to another one, such as KubeSphere's 'prometheus'"
    ]


def _diverted(route: _Route) -> list[str]:
    """Return a warning if later routes lead the alerts of a route to several receivers, of which it inherits one."""
    receivers = alerts.receivers(list(route.later), route.matchers)
    if route.desired.get("receiver") or route.receiver not in receivers.values():
        return []
    return [
        f"{kind.name} that {route.name} matches go to its receiver {route.receiver!r}, and not to {name!r}; set "
        "receiver, or add alerttype to its matchers"
        for kind, name in receivers.items()
        if name not in ("", route.receiver) and kind not in route.taken
    ]


def _time_intervals(route: _Route, document: Json) -> Iterator[str]:
    empty = {as_text(item.get("name")) for item in _intervals(document) if never(item)}
    muting, active = (_names(route.desired, f"{kind}_time_intervals") for kind in ("mute", "active"))
    if active == []:
        yield f"{route.name}: active_time_intervals is empty, so it is always active; name an interval or remove it"
    if active and set(active) <= empty:
        yield (
            f"{route.name} is always muted, because its active_time_intervals ({few(active)}) never begin; correct "
            "their definitions"
        )
    for name in [name for name in muting or [] if name in empty]:
        yield f"{route.name} is never muted by {name!r}, because this interval never begins; correct its definition"


def _empty_intervals(desired: Json) -> Iterator[str]:
    for item in _intervals(desired):
        if never(item):
            yield (
                f"the time interval {as_text(item.get('name'))!r} never begins; correct its days, months and times: "
                "an end must not be before its start, and a month must have the day"
            )


def _repeated(desired: Json, document: Json) -> Iterator[str]:
    routes: dict[str, list[str]] = {}
    for name, settings in _timed(desired, document, TIMING, frozenset()):
        if cause := _repeated_otherwise(as_text(settings["repeat_interval"]), as_text(settings["group_interval"])):
            routes.setdefault(cause, []).append(name)
    yield from (f"{few(names)}: {cause}" for cause, names in routes.items())


def _repeated_otherwise(repeat: str, group: str) -> str:
    """Return after what time notifications are repeated, and why; empty if that is as desired."""
    effective = effective_repeat_interval({"repeat_interval": repeat, "group_interval": group})
    if round(effective * 1000) == milliseconds(repeat):
        return ""
    after = f"notifications are repeated after {duration_text(effective)}, not {repeat}, because"
    if milliseconds(repeat) > milliseconds(RETENTION):
        return (
            f"{after} Alertmanager remembers them for {RETENTION} only, unless its retention is longer; use a shorter "
            "repeat_interval"
        )
    return (
        f"{after} group_interval is {group}; use a repeat_interval that is a multiple of group_interval, or a shorter "
        "group_interval"
    )


def _timed(desired: Json, live: Json, inherited: Json, chosen: frozenset[str]) -> Iterator[tuple[str, Json]]:
    """Yield the routes whose repeat interval depends on a desired field: name, and settings with inherited ones.

    ``chosen``: the fields whose inherited values are desired. A route that inherits both fields is not yielded.
    """
    own = {name: live[name] for name in _REPEATED if live.get(name) is not None}
    settings = {**inherited, **own}
    chosen = (chosen - own.keys()) | {name for name in own if desired.get(name) is not None}
    if own and chosen:
        meaning = identity(live)
        yield f"the route for {meaning}" if meaning else "the root route", settings
    siblings = _maps(live.get("routes"))
    wanted = {live_index(route, siblings): route for route in _maps(desired.get("routes"))}
    for index, child in enumerate(siblings):
        yield from _timed(wanted.get(index, {}), child, settings, chosen)


def _unused(desired: Json, document: Json) -> Iterator[str]:
    pending = [_mapping(document.get("route"))]
    used = set()
    while pending:
        route = pending.pop()
        used.add(as_text(route.get("receiver")))
        pending += _maps(route.get("routes"))
    for receiver in _maps(desired.get("receivers")):
        name = as_text(receiver.get("name"))
        if name not in used:
            yield f"no route names the receiver {name!r}, so it gets no alert; add a route with this receiver"


def _robots(desired: Json) -> Iterator[str]:
    for receiver in _maps(desired.get("receivers")):
        name = as_text(receiver.get("name"))
        for place, text in _texts(receiver, ""):
            if _is_robot(text):
                yield (
                    f"receiver {name!r}, {place}: this is the webhook of a DingTalk robot, which does not understand "
                    "Alertmanager's messages and drops them without an HTTP error; use notification_robot for it, or "
                    "the URL of a relay that translates the messages"
                )


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")


def _is_robot(text: str) -> bool:
    try:
        url = urlsplit(text.strip())
        host = url.hostname or ""
    except ValueError:
        return False
    return bool(_DINGTALK.fullmatch(host)) and "/robot/" in url.path


def _inhibit_rules(desired: Json) -> Iterator[str]:
    for index, rule in enumerate(_maps(desired.get("inhibit_rules"))):
        sides = [{form: rule.get(f"{side}{form}") for form in FORMS} for side in SIDES[1:]]
        for side in sides:
            yield from _expressions(f"inhibit_rules[{index}]", side)
        source, target = map(identity, sides)
        if source and source == target:
            yield (
                f"inhibit_rules[{index}] mutes no alert, because its source and target match the same alerts; "
                "distinguish them, for example by severity"
            )


def _intervals(document: Json) -> list[Json]:
    return [*_maps(document.get("mute_time_intervals")), *_maps(document.get("time_intervals"))]


def _names(route: Json, field: str) -> list[str] | None:
    listed = route.get(field)
    return [as_text(name) for name in listed] if isinstance(listed, list) else None


def _maps(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}
