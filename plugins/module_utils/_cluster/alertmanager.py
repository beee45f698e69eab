# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's configuration: which of its lists are shared, what of it may be shown, and when it is valid.

Rules as Alertmanager's own loader has them (prometheus/alertmanager, config/config.go), for the faults that an edit or
an earlier hand can bring in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

NAMESPACE = "kubesphere-monitoring-system"
SECRET = "alertmanager-main"  # noqa: S105 - the name of an object
KEY = "alertmanager.yaml"
PLACE = f"{KEY} in Secret {NAMESPACE}/{SECRET}"

ROUTE_FIELDS = ("group_by", "group_wait", "group_interval", "repeat_interval")
DURATION_FIELDS = ("group_wait", "group_interval", "repeat_interval")

#: Lists that several people feed, and the key that tells their items apart.
SHARED_LISTS = {"/receivers": "name"}
#: Harmless values, which a diff may show and the record may keep; everything else in the Secret is hidden.
SHOWN = {*(("route", field) for field in ROUTE_FIELDS), ("global", "resolve_timeout")}

_UNITS = ("y", "w", "d", "h", "m", "s", "ms")
_DURATION = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in _UNITS))
_SECONDS = (31536000.0, 604800.0, 86400.0, 3600.0, 60.0, 1.0, 0.001)
_MATCHER = re.compile(r"^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$", re.DOTALL)
_LABEL = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")


def seconds(duration: Any) -> float | None:
    """Return the length of a Prometheus duration (``1h30m``), None for what Alertmanager does not parse."""
    text = str(duration) if isinstance(duration, str | int) and not isinstance(duration, bool) else ""
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if not text or not match:
        return None
    return sum(int(amount) * unit for amount, unit in zip(match.groups(), _SECONDS, strict=True) if amount)


def check_duration(place: str, value: Any, zero: bool = True) -> list[str]:
    """Return what is wrong with a duration, as a list of none or one problem."""
    length = seconds(value)
    if length is None:
        return [f"{place}: {value!r} is no duration of Alertmanager's; write it as 30s, 5m, 1h30m or 1d"]
    if length == 0 and not zero:
        return [f"{place}: must be longer than zero"]
    return []


def check_route_fields(place: str, fields: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the timing and grouping of a route."""
    problems = []
    for name in DURATION_FIELDS:
        if fields.get(name) is not None:
            problems += check_duration(f"{place}.{name}", fields[name], zero=name == "group_wait")
    labels = fields.get("group_by")
    if labels is not None:
        problems += _check_group_by(f"{place}.group_by", labels)
    return problems


def check_document(document: Mapping[str, Any], place: str = PLACE) -> list[str]:
    """Return every fault that makes Alertmanager refuse the configuration."""
    problems = []
    receivers = document.get("receivers") or []
    names = [item.get("name") if isinstance(item, Mapping) else None for item in receivers]
    problems += [f"{place}: receivers[{i}] has no name" for i, name in enumerate(names) if not name]
    problems += [f"{place}: receiver {name!r} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    timeout = (document.get("global") or {}).get("resolve_timeout")
    if timeout is not None:
        problems += check_duration(f"{place}: global.resolve_timeout", timeout)
    route = document.get("route")
    if not isinstance(route, Mapping):
        return [*problems, f"{place} has no route; every Alertmanager configuration needs one with a receiver"]
    if not route.get("receiver"):
        problems.append(f"{place}: the root route names no receiver")
    problems += [f"{place}: the root route must not have {key}" for key in _MATCHES if route.get(key)]
    for where, item in _routes(route, "route"):
        problems += _check_route(f"{place}: {where}", item, {str(name) for name in names})
    return problems


_MATCHES = ("match", "match_re", "matchers")


def _routes(route: Mapping[str, Any], where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield where, route
    for index, item in enumerate(route.get("routes") or []):
        if isinstance(item, Mapping):
            yield from _routes(item, f"{where}.routes[{index}]")


def _check_route(where: str, route: Mapping[str, Any], receivers: set[str]) -> list[str]:
    problems = check_route_fields(where, route)
    receiver = route.get("receiver")
    if receiver and str(receiver) not in receivers:
        problems.append(f"{where} names receiver {receiver!r}, which is not among the receivers; add it or correct it")
    for label, pattern in (route.get("match_re") or {}).items():
        problems += _check_pattern(f"{where}.match_re.{label}", pattern)
    for index, matcher in enumerate(route.get("matchers") or []):
        problems += _check_matcher(f"{where}.matchers[{index}]", matcher)
    return problems


def _check_matcher(where: str, matcher: Any) -> list[str]:
    parts = _MATCHER.match(matcher.strip("{}")) if isinstance(matcher, str) else None
    if not parts:
        return [f'{where} is no matcher; write it as label = "value", with =, !=, =~ or !~']
    return _check_pattern(where, parts[3].strip('"')) if parts[2] in ("=~", "!~") else []


def _check_pattern(where: str, pattern: Any) -> list[str]:
    try:
        re.compile(str(pattern))
    except re.error as error:
        return [f"{where} is no regular expression: {error}"]
    return []


def _check_group_by(place: str, labels: Any) -> list[str]:
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return [f"{place}: expected a list of label names"]
    problems = [
        f"{place}: {label!r} is no label name" for label in labels if label != "..." and not _LABEL.match(label)
    ]
    problems += [f"{place}: {label!r} is there twice" for label in dict.fromkeys(labels) if labels.count(label) > 1]
    if "..." in labels and len(labels) > 1:
        problems.append(f"{place}: '...' stands for all labels and must be alone")
    return problems
