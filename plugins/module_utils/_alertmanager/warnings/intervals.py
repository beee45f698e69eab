# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time intervals of Alertmanager's configuration that never begin, or never end.

Source: prometheus/alertmanager, timeinterval/timeinterval.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
_MINUTES_OF_DAY = 24 * 60
#: The numbers that a field has to contain to restrict nothing.
_ALL = {"weekdays": range(7), "days_of_month": range(1, 32), "months": range(1, 13)}
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")

Range = tuple[int, int]


def never(interval: Mapping[str, Any]) -> bool:
    """Return whether a named time interval contains no time at all; False if it cannot be read."""
    parts = interval.get("time_intervals")
    if parts is None:
        return True
    return isinstance(parts, list) and all(isinstance(part, Mapping) and _is_never(part) for part in parts)


def always(interval: Mapping[str, Any]) -> bool:
    """Return whether a named time interval contains all time; False if that is not certain."""
    parts = interval.get("time_intervals")
    return isinstance(parts, list) and any(isinstance(part, Mapping) and _is_always(part) for part in parts)


def _is_always(part: Mapping[str, Any]) -> bool:
    if part.get("years") or (part.get("times") and not _covered(_times(part), range(_MINUTES_OF_DAY))):
        return False
    return all(not part.get(name) or _covered(_days(part, name), numbers) for name, numbers in _ALL.items())


def _covered(ranges: Iterable[Range], numbers: Iterable[int]) -> bool:
    contained = {number for first, last in ranges for number in range(max(first, 0), min(last, _MINUTES_OF_DAY) + 1)}
    return contained.issuperset(numbers)


def _days(part: Mapping[str, Any], name: str) -> list[Range]:
    """Return the ranges of a field, of which negative days of the month count from the end of a month of 31 days."""
    return [(_day(first), _day(last)) for first, last in _ranges(part, name)]


def _day(number: int) -> int:
    return len(_ALL["days_of_month"]) + 1 + number if number < 0 else number


def _times(part: Mapping[str, Any]) -> list[Range]:
    """Return the minutes of the day that are contained; none of times that cannot be read."""
    listed = part["times"] if isinstance(part["times"], list) else []
    ends = [
        (_TIME.fullmatch(str(time.get("start_time"))), _TIME.fullmatch(str(time.get("end_time"))))
        for time in listed
        if isinstance(time, Mapping)
    ]
    return [(_minutes(start), _minutes(end) - 1) for start, end in ends if start and end]


def _minutes(time: re.Match[str]) -> int:
    return int(time[1]) * 60 + int(time[2])


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
