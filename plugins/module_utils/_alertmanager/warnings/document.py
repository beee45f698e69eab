# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about desired settings that Alertmanager accepts, and that have no effect or another than intended.

Each names the place, the cause and the remedy, and contains no URL, as URLs may be secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._findings.finding import cited
from ..inhibition import SOURCE, TARGET, one_side
from ..matchers import as_text, identity
from .expressions import expressions
from .intervals import never
from .parts import Json, intervals, mapping, maps
from .repetition import repetition_warnings
from .routes import route_warnings
from .webhooks import webhook_warnings


def warnings(desired: Json, document: Json) -> list[str]:
    """Return the warnings about the desired part of a configuration; ``document`` is all of it, after the edits."""
    found = [
        *route_warnings(desired, document),
        *repetition_warnings(mapping(desired.get("route")), mapping(document.get("route"))),
        *_unused(desired, document),
        *webhook_warnings(desired),
        *_empty_intervals(desired),
        *_inhibit_rules(desired),
    ]
    return list(dict.fromkeys(found))


def _empty_intervals(desired: Json) -> Iterator[str]:
    for item in intervals(desired):
        if never(item):
            yield cited(
                f"the time interval {as_text(item.get('name'))!r} never begins; correct its days, months and "
                "times: an end must not be before its start, and a month must have the day",
                "KD513",
            )


def _unused(desired: Json, document: Json) -> Iterator[str]:
    pending = [mapping(document.get("route"))]
    used = set()
    while pending:
        route = pending.pop()
        used.add(as_text(route.get("receiver")))
        pending += maps(route.get("routes"))
    for receiver in maps(desired.get("receivers")):
        name = as_text(receiver.get("name"))
        if name not in used:
            yield cited(
                f"no route names the receiver {name!r}, so it gets no alert; add a route with this receiver", "KD514"
            )


def _inhibit_rules(desired: Json) -> Iterator[str]:
    for index, rule in enumerate(maps(desired.get("inhibit_rules"))):
        sides = [one_side(rule, side) for side in (SOURCE, TARGET)]
        for side in sides:
            yield from expressions(f"inhibit_rules[{index}]", side)
        source, target = map(identity, sides)
        if source and source == target:
            yield cited(
                f"inhibit_rules[{index}] mutes no alert, because its source and target match the same alerts; "
                "distinguish them, for example by severity",
                "KD517",
            )
