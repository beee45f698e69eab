# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes below the root: validation, conversion to the form of a cluster's document, and dispatch of alerts.

A desired route corresponds to the live one that matches the same alerts. A new one is inserted before the first route
that takes all of its alerts, and inherits the receiver of that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .._core.errors import Errors
from .._core.field_paths import Path, Qualified
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from . import alerts
from . import matchers as alertmanager_matchers
from . import schema as fields
from .config import SHIPPED, every_route, number
from .item_kinds import field_paths, segment
from .matchers import FORMS, as_text, identity, route_matchers
from .timing import TIMING, effective_text
from .values import MATCHERS, NEWEST, Version

INHERITED = ("receiver", "group_by", *TIMING)
#: The fields that decide whether and where a route passes alerts.
_PASSED = ("receiver", "continue")
#: The severities of the alerts of KubeSphere's built-in policies, the most severe first.
BUILT_IN_SEVERITIES = ("critical", "warning")


def check_desired(errors: Errors, routes: Any, depth: int) -> None:
    """Check desired routes, for any cluster. ``depth``: the maximum number of levels."""
    if not isinstance(routes, list):
        errors.add("expected a list of routes")
        return
    if routes and not depth:
        errors.add("routes are nested too deeply; use fewer levels, as a route may have several matchers")
        return
    known: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for at, route in errors.each(routes):
        _check_one(at, route, depth)
        if isinstance(route, Mapping) and route_matchers(route):
            earlier = known.setdefault(identity(route), [])
            for first, other in earlier:
                if not _go_on(other, route):
                    at.add(
                        f"matches the same alerts as {first}; merge the routes, or set another receiver in each and "
                        f"'continue: true' in {first}"
                    )
            earlier.append((at.place, route))


def _go_on(earlier: Mapping[str, Any], route: Mapping[str, Any]) -> bool:
    """Return whether alerts go to the receiver of an earlier route with the same matchers, and on to another one."""
    receivers = as_text(earlier.get("receiver")), as_text(route.get("receiver"))
    return earlier.get("continue") is True and all(receivers) and receivers[0] != receivers[1]


def _check_one(errors: Errors, route: Any, depth: int) -> None:
    if not isinstance(route, Mapping):
        errors.add("expected a map of matchers, receiver, repeat_interval and other fields")
        return
    present = {name: value for name, value in route.items() if value is not None}
    fields.check_fields(errors, present, fields.ROUTE, NEWEST, strict=True)
    if not errors and not route_matchers(present):
        errors.add(
            "missing matchers, such as 'severity = \"critical\"'; the root route, which matches every alert, has its "
            "own option"
        )
    if isinstance(present.get("routes"), list):
        check_desired(errors.at("routes"), present["routes"], depth - 1)


def resolve(
    desired: Mapping[str, Any], document: Mapping[str, Any], managed: Mapping[str, Any], place: str, release: str
) -> dict[str, Any]:
    """Return the desired part of a configuration with its routes in the form of ``document``.

    Their matchers get the form that the document uses and that the Alertmanager of KubeSphere's ``release`` (empty if
    unknown) accepts. A new route without a receiver inherits that of the route which has matched its alerts so far.
    ``managed``: rendered path of each managed field -> the value that it has once it is not desired. Raises
    ``InputError`` for an ambiguous route, or one that the cluster's Alertmanager does not support.
    """
    root = desired.get("route")
    if not isinstance(root, Mapping) or not root.get("routes"):
        return dict(desired)
    version = number(SHIPPED[release]) if release in SHIPPED else None
    live = _mapping(document.get("route"))
    with Errors(place) as errors:
        is_older = version is not None and version < MATCHERS
        resolver = _Resolver(errors, managed, _old_form(document, version), is_older)
        routes = resolver.below(root["routes"], live, ("route",), [live])
    return {**desired, "route": {**root, "routes": routes}}


def _old_form(document: Mapping[str, Any], version: Version | None) -> bool:
    if version is not None and version < MATCHERS:
        return True
    routes = [route for _at, route in every_route(Errors(), document)]
    newer = any(route.get("matchers") for route in routes)
    return not newer and (version is None or any(route.get("match") or route.get("match_re") for route in routes))


class _Resolver:
    def __init__(self, errors: Errors, managed: Mapping[str, Any], old_form: bool, only_old: bool) -> None:
        self._errors = errors
        self._managed = managed
        self._old_form = old_form
        self._only_old = only_old

    def below(
        self,
        desired: Sequence[Mapping[str, Any]],
        parent: Mapping[str, Any],
        path: Path,
        above: Sequence[Mapping[str, Any]],
    ) -> list[dict[str, Any]]:
        """Return the desired child routes of a live route, which is the last one of ``above``, or new."""
        live = parent.get("routes")
        routes = [route for route in (live if isinstance(live, list) else []) if isinstance(route, Mapping)]
        others = self._with_receivers(desired, routes, (*path, "routes"), above)
        count = Counter(map(identity, desired))
        return [self._one(route, routes, others, count[identity(route)], (*path, "routes"), above) for route in desired]

    def _with_receivers(
        self,
        desired: Sequence[Mapping[str, Any]],
        routes: list[Mapping[str, Any]],
        path: Path,
        above: Sequence[Mapping[str, Any]],
    ) -> list[Mapping[str, Any]]:
        """Return the routes from which others inherit: unmanaged ones as desired, and all with a desired receiver.

        They are the same in the first run, in which managed ones are missing, as in the next one.
        """
        found = [self._undone(route, path) for route in routes if not self._is_managed(route, path)]
        count = Counter(map(identity, desired))
        for route in desired:
            index = _index(route, found, is_only_one=count[identity(route)] == 1)
            if index is not None:
                passed = {name: route[name] for name in _PASSED if route.get(name) is not None}
                found[index] = {**found[index], **passed}
            elif route.get("receiver"):
                found.insert(alerts.place(found, route, above), route)
        return found

    def _is_managed(self, route: Mapping[str, Any], path: Path) -> bool:
        """Return whether a live route was added, rather than changed, by an apply."""
        return any(place in self._managed for place in _places(route, path))

    def _undone(self, route: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        """Return a live route with the values that it has once they are not desired."""
        places = _places(route, path)
        fields = {name: f"{place}/{name}" for name in _PASSED for place in places if f"{place}/{name}" in self._managed}
        return {**route, **{name: self._managed[text] or None for name, text in fields.items()}}

    def _one(
        self,
        desired: Mapping[str, Any],
        routes: list[Mapping[str, Any]],
        others: list[Mapping[str, Any]],
        count: int,
        path: Path,
        above: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        """Return one of ``count`` desired routes with the same matchers."""
        same = [route for route in routes if identity(route) == identity(desired)]
        is_only_one = count <= 1 and len(same) <= 1
        found = same if is_only_one else self._with_receiver(desired, same, count, path)
        here = (*path, segment(desired, is_only_one))
        settings = {name: value for name, value in desired.items() if name not in FORMS and value is not None}
        if (not found or field_paths.render(here) in self._managed) and "receiver" not in settings:
            others = [route for route in others if identity(route) != identity(desired)]
            settings |= _former_receiver([*above, desired], others)
        if desired.get("routes"):
            settings["routes"] = self.below(desired["routes"], found[0] if found else {}, here, [*above, desired])
        resolved = {**self._matcher_fields(desired), **settings}
        return resolved if is_only_one else Qualified(resolved)

    def _with_receiver(
        self, desired: Mapping[str, Any], same: list[Mapping[str, Any]], count: int, path: Path
    ) -> list[Mapping[str, Any]]:
        """Return the one of several live routes with the same matchers that has the desired receiver.

        There is none if the route is one of several desired ones, or replaces a managed one.
        """
        receiver = as_text(desired.get("receiver"))
        found = [route for route in same if as_text(route.get("receiver")) == receiver]
        if receiver and len(found) == 1:
            return found
        if receiver and not found and (count > 1 or any(self._is_managed(route, path) for route in same)):
            return []
        self._errors.add(_ambiguous(desired, same))
        return found

    def _matcher_fields(self, desired: Mapping[str, Any]) -> dict[str, Any]:
        matchers = route_matchers(desired) or []
        old = alertmanager_matchers.write_old(matchers) if self._old_form else None
        if old is None and self._only_old:
            self._errors.add(
                "this cluster's Alertmanager is older than 0.22 and does not support a route for alerts with "
                f"{identity(desired)}; use one = or =~ per label"
            )
        return old if old is not None else alertmanager_matchers.write(matchers)


def _index(desired: Mapping[str, Any], routes: Sequence[Mapping[str, Any]], is_only_one: bool) -> int | None:
    """Return the index of the route with the same matchers; of several, here or desired, that with the receiver."""
    same = [index for index, route in enumerate(routes) if identity(route) == identity(desired)]
    if len(same) > 1 or not is_only_one:
        receiver = as_text(desired.get("receiver"))
        same = [index for index in same if as_text(routes[index].get("receiver")) == receiver]
    return next(iter(same), None)


def _places(route: Mapping[str, Any], path: Path) -> list[str]:
    """Return the rendered paths that a route among those at ``path`` can have."""
    return [field_paths.render((*path, segment(route, is_only_one))) for is_only_one in (True, False)]


def _former_receiver(desired: Sequence[Mapping[str, Any]], routes: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the receiver, if they name one, to which ``routes`` lead the alerts of a new route.

    The new route is the last one of ``desired``. Of several receivers, it is that of the alerts of built-in policies.
    """
    wanted = alerts.all_matchers(desired)
    found = alerts.receivers(routes, wanted) if wanted is not None else {}
    named = [found[kind] for kind in alerts.kinds(wanted or []) if found.get(kind)]
    return {"receiver": named[0]} if named else {}


def _ambiguous(desired: Mapping[str, Any], same: Sequence[Mapping[str, Any]]) -> str:
    """Return the error for a desired route that corresponds to several live ones."""
    what = f"{len(same)} routes match the alerts with {identity(desired)}"
    receivers = [as_text(route.get("receiver")) for route in same]
    wanted = as_text(desired.get("receiver"))
    if not same:
        return f"several desired routes match the alerts with {identity(desired)}; set another receiver in each"
    if receivers.count(wanted or receivers[0]) > 1:
        return f"{what}, and have the receiver {wanted or receivers[0]!r}; remove all but one from the configuration"
    listed = ", ".join(repr(name) for name in receivers if name)
    missing = f"none of them with the receiver {wanted!r}" if wanted else "so it is ambiguous which one to change"
    return f"{what}, {missing}; set receiver to that of the route to change, one of {listed}"


class Taken(NamedTuple):
    """A route that an alert takes: its matchers (empty for the root), its settings with inherited ones, and itself."""

    matchers: str
    settings: Mapping[str, Any]
    route: Mapping[str, Any]


def taken(route: Mapping[str, Any], labels: Mapping[str, str], inherited: Mapping[str, Any] = TIMING) -> list[Taken]:
    """Return the routes of an alert with these labels, as selected by Alertmanager's dispatcher."""
    matchers = route_matchers(route)
    if matchers is None or not all(matcher.accepts(labels) for matcher in matchers):
        return []
    settings = {**inherited, **{name: route[name] for name in INHERITED if route.get(name) is not None}}
    found: list[Taken] = []
    below = route.get("routes")
    for child in below if isinstance(below, list) else []:
        if isinstance(child, Mapping) and (deeper := taken(child, labels, settings)):
            found += deeper
            if child.get("continue") is not True:
                break
    return found or [Taken(identity(route), settings, route)]


def built_in_labels() -> list[dict[str, str]]:
    """Return labels of the alerts of KubeSphere's built-in policies, by severity."""
    labels = {"alertname": "BuiltIn", "namespace": MONITORING_NAMESPACE}
    return [{**labels, "severity": severity} for severity in BUILT_IN_SEVERITIES]


def built_in(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the routes of the alerts of KubeSphere's built-in policies, by severity."""
    return [
        {
            "severity": labels["severity"],
            "route": route.matchers,
            "receiver": as_text(route.settings.get("receiver")),
            "repeat_interval": as_text(route.settings["repeat_interval"]),
            "effective_interval": effective_text(route.settings),
        }
        for labels in built_in_labels()
        for route in taken(_mapping(document.get("route")), labels)
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
