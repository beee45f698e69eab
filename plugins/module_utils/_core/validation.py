# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of options, looked at before ansible-core's validator does.

That one makes a text of any list or map, and breaks off with a TypeError where a map with options of its own is a
number, or has a key that is no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .specs import ArgumentSpec

A_DAY = 86400


def check_shape(options: Mapping[str, Any], values: Mapping[Any, Any], place: str = "") -> list[str]:
    """Return what is wrong with the shape of ``values``; a value itself, which may be secret, is not repeated."""
    errors = []
    for key, value in values.items():
        if not isinstance(key, str):
            errors.append(f"{place}{key}: no option; there are {', '.join(options)}")
        elif key in options and value is not None:
            errors += _check_value(options[key], value, f"{place}{key}")
    return errors


def check_timeout(place: str, seconds: int | None) -> list[str]:
    """Return what is wrong with a time-out: libraries take any, and break off with it at the first call."""
    if not seconds or 1 <= seconds <= A_DAY:
        return []
    return [f"{place}: {seconds}; give seconds, from 1 to {A_DAY}"]


def check_credential(place: str, value: str | None) -> list[str]:
    """Return what is wrong with a credential, which is not repeated: it is refused elsewhere as if it were another."""
    if not value or value.isprintable():
        return []
    return [f"{place}: holds a line break or another control character; remove it, as where a command or | added it"]


def _check_value(rules: Mapping[str, Any], value: Any, place: str) -> list[str]:
    kind, options = rules.get("type", "str"), rules.get("options")
    if kind == "list" and isinstance(value, list | tuple):
        element = {"type": rules.get("elements", "raw"), "options": options}
        return [error for index, item in enumerate(value) for error in _check_value(element, item, f"{place}[{index}]")]
    if kind == "str":
        return [f"{place}: expected a text, not a {_name(value)}"] if isinstance(value, Mapping | list | tuple) else []
    if not options or isinstance(value, str):
        return []
    if kind == "dict" and isinstance(value, Mapping):
        return check_shape(options, value, f"{place}.")
    expected = "a map" if kind == "dict" else "a list of maps"
    return [f"{place}: expected {expected} of {', '.join(options)}, not a {_name(value)}"]


def _name(value: Any) -> str:
    if value is None:
        return "null"
    return "map" if isinstance(value, Mapping) else type(value).__name__


def validated(spec: ArgumentSpec, values: Any, place: str, errors: list[str]) -> Mapping[str, Any] | None:
    """Return ``values`` with their types and defaults, or None after adding what is wrong to ``errors``."""
    if not isinstance(values, Mapping):
        errors.append(f"{place}: expected a map of {', '.join(spec.options)}")
        return None
    misshapen = check_shape(spec.options, values)
    if misshapen:
        errors.extend(f"{place}: {error}" for error in misshapen)
        return None
    result = ArgumentSpecValidator(dict(spec.options), **spec.rules()).validate(dict(values))
    errors.extend(f"{place}: {message}" for message in result.error_messages)
    parameters: Mapping[str, Any] = result.validated_parameters
    return None if result.error_messages else parameters


def entries(name: str, values: Any, errors: list[str]) -> list[tuple[str, Any]]:
    """Return the items of a map whose keys are identities; one that is no map is added to ``errors``."""
    if not values:
        return []
    if not isinstance(values, Mapping):
        errors.append(f"{name}: expected a map whose keys are the identities, not a {type(values).__name__}")
        return []
    return [(str(key), attributes) for key, attributes in values.items()]


def unknown_keys(place: str, wanted: list[str], variable: str, known: Any) -> list[str]:
    """Return a problem for each key that ``variable``, whose keys are ``known``, does not have; none for no map."""
    if not isinstance(known, Mapping):
        return []  # said of the variable itself
    have = f"it has {', '.join(sorted(map(str, known)))}" if known else "which is empty"
    return [f"{place}: {key!r} is not a key of {variable}; {have}" for key in wanted if key not in known]
