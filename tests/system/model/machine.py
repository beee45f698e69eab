# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random events in any order; after each step there is at most one chat for each key and generation."""

from __future__ import annotations

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.inprocess import Result
from tests.system.model.mortality import Mortality, mortal
from tests.system.model.world import CONTROLLERS, HOSTS, KEYS, World, world

CREATIONS = ("/v1.0/im/group/create", "/v1.0/im/sceneGroup/create")
#: More steps than a run without previous state takes.
LIFETIME = 45

controllers = st.sampled_from(CONTROLLERS)
keys = st.sampled_from(KEYS)
limits = st.lists(st.sampled_from(HOSTS), unique=True)

UNKNOWN = re.compile(r"dingtalk_chats\.(\w+): it is unknown whether the chat")
GONE = re.compile(r"[Tt]he chat (chat\w+) is dissolved")


class Chats(RuleBasedStateMachine):
    """``_renewed``: abandoned chats of each key: as many additional ones may exist."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._world: World
        self._renewed = dict.fromkeys(KEYS, 0)
        self._names = 0

    @initialize(
        proxied=st.sampled_from([CONTROLLERS, (), *[(name,) for name in CONTROLLERS]]),
        lost=st.sampled_from(["after", "before", ""]),
    )
    def begin(self, proxied: tuple[str, ...], lost: Literal["after", "before", ""]) -> None:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        self._world = self._stack.enter_context(world(Path(folder)))
        self._world.proxied = proxied
        for api in CREATIONS if lost else ():
            self._world.dingtalk.fail(api, kind="cut_after" if lost == "after" else "cut_before")

    def teardown(self) -> None:
        with self._stack:
            if hasattr(self, "_world"):
                self._reach_desired_state()

    # runs

    @rule(controller=controllers, limit=limits, valid_time=st.sampled_from([0, 86400]))
    def run(self, controller: str, limit: list[str], valid_time: int) -> None:
        self._check(self._world.play(controller, limit, dingtalk_cache_valid_time=valid_time), uncached=valid_time == 0)

    @rule(controller=controllers, step=st.integers(0, LIFETIME), after=st.booleans())
    def run_and_be_killed(self, controller: str, step: int, after: bool) -> None:
        with mortal(Mortality(step, after)):
            self._check(self._world.play(controller), uncached=False)

    @rule()
    def run_on_both_controllers(self) -> None:
        with ThreadPoolExecutor(len(CONTROLLERS)) as pool:
            for result in list(pool.map(self._world.make, CONTROLLERS)):
                self._check(result, uncached=False, concurrent=True)

    @rule(host=st.sampled_from(HOSTS))
    def tear_down(self, host: str) -> None:
        result = self._world.apply(host, {}, state="absent")
        assert not result.get("failed"), result

    # failures

    @rule(fault=st.sampled_from(["cut_before", "cut_after", "status"]), when=st.sampled_from(["before", "after"]))
    def lose_the_next_answer(
        self, fault: Literal["cut_before", "cut_after", "status"], when: Literal["before", "after"]
    ) -> None:
        for api in CREATIONS:
            self._world.dingtalk.fail(api, kind=fault, when=when, status=502)

    @rule(kind=st.sampled_from(["refuse", "close", "broken_tunnel"]), status=st.sampled_from([403, 407, 502, 503]))
    def refuse_the_next_tunnel(self, kind: Literal["refuse", "close", "broken_tunnel"], status: int) -> None:
        self._world.dingtalk.proxy.heal()
        self._world.dingtalk.proxy.fail(kind, status)

    @rule(when=st.sampled_from(["before", "after"]))
    def cut_the_next_creation_at_the_proxy(self, when: Literal["before", "after"]) -> None:
        for api in CREATIONS:
            self._world.cut_at_the_proxy(api, when)

    @rule(controller=controllers)
    def lose_a_journal(self, controller: str) -> None:
        self._world.lose(self._world.state(controller))

    @rule(controller=controllers)
    def lose_a_controller(self, controller: str) -> None:
        self._world.lose(self._world.folder / controller)

    @rule()
    def lose_the_clusters_records(self) -> None:
        self._world.lose_records()

    @rule(minutes=st.integers(1, 20))
    def time_passes(self, minutes: int) -> None:
        self._world.clock.sleep(60.0 * minutes)

    # operators and users

    @rule(key=keys)
    def change_the_desired_name(self, key: str) -> None:
        self._names += 1
        self._world.names[key] = f"{key} {self._names}"

    @rule(key=keys)
    def rename_by_hand(self, key: str) -> None:
        for chat in self._world.living(key):
            self._names += 1
            self._world.dingtalk.rename(chat.chatid, f"{key} by hand {self._names}")

    @rule(key=keys)
    def dissolve(self, key: str) -> None:
        for chat in self._world.living(key):
            self._world.dingtalk.disband(chat.chatid)

    # Not a precondition: two runs at once do not end in the same way each time, and a sequence must be repeatable.
    @rule(controller=controllers)
    def do_as_the_message_says(self, controller: str) -> None:
        for key in KEYS:
            if self._is_unknown(key):
                self._resolve(controller, key)

    # invariants

    @invariant()
    def one_chat(self) -> None:
        for key in KEYS:
            made = self._world.made(key)
            assert len(made) <= 1 + self._renewed[key], made
            known = self._world.registered(key).get("chat_id")
            assert known in (None, *(chat.chatid for chat in made)), (key, known)

    def _check(self, result: Result, uncached: bool = True, concurrent: bool = False) -> None:
        """Check that a run succeeded, or failed with a documented and true message.

        ``uncached``: it asked DingTalk. ``concurrent``: another run took place, whose request may have been answered
        after this run had stopped waiting for it, as simulated time passes faster than requests.
        """
        if not result.get("failed"):
            for key in KEYS:
                chat = self._world.made(key)[-1]
                assert result["chats"][key]["chat_id"] == chat.chatid == self._world.registered(key)["chat_id"]
                assert chat.status == 1 or not uncached
            return
        message = str(result["msg"])
        note(message)
        unknown, gone = UNKNOWN.search(message), GONE.search(message)
        # The time in which a connection is tried again passes in the other run as well.
        assert unknown or gone or (concurrent and "Nothing was sent." in message), message
        if unknown:
            assert self._is_unknown(unknown[1]) or (concurrent and self._world.registered(unknown[1])), message
        if gone:
            assert self._world.dingtalk.chat(gone[1]).status != 1, message

    def _is_unknown(self, key: str) -> bool:
        entry = self._world.registered(key)
        return "intent" in entry and "chat_id" not in entry

    def _resolve(self, controller: str, key: str) -> None:
        """Resolve an intent whose sender is dead: the operator adopts the chat if found, or forgets the intent."""
        found = self._world.living(key)
        if not found:
            # Any chat of the attempt is dissolved: now one more may exist.
            self._renewed[key] = len(self._world.made(key))
        action: dict[str, Any] = (
            {"dingtalk_adopt_chats": {key: found[-1].chatid}} if found else {"dingtalk_forget_intents": [key]}
        )
        self._check(self._world.make(controller, **action), uncached=False)

    def _renew(self, controller: str, key: str) -> None:
        self._renewed[key] += 1
        self._check(self._world.make(controller, dingtalk_recreate_chats=[key]), uncached=False)

    def _reach_desired_state(self) -> None:
        """Reach the desired state from any state, by a few runs and the operator actions that they request."""
        self._world.dingtalk.heal()
        for _ in range(2 * len(KEYS) + 1):
            result = self._world.play("b", dingtalk_cache_valid_time=0)
            self._check(result)
            if not result.get("failed"):
                break
            message = str(result["msg"])
            if unknown := UNKNOWN.search(message):
                self._resolve("b", unknown[1])
            elif gone := GONE.search(message):
                [key] = [key for key in KEYS if gone[1] in {chat.chatid for chat in self._world.made(key)}]
                self._renew("b", key)
        assert not result.get("failed"), result
        assert [self._world.living(key)[0].name for key in KEYS] == [self._world.names[key] for key in KEYS]
        self.one_chat()
