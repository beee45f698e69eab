# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random stories of concurrent writes to the same objects: desired states, and edits by others before each write."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.system.realapi.installation import ALERTMANAGER, CONFIG, CREDENTIALS, RECEIVER
from tests.system.realapi.leaves import (
    ABSENT,
    CHAT_IDS,
    CONVERSATION,
    DOCUMENT,
    KEYWORDS,
    RECEIVERS,
    WEBHOOK,
    Leaves,
    Path,
)

Values = Mapping[Path, st.SearchStrategy[Any]]
#: One edit of an object by others; None deletes it.
Edits = Leaves | None

ROUNDS = 2
#: Less than the number of attempts.
MAX_RACES = 5


def reference(name: str, key: str) -> dict[str, Any]:
    """Return a reference to a credential in a Secret."""
    return {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def _texts(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from([base64.b64encode(value.encode()).decode() for value in values])


def _webhook(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "webhook_configs": [{"url": f"http://{number}.example/"}]}


_WORDS = st.sampled_from(["one", "two", "three"])
_METADATA: Values = {
    ("metadata", "labels", "label"): _WORDS,
    ("metadata", "labels", "example.com/label"): _WORDS,
    ("metadata", "annotations", "note"): _WORDS,
}
_CONVERSATIONS = st.sampled_from(
    [{"appkey": reference(name, "appkey"), "appsecret": reference(name, "appsecret")} for name in ("one", "two")]
)

#: Path of an object -> possible leaves, with strategies for their values.
VALUES: dict[str, Values] = {
    CREDENTIALS: {**_METADATA, **{("data", key): _texts("longer-one", "longer-two") for key in ("a", "b", "c")}},
    CONFIG: {
        **_METADATA,
        CONVERSATION: _CONVERSATIONS,
        ("spec", "dingtalk", "labels", "a"): _WORDS,
        ("spec", "dingtalk", "labels", "b"): _WORDS,
    },
    RECEIVER: {
        **_METADATA,
        ("spec", "dingtalk", "enabled"): st.booleans(),
        ("spec", "dingtalk", "alertSelector", "matchLabels", "a"): _WORDS,
        WEBHOOK: st.sampled_from([reference(name, "webhook") for name in ("one", "two")]),
        **{(*KEYWORDS, f"[{word}]"): st.just(word) for word in ("alert", "告警")},
        **{(*CHAT_IDS, f"[{chat}]"): st.just(chat) for chat in ("chat1", "chat2", "chat3", "chat4")},
    },
    ALERTMANAGER: {
        ("metadata", "labels", "label"): _WORDS,
        ("data", "other"): _texts("longer-one", "longer-two"),
        (*DOCUMENT, "route", "repeat_interval"): st.sampled_from(["1h", "2h"]),
        (*DOCUMENT, "route", "group_wait"): st.sampled_from(["10s", "20s"]),
        **{
            (*RECEIVERS, f"[{name}]"): st.sampled_from([_webhook(name, number) for number in (1, 2)])
            for name in ("one", "two", "x=y/z")
        },
    },
}


@dataclass(frozen=True)
class Chapter:
    """One run, a teardown if ``desired_leaves`` is None; ``desired_leaves`` and ``races`` are by object."""

    desired_leaves: Mapping[str, Leaves] | None
    races: Mapping[str, list[Edits]]


@dataclass(frozen=True)
class Story:
    """``initial`` are the edits by others before the first run."""

    initial: Mapping[str, Edits]
    chapters: list[Chapter]


@st.composite
def edits(draw: st.DrawFn, path: str) -> Edits:
    values = VALUES[path]
    chosen = draw(st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=4, unique=True))
    return {leaf: draw(st.one_of(values[leaf], values[leaf], st.just(ABSENT))) for leaf in chosen}


def accepted(edits: Edits, live: Leaves | None) -> Edits:
    """Return the edits made acceptable to the API server, which rejects keywords without a webhook."""
    after = {**(live or {}), **(edits or {})}
    if edits is None or after.get(WEBHOOK, ABSENT) is not ABSENT:
        return edits
    if any(_is_keyword(leaf) and value is not ABSENT for leaf, value in edits.items()):
        return {**edits, WEBHOOK: reference("one", "webhook")}
    return {**edits, **{leaf: ABSENT for leaf in after if _is_keyword(leaf)}}


def _is_keyword(leaf: Path) -> bool:
    return leaf[: len(KEYWORDS)] == KEYWORDS


@st.composite
def desired_leaves(draw: st.DrawFn, path: str) -> Leaves:
    values = VALUES[path]
    chosen = draw(st.lists(st.sampled_from(sorted(values)), max_size=len(values), unique=True))
    desired = {leaf: draw(values[leaf]) for leaf in chosen}
    if any(_is_keyword(leaf) for leaf in desired):
        desired.setdefault(WEBHOOK, draw(values[WEBHOOK]))
    return desired


def _races(path: str) -> st.SearchStrategy[list[Edits]]:
    edit = edits(path)
    if path != ALERTMANAGER:
        edit = st.one_of(edit, edit, edit, st.none())
    return st.lists(edit, min_size=2, max_size=MAX_RACES)


def _by_object(strategy: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({path: strategy(path) for path in VALUES})


_RUNS = st.builds(Chapter, _by_object(desired_leaves), _by_object(_races))
_TEARDOWNS = st.builds(Chapter, st.none(), _by_object(_races))
STORIES = st.builds(
    lambda initial, runs, teardown: Story(initial, [*runs, teardown]),
    _by_object(lambda path: st.one_of(st.none(), edits(path)) if path != ALERTMANAGER else edits(path)),
    st.lists(_RUNS, min_size=ROUNDS, max_size=ROUNDS),
    _TEARDOWNS,
)
