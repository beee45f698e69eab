# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's configuration: its merge keys, its public values and its validation.

The rules are those of Alertmanager's loader (prometheus/alertmanager, config/config.go). The content of
``http_config``, time intervals and template files is not validated; use a command such as ``amtool check-config`` for
that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._kubernetes.namespaces import MONITORING_NAMESPACE
from . import schema as fields
from .integrations import INTEGRATIONS, RECEIVER, check_integration
from .matchers import as_text
from .schema import Fields, check_fields
from .values import Version, check_duration, group_by, seconds

__all__ = ["check_document", "check_duration", "check_route_fields", "seconds"]

SECRET = "alertmanager-main"  # noqa: S105 - the name of an object
KEY = "alertmanager.yaml"
#: KubeSphere 4: the extension with the configuration in its values, the supported versions of its chart, and the
#: ConfigMap that the chart renders.
EXTENSION = "whizard-notification"
EXTENSION_VERSIONS = ("2.5.9", "2.7.0")
EXTENSION_CONFIG_MAP = "whizard-notification-alertmanager"
EXTENSION_KEY = "alertmanager.yml"
PLACE = f"{KEY} in Secret {MONITORING_NAMESPACE}/{SECRET}"

ROUTE_FIELDS = ("group_by", "group_wait", "group_interval", "repeat_interval")
DURATION_FIELDS = ("group_wait", "group_interval", "repeat_interval")

#: The supported number of route levels below the root.
DEPTH = 4
#: Lists that are merged item by item -> the merge key.
MERGE_KEYS = {
    "/receivers": "name",
    **{f"/route{'/routes/[]' * level}/routes": "matchers" for level in range(DEPTH)},
}
#: Public values, which a diff may show and the last-applied state may contain; others may be secret.
SHOWN = {*(("route", field) for field in ROUTE_FIELDS), ("global", "resolve_timeout")}

#: A map in the document, with its place.
Item = tuple[str, Mapping[str, Any]]
#: Release line of KubeSphere -> the version of Alertmanager that it ships.
SHIPPED = {
    "3.1": "0.21.0",
    "3.2": "0.21.0",
    "3.3": "0.23.0",
    "3.4": "0.23.0",
    "4.1": "0.27.0",
    "4.2": "0.27.0",
}

_ROOT_MATCHERS: Version = (0, 24)
_CLASSIC_LABELS: Version = (0, 23)


def extension_namespace(plan: Mapping[str, Any]) -> str:
    """Return the namespace of an InstallPlan's extension, its ``status.targetNamespace``."""
    return str((plan.get("status") or {}).get("targetNamespace") or MONITORING_NAMESPACE)


def is_shown(path: tuple[str, ...]) -> bool:
    """Return whether the value at a path is public. Routes contain nothing but names."""
    return path in SHOWN or path[:2] == ("route", "routes")


def check_route_fields(place: str, desired: Mapping[str, Any]) -> list[str]:
    """Return the errors of a route's desired timing and grouping, for any cluster."""
    errors = []
    for name in DURATION_FIELDS:
        if desired.get(name) is not None:
            errors += check_duration(f"{place}.{name}", desired[name], zero=name == "group_wait")
    labels = desired.get("group_by")
    if labels is not None:
        errors += group_by(f"{place}.group_by", labels, _CLASSIC_LABELS)
    return errors


def check_document(document: Mapping[str, Any], place: str = PLACE, version: str = "") -> list[str]:
    """Return all errors for which Alertmanager would reject the configuration.

    ``version`` is that of the cluster's Alertmanager, such as ``0.23.0``. Without it, an error is one in every version
    that KubeSphere ships, and unknown fields are accepted as those of a later version.
    """
    if version:
        return _check(document, place, number(version), strict=True)
    shipped = sorted({number(text) for text in SHIPPED.values()}, reverse=True)
    return min((_check(document, place, shipped_number, strict=False) for shipped_number in shipped), key=len)


def number(version: str) -> Version:
    """Return the major and minor version of a version such as ``0.23.0``."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _check(document: Mapping[str, Any], place: str, version: Version, strict: bool) -> list[str]:
    errors = check_fields(f"{place}: ", document, fields.DOCUMENT, version, strict)
    for where, section, known in _sections(document):
        errors += check_fields(f"{place}: {where}.", section, known, version, strict)
    errors += _check_global(f"{place}: global", _mapping(document.get("global")), version)
    errors += _check_names(place, _items(document, "receivers"), "receiver")
    errors += _check_names(place, _intervals(document), "time interval")
    errors += _check_integrations(place, document, version, strict)
    return errors + _check_routes(place, document, version)


def _sections(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Fields]]:
    yield "global", _mapping(document.get("global")), fields.GLOBAL
    for where, route in every_route(document):
        yield where, route, fields.ROUTE
    for where, rule in _items(document, "inhibit_rules"):
        yield where, rule, fields.INHIBIT_RULE
    for where, receiver in _items(document, "receivers"):
        yield where, receiver, RECEIVER
    for where, interval in _intervals(document):
        yield where, interval, fields.INTERVAL


_MATCHES = ("match", "match_re", "matchers")
_MUTES = ("mute_time_intervals", "active_time_intervals")
_DEFINE = "add it to mute_time_intervals of the document or correct the name"


def _check_global(where: str, settings: Mapping[str, Any], version: Version) -> list[str]:
    return [
        f"{where}: {one} and {other} are mutually exclusive; remove one of them"
        for one, other, since in fields.EXCLUSIVE
        if version >= since and settings.get(one) and settings.get(other)
    ]


def _check_integrations(place: str, document: Mapping[str, Any], version: Version, strict: bool) -> Iterator[str]:
    settings = _mapping(document.get("global"))
    for where, receiver in _items(document, "receivers"):
        for name in INTEGRATIONS:
            for below, section in _items(receiver, name):
                yield from check_integration(name, f"{place}: {where}.{below}", section, settings, version, strict)


def _check_names(place: str, items: Iterable[Item], what: str) -> list[str]:
    names = [(where, as_text(item.get("name"))) for where, item in items]
    errors = [f"{place}: {where}: missing name; set it" for where, name in names if not name]
    listed = [name for _where, name in names if name]
    duplicates = [name for name in dict.fromkeys(listed) if listed.count(name) > 1]
    return errors + [f"{place}: duplicate {what} {name!r}; rename or remove one" for name in duplicates]


def _check_routes(place: str, document: Mapping[str, Any], version: Version) -> list[str]:
    root = document.get("route")
    if not isinstance(root, Mapping):
        return [f"{place}: missing route; every Alertmanager configuration needs one with a receiver"]
    errors = []
    if not as_text(root.get("receiver")):
        errors.append(f"{place}: the root route has no receiver; set route.receiver")
    forbidden = [key for key in (*_MATCHES, *_MUTES, "continue") if root.get(key)]
    if version < _ROOT_MATCHERS and "matchers" in forbidden:
        forbidden.remove("matchers")  # older versions accept and apply them
    errors += [f"{place}: the root route must not have {key}; move it to a route in route.routes" for key in forbidden]
    receivers = {as_text(item.get("name")) for _where, item in _items(document, "receivers")}
    intervals = {as_text(item.get("name")) for _where, item in _intervals(document)}
    for where, route in every_route(document):
        errors += _check_references(f"{place}: {where}", route, receivers, intervals)
    return errors


def _check_references(where: str, route: Mapping[str, Any], receivers: set[str], intervals: set[str]) -> list[str]:
    errors = []
    receiver = as_text(route.get("receiver"))
    if receiver and receiver not in receivers:
        errors.append(f"{where}: undefined receiver {receiver!r}; add it to the receivers or correct the name")
    for key in _MUTES:
        listed = route[key] if isinstance(route.get(key), list) else []
        unknown = [name for name in map(as_text, listed) if name not in intervals]
        errors += [f"{where}.{key}: undefined time interval {name!r}; {_DEFINE}" for name in unknown]
    return errors


def every_route(document: Mapping[str, Any]) -> Iterator[Item]:
    """Yield every route with its place, breadth first."""
    pending = [("route", _mapping(document.get("route")))]
    while pending:
        where, route = pending.pop(0)
        yield where, route
        pending += [(f"{where}.{below}", item) for below, item in _items(route, "routes")]


def _intervals(document: Mapping[str, Any]) -> Iterator[Item]:
    yield from _items(document, "mute_time_intervals")
    yield from _items(document, "time_intervals")


def _items(section: Mapping[str, Any], key: str) -> Iterator[Item]:
    """Yield the maps in a list with their places; the rules for fields report other items."""
    listed = section.get(key)
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(item, Mapping):
            yield f"{key}[{index}]", item


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
