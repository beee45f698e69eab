# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time intervals of Alertmanager's configuration that never begin.

Source: prometheus/alertmanager, timeinterval/timeinterval.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = {
    **{"january": 31, "february": 29, "march": 31, "april": 30, "may": 31, "june": 30, "july": 31, "august": 31},
    **{"september": 30, "october": 31, "november": 30, "december": 31},
}
_NAMES: Mapping[str, Mapping[str, int]] = {
    "weekdays": {name: number for number, name in enumerate(_WEEKDAYS)},
    "months": {name: number for number, name in enumerate(_MONTHS, 1)},
}
_DAYS = tuple(_MONTHS.values())

Range = tuple[int, int]


def never(interval: Mapping[str, Any]) -> bool:
    """Return whether a named time interval contains no time at all; False if it cannot be read."""
    parts = interval.get("time_intervals")
    if parts is None:
        return True
    return isinstance(parts, list) and all(isinstance(part, Mapping) and _is_never(part) for part in parts)


def _is_never(part: Mapping[str, Any]) -> bool:
    if any(_ends_early(part, name) for name in ("weekdays", "months", "years")) or _has_no_time(part):
        return True
    days, months = _ranges(part, "days_of_month"), _ranges(part, "months")
    if not days:
        return False
    lengths = [length for first, last in months or [(1, 12)] for length in _DAYS[max(first - 1, 0) : max(last, 0)]]
    return bool(lengths) and not any(_has_day(day, length) for day in days for length in lengths)


def _ends_early(part: Mapping[str, Any], name: str) -> bool:
    ranges = _ranges(part, name)
    return bool(ranges) and all(first > last for first, last in ranges)


def _has_no_time(part: Mapping[str, Any]) -> bool:
    times = part.get("times")
    if not isinstance(times, list) or not times:
        return False
    ends = [(str(time.get("start_time")), str(time.get("end_time"))) for time in times if isinstance(time, Mapping)]
    # Times are written as HH:MM, so they are in alphabetical order.
    return bool(ends) and all(len(start) == len(end) == len("HH:MM") and start >= end for start, end in ends)


def _has_day(days: Range, length: int) -> bool:
    first, last = (length + day + 1 if day < 0 else day for day in days)
    return first <= length and max(first, 1) <= last


def _ranges(part: Mapping[str, Any], name: str) -> list[Range]:
    """Return the ranges of a field, empty if there are none or one of them cannot be read."""
    listed = part.get(name)
    ranges = [_range(str(item), _NAMES.get(name, {})) for item in listed] if isinstance(listed, list) else []
    found = [item for item in ranges if item]
    return found if len(found) == len(ranges) else []


def _range(text: str, names: Mapping[str, int]) -> Range | None:
    first, _colon, last = text.lower().partition(":")
    try:
        ends = [names[end] if end in names else int(end) for end in (first, last or first)]
    except ValueError:
        return None
    return ends[0], ends[1]
