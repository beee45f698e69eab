# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of list items that are merged field by field: Alertmanager's routes, Prometheus' rules and rule groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from .._core.field_paths import FieldPaths, ItemKind, Path
from . import alerts, matchers

T = TypeVar("T")

#: A route. Several with the same matchers, all but the last with ``continue``, lead to several receivers.
ROUTE = ItemKind(matchers.identity, matchers.FORMS, alerts.place, qualifier="receiver")

field_paths = FieldPaths(
    {
        "matchers": ROUTE,
        # KubeSphere adds an ID and an expression to each rule, which must not retain the rule.
        "alert": ItemKind(
            lambda rule: str(rule.get("alert") or rule.get("record")), ("alert", "record"), unmanaged="remove"
        ),
        "group": ItemKind(lambda group: str(group.get("name")), ("name",), unmanaged="reduce"),
    }
)


def segment(route: Mapping[str, Any], is_only_one: bool) -> str:
    """Return the segment of a route in a path, which depends on whether it is the only one with its matchers."""
    return f"[matchers={ROUTE.identity(route) if is_only_one else ROUTE.qualified(route)}]"


def requalified(
    values: Mapping[str, T], live: Mapping[str, Any], desired: Mapping[str, Any], applied: Callable[[T], Any]
) -> dict[str, T]:
    """Return values by the paths that their routes have now, as others may have been added for the same alerts.

    ``values``: rendered path -> value, in a document with the root route ``live``. ``desired``: the desired root route.
    ``applied``: returns the text that was applied, of a value that is one.
    """
    receivers = {
        path[:-1]: str(applied(value))
        for path, value in ((field_paths.parse(text), value) for text, value in values.items())
        if field_paths.is_qualifier(path)
    }
    paths = [field_paths.parse(text) for text in values]
    renamed: dict[Path, Path] = {}
    _rename(paths, receivers, (live, desired), ("route",), renamed)
    return {field_paths.render(_renamed(field_paths.parse(text), renamed)): value for text, value in values.items()}


def _rename(
    paths: Iterable[Path],
    receivers: Mapping[Path, str],
    parents: tuple[Mapping[str, Any], Mapping[str, Any]],
    above: Path,
    renamed: dict[Path, Path],
) -> None:
    """Find the segments of the routes below the one at ``above``; ``parents``: that route, live and desired."""
    live, desired = map(_routes, parents)
    depth = len(above) + 1
    inside = [path for path in paths if path[:depth] == (*above, "routes") and len(path) > depth]
    for here in dict.fromkeys(path[: depth + 1] for path in inside):
        route = _live(here[-1], live, receivers.get(here, ""))
        if route is None:
            continue
        same = [_alike(route, routes) for routes in (live, desired)]
        renamed[here] = (*_renamed(here[:-1], renamed), segment(route, all(len(routes) <= 1 for routes in same)))
        wanted = [one for one in same[1] if len(same[1]) == 1 or one.get("receiver") == route.get("receiver")]
        _rename(inside, receivers, (route, wanted[0] if wanted else {}), here, renamed)


def _renamed(path: Path, renamed: Mapping[Path, Path]) -> Path:
    depth = next((depth for depth in range(len(path), 0, -1) if path[:depth] in renamed), 0)
    return (*renamed[path[:depth]], *path[depth:]) if depth else path


def _live(text: str, routes: Sequence[Mapping[str, Any]], receiver: str) -> Mapping[str, Any] | None:
    """Return the live route with the segment ``text``; of several, the one with the receiver that was applied."""
    same = [route for route in routes if text == segment(route, is_only_one=True)]
    qualified = [route for route in routes if text == segment(route, is_only_one=False)]
    named = [route for route in same if str(route.get("receiver")) == receiver]
    return next(iter(named or same or qualified), None)


def _alike(route: Mapping[str, Any], routes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in routes if ROUTE.identity(one) == ROUTE.identity(route)]


def _routes(parent: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = parent.get("routes")
    return [route for route in listed if isinstance(route, Mapping)] if isinstance(listed, list) else []
