# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired state of role ``alertmanager``: validation and template context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._alertmanager import config as alertmanager
from .._alertmanager import routes as alertmanager_routes
from .._alertmanager.secret_fields import SECTIONS, find_in_section
from .._core.errors import Errors
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .feature import DesiredFeature

VARIABLES: tuple[str, ...] = ()


def read(errors: Errors, params: Mapping[str, Any], variables: Mapping[str, Any]) -> DesiredFeature:
    """Return the desired state, checked."""
    check_fields(errors, params, "alertmanager_")
    return DesiredFeature(params, variables)


def check_fields(errors: Errors, params: Mapping[str, Any], prefix: str = "") -> None:
    """Check the parts of a configuration; ``prefix``: that of the options' names."""
    alertmanager.check_route_fields(errors.at(f"{prefix}route"), params[f"{prefix}route"] or {})
    routes = params[f"{prefix}routes"] or []
    alertmanager_routes.check_desired(errors.at(f"{prefix}routes"), routes, alertmanager.DEPTH)
    timeout = (params[f"{prefix}global"] or {}).get("resolve_timeout")
    if timeout is not None:
        alertmanager.check_duration(errors.at(f"{prefix}global", "resolve_timeout"), timeout)
    receivers = errors.at(f"{prefix}receivers")
    given = [item.get("name") for item in params[f"{prefix}receivers"] or []]
    names = ["" if isinstance(name, Mapping | list) else name for name in given]
    for at, name in receivers.each(names):
        if not name:
            at.add("name missing or not a string")
    for name in names:
        if names.count(name) > 1:
            receivers.add(f"duplicate receiver {name!r}")


def document(params: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the desired part of the configuration, without options that are not set."""
    root = {name: value for name, value in (params[f"{prefix}route"] or {}).items() if value is not None}
    routes = params[f"{prefix}routes"]
    parts = {
        "global": params[f"{prefix}global"],
        "route": {**root, **({"routes": routes} if routes else {})},
        "receivers": params[f"{prefix}receivers"],
    }
    return {name: value for name, value in parts.items() if value}


def settings(desired: DesiredFeature, chat_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return ``alertmanager`` of the template context."""
    return {
        "document": document(desired.params, "alertmanager_"),
        "namespace": MONITORING_NAMESPACE,
        "secret": alertmanager.SECRET,
        "extension": alertmanager.EXTENSION,
    }


def check_release(errors: Errors, settings: Mapping[str, Any], release: str) -> None:
    """Accept all settings: support depends on the whole configuration, which is checked separately."""


def warnings(settings: Mapping[str, Any], release: str) -> list[str]:
    """Return no warnings: each release supports the settings, or rejects them."""
    return []


def secrets(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the values to mask, which need not be valid."""
    return [text for section in SECTIONS for text in find_in_section(params.get(f"alertmanager_{section}"))]
