# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random configurations with mostly valid parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.system.alertmanager import samples
from tests.system.alertmanager.faults import HOOK, Json

Some = st.SearchStrategy[Any]

NAMES = ("Default", "hook", "third")


def mostly(good: Sequence[Any], bad: Some) -> Some:
    """Return a strategy for valid values with one in ten from ``bad``."""
    return st.integers(0, 9).flatmap(lambda number: st.sampled_from(good) if number else bad)


_MATCHER_TEXTS = st.lists(st.sampled_from([*'ab=!~"{},\\( ', "=~"]), max_size=8).map("".join)
_PATTERN_TEXTS = st.lists(st.sampled_from([*"ab.*+?()[]{}|\\^$-1", "(?i)"]), max_size=8).map("".join)
_LENGTHS = mostly(["30s", "5m", "12h"], st.sampled_from(samples.DURATIONS))
_LABELS = mostly(["severity", "namespace", "alerttype"], st.sampled_from(samples.LABELS))
_PATTERNS = mostly([".*", "warning|info"], st.sampled_from(samples.PATTERNS) | _PATTERN_TEXTS)
_MATCHERS = mostly(['severity="info"', 'a =~ ".*"'], st.sampled_from(samples.MATCHERS) | _MATCHER_TEXTS)


def _optional(**fields: Some) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=fields)


_ROUTE = _optional(
    receiver=mostly(NAMES, st.sampled_from(["gone", *samples.OTHERS])),
    group_by=mostly([["..."], ["namespace", "alertname"]], st.lists(_LABELS, max_size=3)),
    group_wait=_LENGTHS,
    group_interval=_LENGTHS,
    repeat_interval=_LENGTHS,
    match=st.dictionaries(_LABELS, mostly(["x"], st.sampled_from(samples.OTHERS)), max_size=2),
    match_re=st.dictionaries(_LABELS, _PATTERNS, max_size=2),
    **{"continue": mostly([True, False], st.sampled_from(samples.OTHERS))},
)
_WITH_MATCHERS = st.tuples(_ROUTE, st.lists(_MATCHERS, min_size=1, max_size=2)).map(
    lambda parts: {**parts[0], "matchers": parts[1]}
)
_CHILD = st.recursive(
    _ROUTE | _WITH_MATCHERS,
    lambda below: st.tuples(_ROUTE, st.lists(below, max_size=2)).map(lambda parts: {**parts[0], "routes": parts[1]}),
    max_leaves=4,
)
_RECEIVERS = st.lists(
    _optional(
        webhook_configs=st.lists(
            _optional(url=mostly([HOOK], st.sampled_from(samples.URLS))).map(lambda webhook: {"url": HOOK, **webhook}),
            max_size=2,
        )
    ),
    max_size=3,
).map(lambda items: [{"name": name} | item for name, item in zip(NAMES, [*items, {}, {}, {}], strict=False)])
_INHIBIT = _optional(
    source_match=st.dictionaries(_LABELS, st.just("x"), max_size=2),
    target_match_re=st.dictionaries(_LABELS, _PATTERNS, max_size=2),
    equal=st.lists(_LABELS, max_size=2),
)
_GLOBAL = _optional(resolve_timeout=_LENGTHS, slack_api_url=mostly([HOOK], st.sampled_from(samples.URLS)))


def configurations() -> st.SearchStrategy[Json]:
    root = _optional(group_wait=_LENGTHS, repeat_interval=_LENGTHS, routes=st.lists(_CHILD, max_size=3)).map(
        lambda route: {"receiver": "Default", **route}
    )
    return st.fixed_dictionaries(
        {"route": root, "receivers": _RECEIVERS},
        optional={"global": _GLOBAL, "inhibit_rules": st.lists(_INHIBIT, max_size=2)},
    )
