# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about intervals after which Alertmanager does not repeat notifications."""

from __future__ import annotations

from collections.abc import Iterator

from ..._core.text import few
from ..._findings.finding import cited
from ..matchers import as_text, identity
from ..timing import RETENTION, TIMING, duration_text, effective_repeat_interval, milliseconds
from .parts import Json, maps
from .routes import live_index

_REPEATED = ("repeat_interval", "group_interval")


def repetition_warnings(desired: Json, document: Json) -> Iterator[str]:
    """Yield the warnings about routes, given the desired root route and the one of the document after the edits."""
    routes: dict[str, list[str]] = {}
    for name, settings in _timed(desired, document, TIMING, frozenset()):
        if cause := _repeated_otherwise(as_text(settings["repeat_interval"]), as_text(settings["group_interval"])):
            routes.setdefault(cause, []).append(name)
    yield from (cited(f"{few(names)}: {cause}", "KD516") for cause, names in routes.items())


def _repeated_otherwise(repeat: str, group: str) -> str:
    """Return after what time notifications are repeated, and why; empty if that is as desired."""
    effective = effective_repeat_interval({"repeat_interval": repeat, "group_interval": group})
    if round(effective * 1000) == milliseconds(repeat):
        return ""
    after = f"notifications are repeated after {duration_text(effective)}, not {repeat}, because"
    if milliseconds(repeat) > milliseconds(RETENTION):
        return (
            f"{after} Alertmanager remembers them for {RETENTION} only, unless its retention is longer; use a shorter "
            "repeat_interval"
        )
    return (
        f"{after} group_interval is {group}; use a repeat_interval that is a multiple of group_interval, or a shorter "
        "group_interval"
    )


def _timed(desired: Json, live: Json, inherited: Json, chosen: frozenset[str]) -> Iterator[tuple[str, Json]]:
    """Yield the routes whose repeat interval depends on a desired field: name, and settings with inherited ones.

    ``chosen``: the fields whose inherited values are desired. A route that inherits both fields is not yielded.
    """
    own = {name: live[name] for name in _REPEATED if live.get(name) is not None}
    settings = {**inherited, **own}
    chosen = (chosen - own.keys()) | {name for name in own if desired.get(name) is not None}
    if own and chosen:
        meaning = identity(live)
        yield f"the route for {meaning}" if meaning else "the root route", settings
    siblings = maps(live.get("routes"))
    wanted = {live_index(route, siblings): route for route in maps(desired.get("routes"))}
    for index, child in enumerate(siblings):
        yield from _timed(wanted.get(index, {}), child, settings, chosen)
