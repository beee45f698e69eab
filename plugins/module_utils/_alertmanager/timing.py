# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When Alertmanager repeats a notification."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .values import seconds

#: Alertmanager's defaults in seconds.
DEFAULT_GROUP_INTERVAL, DEFAULT_REPEAT_INTERVAL = 300.0, 14400.0


def effective_repeat_interval(settings: Mapping[str, Any]) -> float:
    """Return the seconds between notifications: the next multiple of group_interval."""
    group = seconds(settings.get("group_interval")) or DEFAULT_GROUP_INTERVAL
    repeat = seconds(settings.get("repeat_interval")) or DEFAULT_REPEAT_INTERVAL
    return max(1, math.ceil(repeat / group)) * group


def in_words(duration: float) -> str:
    """Return seconds as a duration of Alertmanager in whole seconds, such as ``1h30m``."""
    parts = []
    rest = int(duration)
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, length)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
