# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes behind role ``alertmanager``: what is checked, and what its templates see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster import alertmanager

VARIABLES: tuple[str, ...] = ()


def check(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the wishes, whatever the cluster is."""
    return check_fields(
        "alertmanager_", params["alertmanager_route"], params["alertmanager_global"], params["alertmanager_receivers"]
    )


def check_fields(
    prefix: str,
    route: Mapping[str, Any] | None,
    settings: Mapping[str, Any] | None,
    receivers: list[Mapping[str, Any]] | None,
) -> list[str]:
    """Return what is wrong with the parts of a configuration; ``prefix`` is what the options' names start with."""
    problems = alertmanager.check_route_fields(f"{prefix}route", route or {})
    timeout = (settings or {}).get("resolve_timeout")
    if timeout is not None:
        problems += alertmanager.check_duration(f"{prefix}global.resolve_timeout", timeout)
    names = [item.get("name") for item in receivers or []]
    problems += [f"{prefix}receivers[{i}]: name missing" for i, name in enumerate(names) if not name]
    problems += [
        f"{prefix}receivers: {name!r} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    return problems


def document(
    route: Mapping[str, Any] | None, settings: Mapping[str, Any] | None, receivers: list[Mapping[str, Any]] | None
) -> dict[str, Any]:
    """Return the wished part of the configuration; what was not asked for is not in it."""
    parts = {
        "global": settings,
        "route": {name: value for name, value in (route or {}).items() if value is not None},
        "receivers": receivers,
    }
    return {name: value for name, value in parts.items() if value}


def settings(params: Mapping[str, Any], variables: Mapping[str, Any], chat_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return what the templates see as ``alertmanager``."""
    wished = document(params["alertmanager_route"], params["alertmanager_global"], params["alertmanager_receivers"])
    return {"document": wished, "namespace": alertmanager.NAMESPACE, "secret": alertmanager.SECRET}


def secrets(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the values that must never be shown: those in receivers are found with the Secret that holds them."""
    return []
