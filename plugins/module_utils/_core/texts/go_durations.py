# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as Go writes and parses them, such as ``1h30m0s`` (package time, ``ParseDuration``)."""

from __future__ import annotations

import re
from decimal import Decimal

_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART = rf"([0-9]+\.?[0-9]*|\.[0-9]+)({'|'.join(_NANOSECONDS)})"
_DURATION = re.compile(rf"[-+]?(?:0|(?:{_PART})+)")


def seconds(text: str) -> float | None:
    """Return the seconds of a duration, None if Go cannot parse it."""
    is_negative = text.startswith("-")
    # Exact, as the limit is.
    length = sum(Decimal(number) * _NANOSECONDS[unit] for number, unit in re.findall(_PART, text))
    if not _DURATION.fullmatch(text) or length >= 2**63 + is_negative:
        return None
    return float(-length if is_negative else length) / 10**9
