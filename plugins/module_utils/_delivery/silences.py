# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Silences of notification-manager, which drop alerts before Receivers select them.

Sources: notification-manager v2.3.0 and v2.6.0 (pkg/silence, pkg/filter, ``IsActive`` in apis/v2beta2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.clock import epoch
from .._core.texts import go_durations
from .._kubesphere.releases import NOTIFICATION_GROUP
from .alerts import Alert, ExpectedReceiver
from .holdings import Holdings, Manifest, known, labels_of, name_of, part
from .outcome import Result, WayEnds
from .selectors import matches


def check_silences(holdings: Holdings, alert: Alert, expected: ExpectedReceiver) -> None:
    """Raise ``WayEnds`` if an active Silence drops an alert for a Receiver."""
    for silence in known(holdings.silences):
        spec = part(silence, "spec")
        if not _concerns(silence, expected) or not is_active(spec, holdings.time):
            continue
        if matches(spec.get("matcher"), alert.labels):
            raise WayEnds(
                Result.UNDELIVERED,
                f"Silence {name_of(silence)}: silences them{_times(spec)}",
                f"Disable or delete it if that is not wanted: kubectl edit silences.{NOTIFICATION_GROUP} "
                f"{name_of(silence)}.",
                finding="KD608",
            )


def _concerns(silence: Manifest, expected: ExpectedReceiver) -> bool:
    labels = labels_of(silence)
    if labels.get("type") == "global":
        return True
    return bool(expected.user) and labels.get("type") == "tenant" and labels.get("user") == expected.user


def is_active(spec: Mapping[str, Any], time: float) -> bool:
    """Return whether a Silence is active; ``spec``: its spec, ``time``: now, in epoch seconds.

    One with a schedule and a duration counts as inactive, as it ends by itself.
    """
    if spec.get("enabled") is False:
        return False
    duration = str(spec.get("duration") or "")
    # A schedule without a duration is no restriction, nor is a duration without a beginning.
    if spec.get("schedule"):
        return not duration
    begin = epoch(spec.get("startsAt"))
    if begin is None:
        return True
    length = go_durations.seconds(duration)
    return begin <= time and (length is None or time < begin + length)


def _times(spec: Mapping[str, Any]) -> str:
    """Return in words how long an active Silence is active."""
    if spec.get("schedule"):
        return ", without an end, as its schedule has no duration"
    if not spec.get("startsAt"):
        return ", without an end" + (", as its duration has no startsAt" if spec.get("duration") else "")
    end = f" for {spec['duration']}" if spec.get("duration") else ", without an end"
    return f" from {spec['startsAt']}{end}"
