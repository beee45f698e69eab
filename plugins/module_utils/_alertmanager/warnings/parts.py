# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a configuration, of which those of another type than expected are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..matchers import as_text

Json = Mapping[str, Any]

#: The fields of a route with the names of time intervals.
MUTE, ACTIVE = "mute_time_intervals", "active_time_intervals"


def maps(value: Any) -> list[Json]:
    """Return the maps in a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def mapping(value: Any) -> Json:
    """Return a map, an empty one in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def names(route: Json, field: str) -> list[str] | None:
    """Return the names in a list of a route, None if there is no list."""
    listed = route.get(field)
    return [as_text(name) for name in listed] if isinstance(listed, list) else None


def intervals(document: Json) -> list[Json]:
    """Return the named time intervals of a configuration."""
    return [*maps(document.get("mute_time_intervals")), *maps(document.get("time_intervals"))]


def intervals_that(contain: Callable[[Json], bool], document: Json) -> set[str]:
    """Return the names of the time intervals of which ``contain`` is true, such as those that never begin."""
    return {as_text(item.get("name")) for item in intervals(document) if contain(item)}
