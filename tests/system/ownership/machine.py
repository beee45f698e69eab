# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random runs, edits and faults, one within another; in each quiet moment nothing of anybody is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.support.testbed import Cluster, clusters
from tests.system.ownership.controllers import NOTHING, Controllers, Desired
from tests.system.ownership.faults import FAULTS
from tests.system.ownership.others import (
    CHATS,
    INTERVALS,
    KEYS,
    MAP,
    RECEIVER,
    SECRET,
    STATE,
    VALUES,
    Person,
    State,
)

#: Steps and faults of all sequences.
MET: Counter[str] = Counter()

#: The most requests of a run after which something happens.
REQUESTS = 12

desired_states = st.builds(
    Desired,
    st.none()
    | st.dictionaries(st.sampled_from(["k1", "k2", "k3"]), st.sampled_from(["v1", "v2"]), min_size=1).map(
        lambda data: tuple(sorted(data.items()))
    ),
    st.none() | st.frozensets(st.sampled_from(["chat-1", "chat-2", "chat-3"]), min_size=1),
    st.sampled_from(["", "5m", "10m"]),
    st.booleans(),
)
edits = st.one_of(
    st.tuples(st.just("set_key"), st.sampled_from(KEYS), st.sampled_from(VALUES)),
    st.tuples(st.just("remove_key"), st.sampled_from(("k1", "k2", "k3", "p1"))),
    st.tuples(st.just("delete_map")),
    st.tuples(st.just("add_chat"), st.sampled_from(CHATS)),
    st.tuples(st.just("remove_chat"), st.sampled_from(("chat-1", "chat-2", *CHATS))),
    st.tuples(st.just("delete_receiver")),
    st.tuples(st.just("set_interval"), st.sampled_from(INTERVALS)),
    st.tuples(st.just("add_route"), st.just("team-b")),
)
faults = st.sampled_from(FAULTS)
requests = st.integers(0, REQUESTS - 1)
#: What happens during a run: request -> a fault, an edit, or a run of another controller with its own events.
inner_events = st.dictionaries(requests, faults | edits, max_size=2)
#: A teardown does not wait for others, so none takes place meanwhile.
inner_runs = st.tuples(st.just("run"), desired_states.filter(lambda desired: bool(desired.manifests())), inner_events)
#: As many faults and runs as edits.
events = st.dictionaries(
    requests,
    st.integers(0, 2).flatmap(lambda kind: (faults, st.tuples(st.just("edit"), edits), inner_runs)[kind]),
    min_size=1,
    max_size=3,
)


def without_empty_objects(state: State) -> State:
    """Return a state in which an object without content is a missing one: a person may have emptied it."""
    return replace(state, data=state.data or None, chats=state.chats or None)


def assert_equal(found: object, expected: object) -> None:
    assert found == expected, f"found {found}, expected {expected}"


class Ownership(RuleBasedStateMachine):
    """Controllers with the same inventory hosts, so that the last run decides what is desired."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._cluster: Cluster
        self._person: Person
        self._controllers: Controllers

    @initialize()
    def begin(self) -> None:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        self._cluster = self._stack.enter_context(clusters({"one": "3.4"}, Path(folder)))["one"]
        self._person = Person(self._cluster)
        self._controllers = Controllers(self._cluster, met=MET)

    @rule(desired=desired_states, events=events)
    def run(self, desired: Desired, events: dict[int, Any]) -> None:
        MET["steps"] += 1
        self._run(desired, events)

    @rule(edit=edits)
    def edit(self, edit: tuple[str, ...]) -> None:
        MET["steps"] += 1
        self._edit(edit)

    @rule(desired=desired_states)
    def be_quiet(self, desired: Desired) -> None:
        """A run without a fault: the cluster is as desired, a second run writes nothing, a teardown leaves the rest."""
        MET["steps"] += 1
        self._controllers.run(desired)
        note(str((self._cluster.find(STATE) or {}).get("data")))
        self._assert_state(State.of(self._cluster), desired.expected(self._person.left))
        plans, writes = self._controllers.run(desired)
        assert_equal((writes, [str(plan.reference) for plan in plans if plan.action != "unchanged"]), ([], []))
        self._assert_left(self._controllers.run(NOTHING, dry_run=True)[0])

    def teardown(self) -> None:
        with self._stack:
            if hasattr(self, "_controllers"):
                self._controllers.run(NOTHING)
                self._assert_state(State.of(self._cluster), self._person.left)
                assert_equal(self._cluster.find(STATE), None)

    def _run(self, desired: Desired, events: dict[int, Any]) -> None:
        self._controllers.try_run(desired, {number: self._event(event) for number, event in events.items()})

    def _edit(self, edit: tuple[str, ...]) -> None:
        MET["edits"] += 1
        name, *arguments = edit
        getattr(self._person, name)(*arguments)

    def _event(self, event: str | tuple[Any, ...]) -> str | Callable[[], None]:
        if isinstance(event, str):
            return event
        if event[0] == "run":
            MET["runs within runs"] += 1
            return partial(self._run, event[1], event[2])
        return partial(self._edit, event[1] if event[0] == "edit" else event)

    def _assert_left(self, plans: list[Any]) -> None:
        """Assert that what a teardown would leave is the part of others."""
        after = {plan.reference.kind: plan.after for plan in plans}
        objects = {
            kind: after[kind] if kind in after else self._cluster.find(path)
            for kind, path in (("ConfigMap", MAP), ("Receiver", RECEIVER), ("Secret", SECRET))
        }
        left = State.read(objects["ConfigMap"], objects["Receiver"], objects["Secret"])
        self._assert_state(left, self._person.left)

    def _assert_state(self, found: State, expected: State) -> None:
        assert_equal(without_empty_objects(found), without_empty_objects(expected))
