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

from .._core.errors import Errors
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

#: A map in the document, with the errors at its place.
Item = tuple[Errors, Mapping[str, Any]]
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


def check_route_fields(errors: Errors, desired: Mapping[str, Any]) -> None:
    """Check a route's desired timing and grouping, for any cluster."""
    for name in DURATION_FIELDS:
        if desired.get(name) is not None:
            check_duration(errors.at(name), desired[name], zero=name == "group_wait")
    if desired.get("group_by") is not None:
        group_by(errors.at("group_by"), desired["group_by"], _CLASSIC_LABELS)


def check_document(errors: Errors, document: Mapping[str, Any], version: str = "") -> None:
    """Check everything for which Alertmanager would reject the configuration.

    ``version`` is that of the cluster's Alertmanager, such as ``0.23.0``. Without it, an error is one in every version
    that KubeSphere ships, and unknown fields are accepted as those of a later version.
    """
    if version:
        errors.extend(_errors(document, number(version), strict=True))
        return
    shipped = sorted({number(text) for text in SHIPPED.values()}, reverse=True)
    fewest = min((_errors(document, shipped_number, strict=False) for shipped_number in shipped), key=len)
    errors.extend(fewest)


def number(version: str) -> Version:
    """Return the major and minor version of a version such as ``0.23.0``."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _errors(document: Mapping[str, Any], version: Version, strict: bool) -> Errors:
    """Return the errors with their places in the document."""
    errors = Errors()
    check_fields(errors, document, fields.DOCUMENT, version, strict)
    for at, section, known in _sections(errors, document):
        check_fields(at, section, known, version, strict)
    _check_global(errors.at("global"), _mapping(document.get("global")), version)
    _check_names(errors, _items(errors, document, "receivers"), "receiver")
    _check_names(errors, _intervals(errors, document), "time interval")
    _check_integrations(errors, document, version, strict)
    _check_routes(errors, document, version)
    return errors


def _sections(errors: Errors, document: Mapping[str, Any]) -> Iterator[tuple[Errors, Mapping[str, Any], Fields]]:
    yield errors.at("global"), _mapping(document.get("global")), fields.GLOBAL
    for at, route in every_route(errors, document):
        yield at, route, fields.ROUTE
    for at, rule in _items(errors, document, "inhibit_rules"):
        yield at, rule, fields.INHIBIT_RULE
    for at, receiver in _items(errors, document, "receivers"):
        yield at, receiver, RECEIVER
    for at, interval in _intervals(errors, document):
        yield at, interval, fields.INTERVAL


_MATCHES = ("match", "match_re", "matchers")
_MUTES = ("mute_time_intervals", "active_time_intervals")
_DEFINE = "add it to mute_time_intervals of the document or correct the name"


def _check_global(errors: Errors, settings: Mapping[str, Any], version: Version) -> None:
    for one, other, since in fields.EXCLUSIVE:
        if version >= since and settings.get(one) and settings.get(other):
            errors.add(f"{one} and {other} are mutually exclusive; remove one of them")


def _check_integrations(errors: Errors, document: Mapping[str, Any], version: Version, strict: bool) -> None:
    settings = _mapping(document.get("global"))
    for at, receiver in _items(errors, document, "receivers"):
        for name in INTEGRATIONS:
            for below, section in _items(at, receiver, name):
                check_integration(below, name, section, settings, version, strict)


def _check_names(errors: Errors, items: Iterable[Item], what: str) -> None:
    listed = []
    for at, item in items:
        if name := as_text(item.get("name")):
            listed.append(name)
        else:
            at.add("missing name; set it")
    for name in listed:
        if listed.count(name) > 1:
            errors.add(f"duplicate {what} {name!r}; rename or remove one")


def _check_routes(errors: Errors, document: Mapping[str, Any], version: Version) -> None:
    root = document.get("route")
    if not isinstance(root, Mapping):
        errors.add("missing route; every Alertmanager configuration needs one with a receiver")
        return
    if not as_text(root.get("receiver")):
        errors.add("the root route has no receiver; set route.receiver")
    for key in (*_MATCHES, *_MUTES, "continue"):
        is_applied = key == "matchers" and version < _ROOT_MATCHERS  # older versions accept and apply them
        if root.get(key) and not is_applied:
            errors.add(f"the root route must not have {key}; move it to a route in route.routes")
    receivers = {as_text(item.get("name")) for _at, item in _items(errors, document, "receivers")}
    intervals = {as_text(item.get("name")) for _at, item in _intervals(errors, document)}
    for at, route in every_route(errors, document):
        _check_references(at, route, receivers, intervals)


def _check_references(errors: Errors, route: Mapping[str, Any], receivers: set[str], intervals: set[str]) -> None:
    receiver = as_text(route.get("receiver"))
    if receiver and receiver not in receivers:
        errors.add(f"undefined receiver {receiver!r}; add it to the receivers or correct the name")
    for key in _MUTES:
        for name in map(as_text, route[key] if isinstance(route.get(key), list) else []):
            if name not in intervals:
                errors.at(key).add(f"undefined time interval {name!r}; {_DEFINE}")


def every_route(errors: Errors, document: Mapping[str, Any]) -> Iterator[Item]:
    """Yield every route with the errors at its place, breadth first."""
    pending = [(errors.at("route"), _mapping(document.get("route")))]
    while pending:
        at, route = pending.pop(0)
        yield at, route
        pending += _items(at, route, "routes")


def _intervals(errors: Errors, document: Mapping[str, Any]) -> Iterator[Item]:
    yield from _items(errors, document, "mute_time_intervals")
    yield from _items(errors, document, "time_intervals")


def _items(errors: Errors, section: Mapping[str, Any], key: str) -> Iterator[Item]:
    """Yield the maps in a list; the rules for fields report other items."""
    listed = section.get(key)
    for at, item in errors.at(key).each(listed) if isinstance(listed, list) else ():
        if isinstance(item, Mapping):
            yield at, item


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
