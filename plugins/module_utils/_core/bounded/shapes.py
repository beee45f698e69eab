# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of nested maps and lists, as far as the collection reads them by name."""

from __future__ import annotations

from typing import Any

#: A type (``object`` is any); a list with the shape of its items; or a map of keys with their shapes. ``*`` stands for
#: every key; a key with ``!`` is required, and any other may be absent or null.
Shape = Any


def mismatch(value: Any, shape: Shape, place: str = "") -> str:
    """Return where a value is not of a shape, without the value itself; empty if it is."""
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _expected(place, "a list", value)
        return next(filter(None, (mismatch(item, shape[0], f"{place}[{i}]") for i, item in enumerate(value))), "")
    if isinstance(shape, dict):
        return _map_mismatch(value, shape, place)
    is_of_type = isinstance(value, shape) and not (isinstance(value, bool) and shape is int)
    return "" if is_of_type else _expected(place, shape.__name__, value)


def _map_mismatch(value: Any, shape: dict[str, Shape], place: str) -> str:
    if not isinstance(value, dict):
        return _expected(place, "a map", value)
    for key, inner in shape.items():
        name = key.rstrip("!")
        is_required = key in ("*", f"{name}!")
        for found in value if key == "*" else [name]:
            here = f"{place}.{found}" if place else str(found)
            if is_required and found not in value:
                return f"{here}: missing"
            item = value.get(found)
            if (is_required or item is not None) and (error := mismatch(item, inner, here)):
                return error
    return ""


def _expected(place: str, expected: str, value: Any) -> str:
    found = "null" if value is None else "map" if isinstance(value, dict) else type(value).__name__
    return f"{place or 'it'}: expected {expected}, not a {found}"
