# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When Alertmanager repeats a notification.

A group of alerts is looked at every ``group_interval``. It is notified again if the last notification is longer ago
than ``repeat_interval``, or was forgotten. If ``repeat_interval`` is a multiple of ``group_interval``, milliseconds
decide whether that is so after this time already, or one ``group_interval`` later.

Source: prometheus/alertmanager 0.21 to 0.27, dispatch/dispatch.go (``run`` of ``aggrGroup``), notify/notify.go
(``needsUpdate``), nflog/nflog.go (``Log``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .values import seconds

#: Alertmanager's defaults.
TIMING = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
#: The time for which Alertmanager remembers notifications, ``--data.retention``, as KubeSphere does not set it.
RETENTION = "120h"
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def effective_repeat_interval(settings: Mapping[str, Any]) -> float:
    """Return the seconds after which a notification is really repeated, the earliest possible.

    ``settings``: those of a route, including inherited ones, such as ``settings`` of ``routes.taken``. A missing or
    invalid duration, and zero, which Alertmanager rejects, count as Alertmanager's default.
    """
    group_interval = _milliseconds(settings, "group_interval")
    interval = min(_milliseconds(settings, "repeat_interval"), milliseconds(RETENTION))
    return -(-interval // group_interval) * group_interval / 1000


def milliseconds(duration: Any) -> int:
    """Return the milliseconds of a duration, 0 if it is invalid."""
    return round((seconds(duration) or 0) * 1000)


def _milliseconds(settings: Mapping[str, Any], name: str) -> int:
    return milliseconds(settings.get(name)) or milliseconds(TIMING[name])


def duration_text(length: float) -> str:
    """Return seconds as a duration, such as ``1h30m``."""
    rest, text = round(length * 1000), ""
    for unit, size in _UNITS:
        amount, rest = divmod(rest, size)
        text += f"{amount}{unit}" if amount else ""
    return text or "0s"


def effective_text(settings: Mapping[str, Any]) -> str:
    """Return the interval after which a notification is really repeated, as the configuration writes it if it can."""
    written = settings.get("repeat_interval")
    length = effective_repeat_interval(settings)
    return str(written) if seconds(written) == length else duration_text(length)
