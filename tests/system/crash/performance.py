# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One scenario: a play is paused at a point and ended, and further plays run until the desired state is reached."""

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
from tests.support.plays.environment import Environment, Json, environment, new_controller
from tests.support.testbed.process_tree import wait_for_end, with_descendants
from tests.system.crash.holding import Breakpoint, journal_watched
from tests.system.crash.points import OTHER, POINTS, REGISTRY, Point
from tests.system.crash.situation import KEY, MEMBERS, Kind, entry, situation

NAME, TEMPLATE = "KubeSphere ops", "template-1"
#: Request timeout of later plays in seconds, and so their wait for a concurrent creation.
REQUEST_TIMEOUT = 3
#: Seconds until a task is stopped, longer than a play takes to any point.
TASK_TIMEOUT = 6
#: Plays until the desired state must be reached.
TRIES = 4
DIRECT, PROXY = "direct", "through a proxy"
UNKNOWN = re.compile(rf"dingtalk_chats\.{KEY}: it is unknown whether the chat '{NAME}' \(owner user-1\) was created")


@dataclass(frozen=True)
class Scenario:
    """``concurrency``: a concurrent play of another controller. ``end``: how the paused play is ended.

    ``lost``: the data lost before the next play. ``route``: how the controllers reach DingTalk.
    """

    point: str
    kind: Kind
    concurrency: str
    end: str
    lost: str
    route: str

    def __str__(self) -> str:
        return ", ".join((self.point, self.kind, self.concurrency, self.end, self.lost, self.route))


@contextmanager
def prepared_environment(folder: Path, kind: Kind, route: str) -> Iterator[Environment]:
    """Yield two clusters, a controller, and the users of one large chat."""
    with environment(folder, {REGISTRY: "3.4", OTHER: "3.4"}) as site:
        for userid in desired_members(kind):
            site.dingtalk.add_user(f"139{userid.removeprefix('user-').zfill(8)}", userid=userid)
        site.dingtalk.add_scene_template(TEMPLATE, of.APP_KEY)
        site.controller.vars("all", dingtalk_chats={KEY: desired(kind)}, dingtalk_robots={}, notification_robot="")
        if route == PROXY:
            site.controller.vars("all", dingtalk_proxy=site.dingtalk.proxy_url)
        yield site


def desired(kind: Kind) -> Json:
    people: list[Json] = [{"userid": userid} for userid in desired_members(kind)]
    template = {"template_id": TEMPLATE} if kind == "scene" else {}
    return {"name": NAME, "owner": people[0], "members": people[1:], **template}


def desired_members(kind: Kind) -> list[str]:
    return [f"user-{number}" for number in range(1, max(MEMBERS[kind]) + 1)]


class ScenarioRun:
    """Runs a scenario; ``site.controller`` is the one whose play is paused."""

    def __init__(self, site: Environment, scenario: Scenario) -> None:
        self._site = site
        self._scenario = scenario
        self._point: Point = POINTS[scenario.point]
        self._first = site.controller
        self._second = other_controller(site)
        self._second.vars("all", dingtalk_request_timeout=REQUEST_TIMEOUT)
        self._breakpoint = Breakpoint()

    def run(self) -> None:
        """Raise AssertionError if a guarantee is violated."""
        self._run()
        assert bool(self._site.dingtalk.proxy.requests) is (self._scenario.route == PROXY)

    def _run(self) -> None:
        reach = self._breakpoint.reach if self._point.journal else lambda: None
        with journal_watched(self._first, self._at_journal_write(reach)):
            self._run_to_breakpoint()
        self._lose()
        self._first.vars("all", dingtalk_request_timeout=REQUEST_TIMEOUT)
        self._converge(self._second if self._scenario.concurrency == "with another" else self._first)

    def _at_journal_write(self, reach: Callable[[], None]) -> Callable[[], None]:
        """The journal is written several times; the situation shows whether the play is at the point."""

        def check() -> None:
            if situation(self._site, self._scenario.kind) == self._point.situation:
                reach()

        return check

    def _run_to_breakpoint(self) -> None:
        self._point.arm(self._site, self._breakpoint, self._scenario.kind)
        ending = ENDINGS[self._scenario.end]
        self._first.environment |= ending.environment
        running = self._first.start("site")
        with killed_finally(running):
            self._breakpoint.wait()
            assert situation(self._site, self._scenario.kind) == self._point.situation, (
                "the play is paused at another point"
            )
            ending.end(running, self._breakpoint, self._run_concurrently)

    def _run_concurrently(self) -> None:
        if self._scenario.concurrency == "with another":
            self._check(self._second.run("site"))

    def _check(self, run: Run) -> None:
        """Check that there is at most one chat, and that the play succeeded or failed with the documented message."""
        assert len(self._site.dingtalk.chats()) <= 1, run.output
        assert "Traceback" not in run.output, run.output
        assert run.returncode == 0 or UNKNOWN.search(run.output), run.output

    def _lose(self) -> None:
        LOSSES[self._scenario.lost](self._site)

    def _converge(self, controller: Controller) -> None:
        for _ in range(TRIES):
            run = controller.run("site")
            self._check(run)
            if run.returncode == 0:
                break
            self._follow_message(controller)
        self._check_desired_state(run)

    def _follow_message(self, controller: Controller) -> None:
        """Act as the message says; its sender is dead: look for the chat, and adopt it or forget the intent."""
        assert self._scenario.kind == "plain", "a scene group needs no operator"
        chats = self._site.dingtalk.chats()
        action = {"dingtalk_adopt_chats": {KEY: chats[0].chatid}} if chats else {"dingtalk_forget_intents": KEY}
        self._check(controller.run("chats", extra=action))

    def _check_desired_state(self, run: Run) -> None:
        run.must()
        [chat] = self._site.dingtalk.chats()
        assert (chat.name, chat.owner) == (NAME, "user-1")
        assert sorted(chat.members) == sorted(desired_members(self._scenario.kind))
        known = entry(self._site.clusters[REGISTRY])
        assert known["chat_id"] == chat.chatid
        assert "intent" not in known
        assert {name: of.chat_ids(cluster) for name, cluster in self._site.clusters.items()} == {
            REGISTRY: [chat.chatid],
            OTHER: [chat.chatid],
        }


def other_controller(site: Environment) -> Controller:
    """Return a controller without previous plays, with the same inventory."""
    controller = new_controller(site.controller.folder.with_name("another"), site.dingtalk, site.clusters)
    shutil.copytree(site.controller.inventory, controller.inventory, dirs_exist_ok=True)
    return controller


@contextmanager
def killed_finally(running: Running) -> Iterator[None]:
    try:
        yield
    finally:
        running.signal(signal.SIGKILL)
        with contextlib.suppress(ValueError):  # its output has been read
            running.finish()


@dataclass(frozen=True)
class Ending:
    """``end`` receives the paused play, its breakpoint, and the concurrent run of another controller."""

    end: Callable[[Running, Breakpoint, Callable[[], None]], None]
    environment: dict[str, str]


def kill(running: Running, breakpoint_: Breakpoint, concurrent_run: Callable[[], None]) -> None:
    """Send SIGKILL to every process; requests in progress are still completed."""
    concurrent_run()
    pids = with_descendants(running.pid)
    running.signal(signal.SIGKILL)
    wait_for_end(pids)
    breakpoint_.release()


def suspend(running: Running, breakpoint_: Breakpoint, concurrent_run: Callable[[], None]) -> None:
    """Suspend while the answer arrives, and resume after another controller has run."""
    running.signal(signal.SIGSTOP)
    breakpoint_.release()
    concurrent_run()
    running.signal(signal.SIGCONT)
    running.finish()


def stopped_by(number: signal.Signals) -> Callable[[Running, Breakpoint, Callable[[], None]], None]:
    """End by a signal, as sent by Ctrl+C or a service manager."""

    def end(running: Running, breakpoint_: Breakpoint, concurrent_run: Callable[[], None]) -> None:
        concurrent_run()
        running.signal(number)
        breakpoint_.release()
        running.finish()

    return end


def time_out(running: Running, breakpoint_: Breakpoint, concurrent_run: Callable[[], None]) -> None:
    """Let the task time out while it is paused. Its alarm may be deferred and so have no visible effect."""
    concurrent_run()
    threading.Event().wait(TASK_TIMEOUT)
    breakpoint_.release()
    running.finish()


ENDINGS = {
    "SIGKILL": Ending(kill, {}),
    "SIGSTOP and later SIGCONT": Ending(suspend, {}),
    "SIGINT": Ending(stopped_by(signal.SIGINT), {}),
    "SIGTERM": Ending(stopped_by(signal.SIGTERM), {}),
    "task timeout": Ending(time_out, {"ANSIBLE_TASK_TIMEOUT": str(TASK_TIMEOUT)}),
}


def lose_journal(site: Environment) -> None:
    shutil.rmtree(site.controller.journal(), ignore_errors=True)


def lose_all_but_the_registry(site: Environment) -> None:
    """Delete the journal and every ConfigMap, except for the registry in one of them."""
    lose_journal(site)
    if of.exists(site.clusters[REGISTRY], of.CONFIG_MAP):
        site.clusters[REGISTRY].patch(of.CONFIG_MAP, {"data": {"applied": None}})
    if of.exists(site.clusters[OTHER], of.CONFIG_MAP):
        site.clusters[OTHER].delete(of.CONFIG_MAP)


LOSSES: dict[str, Callable[[Environment], None]] = {
    "nothing lost": lambda _site: None,
    "journal lost": lose_journal,
    "all but the registry lost": lose_all_but_the_registry,
}
