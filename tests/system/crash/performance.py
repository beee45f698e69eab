# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One scenario from beginning to end: a play is held at a point, ended, and others follow until all is well."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.plays import environment as of
from tests.support.plays.controller import Controller, Run, Running
from tests.support.plays.environment import Json, Surroundings, new_controller, surroundings
from tests.support.testbed.process_tree import wait_for_end, with_descendants
from tests.system.crash.holding import Hold, journal_watched
from tests.system.crash.points import OTHER, POINTS, REGISTRY, Point
from tests.system.crash.situation import KEY, MEMBERS, Kind, entry, situation

NAME, TEMPLATE = "KubeSphere ops", "template-1"
#: Seconds that those who follow wait for an answer, and so for somebody else's creation.
PATIENCE = 3
#: Seconds until a task is told to stop, longer than a play takes to any point.
TASK_TIMEOUT = 6
#: Plays that it may take until all is well.
TRIES = 4
UNKNOWN = re.compile(rf"dingtalk_chats\.{KEY}: nobody knows whether the chat '{NAME}' \(owner user-1\) was created")


@dataclass(frozen=True)
class Scenario:
    """``company``: another controller's play at the same moment. ``end``: what happens to the play that is held.

    ``lost``: what is gone before the next play.
    """

    point: str
    kind: Kind
    company: str
    end: str
    lost: str

    def __str__(self) -> str:
        return ", ".join((self.point, self.kind, self.company, self.end, self.lost))


@contextmanager
def stage(folder: Path, kind: Kind) -> Iterator[Surroundings]:
    """Two clusters, one chat of many, and a controller."""
    with surroundings(folder, {REGISTRY: "3.4", OTHER: "3.4"}) as site:
        for userid in wished_members(kind):
            site.dingtalk.add_user(f"139{userid.removeprefix('user-').zfill(8)}", userid=userid)
        site.dingtalk.add_scene_template(TEMPLATE, of.APP_KEY)
        site.controller.vars("all", dingtalk_chats={KEY: desired(kind)}, dingtalk_robots={}, notification_robot="")
        yield site


def desired(kind: Kind) -> Json:
    people: list[Json] = [{"userid": userid} for userid in wished_members(kind)]
    template = {"template_id": TEMPLATE} if kind == "scene" else {}
    return {"name": NAME, "owner": people[0], "members": people[1:], **template}


def wished_members(kind: Kind) -> list[str]:
    return [f"user-{number}" for number in range(1, max(MEMBERS[kind]) + 1)]


class Performance:
    """``site.controller`` is the one whose play is held."""

    def __init__(self, site: Surroundings, scenario: Scenario) -> None:
        self._site = site
        self._scenario = scenario
        self._point: Point = POINTS[scenario.point]
        self._first = site.controller
        self._second = another(site)
        self._second.vars("all", dingtalk_request_timeout=PATIENCE)
        self._hold = Hold()

    def play(self) -> None:
        """Raises AssertionError where a promise is broken."""
        come = self._hold.come if self._point.journal else lambda: None
        with journal_watched(self._first, self._come_to_journal(come)):
            self._begin()
        self._lose()
        self._first.vars("all", dingtalk_request_timeout=PATIENCE)
        self._converge(self._second if self._scenario.company == "with another" else self._first)

    def _come_to_journal(self, come: Callable[[], None]) -> Callable[[], None]:
        """The journal is written several times; its state says whether the play is at the point."""

        def look() -> None:
            if situation(self._site, self._scenario.kind) == self._point.situation:
                come()

        return look

    def _begin(self) -> None:
        self._point.arm(self._site, self._hold, self._scenario.kind)
        ending = ENDINGS[self._scenario.end]
        self._first.environment |= ending.environment
        running = self._first.start("site")
        with killed_at_last(running):
            self._hold.wait()
            assert situation(self._site, self._scenario.kind) == self._point.situation, (
                "the play is held somewhere else"
            )
            ending.end(running, self._hold, self._meanwhile)

    def _meanwhile(self) -> None:
        if self._scenario.company == "with another":
            self._judge(self._second.run("site"))

    def _judge(self, run: Run) -> None:
        """At most one chat, and a play that says nothing or what is documented."""
        assert len(self._site.dingtalk.chats()) <= 1, run.output
        assert "Traceback" not in run.output, run.output
        assert run.returncode == 0 or UNKNOWN.search(run.output), run.output

    def _lose(self) -> None:
        LOSSES[self._scenario.lost](self._site)

    def _converge(self, controller: Controller) -> None:
        for _ in range(TRIES):
            run = controller.run("site")
            self._judge(run)
            if run.returncode == 0:
                break
            self._follow(controller)
        self._all_is_well(run)

    def _follow(self, controller: Controller) -> None:
        """Do as the message says, as its sender is dead: look for the chat, and adopt it or forget the intent."""
        assert self._scenario.kind == "plain", "a scene group needs no human"
        chats = self._site.dingtalk.chats()
        decision = {"dingtalk_adopt_chats": {KEY: chats[0].chatid}} if chats else {"dingtalk_forget_intents": KEY}
        self._judge(controller.run("chats", extra=decision))

    def _all_is_well(self, run: Run) -> None:
        run.must()
        [chat] = self._site.dingtalk.chats()
        assert (chat.name, chat.owner) == (NAME, "user-1")
        assert sorted(chat.members) == sorted(wished_members(self._scenario.kind))
        known = entry(self._site.clusters[REGISTRY])
        assert known["chat_id"] == chat.chatid
        assert "intent" not in known
        assert {name: of.chat_ids(cluster) for name, cluster in self._site.clusters.items()} == {
            REGISTRY: [chat.chatid],
            OTHER: [chat.chatid],
        }


def another(site: Surroundings) -> Controller:
    """A machine that has never run the play, with the same inventory."""
    controller = new_controller(site.controller.folder.with_name("another"), site.dingtalk, site.clusters)
    shutil.copytree(site.controller.inventory, controller.inventory, dirs_exist_ok=True)
    return controller


@contextmanager
def killed_at_last(running: Running) -> Iterator[None]:
    try:
        yield
    finally:
        running.signal(signal.SIGKILL)
        with contextlib.suppress(ValueError):  # its output was read before
            running.finish()


@dataclass(frozen=True)
class Ending:
    """``end`` gets the held play, the hold, and what another controller does meanwhile."""

    end: Callable[[Running, Hold, Callable[[], None]], None]
    environment: dict[str, str]


def kill(running: Running, hold: Hold, meanwhile: Callable[[], None]) -> None:
    """SIGKILL to every process; whatever was asked is done all the same."""
    meanwhile()
    pids = with_descendants(running.pid)
    running.signal(signal.SIGKILL)
    wait_for_end(pids)
    hold.release()


def suspend(running: Running, hold: Hold, meanwhile: Callable[[], None]) -> None:
    """Asleep while the answer comes, and awake when another controller has run."""
    running.signal(signal.SIGSTOP)
    hold.release()
    meanwhile()
    running.signal(signal.SIGCONT)
    running.finish()


def stopped_by(number: signal.Signals) -> Callable[[Running, Hold, Callable[[], None]], None]:
    """A signal, as Ctrl+C or a service manager sends it."""

    def end(running: Running, hold: Hold, meanwhile: Callable[[], None]) -> None:
        meanwhile()
        running.signal(number)
        hold.release()
        running.finish()

    return end


def time_out(running: Running, hold: Hold, meanwhile: Callable[[], None]) -> None:
    """The task's time is over while it is held. Its alarm may be held off, so that nobody sees it ring."""
    meanwhile()
    threading.Event().wait(TASK_TIMEOUT)
    hold.release()
    running.finish()


ENDINGS = {
    "SIGKILL": Ending(kill, {}),
    "SIGSTOP and later SIGCONT": Ending(suspend, {}),
    "SIGINT": Ending(stopped_by(signal.SIGINT), {}),
    "SIGTERM": Ending(stopped_by(signal.SIGTERM), {}),
    "task time-out": Ending(time_out, {"ANSIBLE_TASK_TIMEOUT": str(TASK_TIMEOUT)}),
}


def lose_journal(site: Surroundings) -> None:
    shutil.rmtree(site.controller.journal(), ignore_errors=True)


def lose_all_but_the_registry(site: Surroundings) -> None:
    """The journal, and every cluster's ConfigMap but for the registry in one of them."""
    lose_journal(site)
    if of.exists(site.clusters[REGISTRY], of.CONFIG_MAP):
        site.clusters[REGISTRY].patch(of.CONFIG_MAP, {"data": {"applied": None}})
    if of.exists(site.clusters[OTHER], of.CONFIG_MAP):
        site.clusters[OTHER].delete(of.CONFIG_MAP)


LOSSES: dict[str, Callable[[Surroundings], None]] = {
    "nothing lost": lambda _site: None,
    "journal lost": lose_journal,
    "all but the registry lost": lose_all_but_the_registry,
}
