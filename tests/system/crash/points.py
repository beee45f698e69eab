# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a chat's creation at which a play can be paused, each with the expected situation.

A step is named after the event before it. The situation found at the breakpoint proves that the play has reached it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.plays import environment as of
from tests.support.plays.environment import Environment
from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.kubernetes import Fault
from tests.system.crash.holding import Breakpoint
from tests.system.crash.situation import PARTS, Kind, Situation

#: Sets a breakpoint.
Arm = Callable[[Environment, Breakpoint, Kind], None]

REGISTRY, OTHER = "shanghai", "beijing"
NEW, READ, ADD = "create", "read", "add"
APIS: dict[Kind, dict[str, str]] = {
    "plain": {NEW: "/v1.0/im/group/create", READ: "/chat/get", ADD: "/v1.0/im/group/update"},
    "scene": {
        NEW: "/v1.0/im/sceneGroup/create",
        READ: "/v1.0/im/sceneGroups/query",
        ADD: "/v1.0/im/sceneGroup/member/add",
    },
}


@dataclass(frozen=True)
class Point:
    """``journal``: pause before a write to the journal. ``kinds``: the kinds of chat that reach the point."""

    arm: Arm
    situation: Situation
    journal: bool = False
    kinds: tuple[Kind, ...] = ("plain", "scene")


def before(api: str, nth: int = 1) -> Arm:
    """Pause before DingTalk does the work; ``api`` is a path, or the action on the chat."""

    def arm(site: Environment, breakpoint_: Breakpoint, kind: Kind) -> None:
        path = APIS[kind].get(api, api)
        site.dingtalk.before(path, _at(nth, breakpoint_.reach))
        finished = breakpoint_.work_callback()
        site.dingtalk.after(path, lambda _call: finished())

    return arm


def after(api: str, nth: int = 1) -> Arm:
    """Pause after DingTalk has done the work, before it answers."""

    def arm(site: Environment, breakpoint_: Breakpoint, kind: Kind) -> None:
        site.dingtalk.after(APIS[kind].get(api, api), _at(nth, breakpoint_.reach))

    return arm


def _at(nth: int, reach: Callable[[], None]) -> Callable[[Call], None]:
    counted = itertools.count(1)

    def hook(_call: Call) -> None:
        if next(counted) == nth:
            reach()

    return hook


def requested(host: str, method: str, path: str) -> Arm:
    """Pause before the API server does the work."""

    def arm(site: Environment, breakpoint_: Breakpoint, _kind: Kind) -> None:
        fault = Fault(method, path, times=0, hook=breakpoint_.reach, after=breakpoint_.work_callback())
        of.simulator(site.clusters[host]).faults.add(fault)

    return arm


def answered(host: str, method: str, path: str) -> Arm:
    """Pause after the API server has done the work, before it answers."""

    def arm(site: Environment, breakpoint_: Breakpoint, _kind: Kind) -> None:
        of.simulator(site.clusters[host]).faults.add(Fault(method, path, times=0, after=breakpoint_.reach))

    return arm


def repeated(site: Environment, breakpoint_: Breakpoint, kind: Kind) -> None:
    """Pause after the repetition of a creation whose answer was lost."""
    site.dingtalk.fail(APIS[kind][NEW], when="after", status=502)
    after(NEW, nth=2)(site, breakpoint_, kind)


def unarmed(_site: Environment, _breakpoint: Breakpoint, _kind: Kind) -> None:
    """For breakpoints without a simulator: writes to the journal."""


MAP = "/configmaps"
ONE, HALF, ALL = PARTS
NOTHING, INTENT, ANSWERED = Situation(), ("intent",), ("intent", "answer")

POINTS: dict[str, Point] = {
    "token requested": Point(before("/v1.0/oauth2/accessToken"), NOTHING),
    "owner found": Point(after("/topapi/v2/user/get"), NOTHING),
    "registry read": Point(answered(REGISTRY, "GET", MAP), NOTHING),
    "clusters queried": Point(answered(OTHER, "GET", "/receivers/"), NOTHING),
    "intent not yet in the journal": Point(unarmed, NOTHING, journal=True),
    "intent in the journal": Point(requested(REGISTRY, "POST", MAP), Situation(INTENT)),
    "intent in the registry": Point(answered(REGISTRY, "POST", MAP), Situation(INTENT, "intent")),
    "request sent": Point(before(NEW), Situation(INTENT, "intent")),
    "chat created": Point(after(NEW), Situation(INTENT, "intent", ONE)),
    "chat created again": Point(repeated, Situation((*INTENT, "unknown", "repeat"), "intent", ONE), kinds=("scene",)),
    "answer received": Point(unarmed, Situation(INTENT, "intent", ONE), journal=True),
    "answer in the journal": Point(requested(REGISTRY, "PUT", MAP), Situation(ANSWERED, "intent", ONE)),
    "answer in the registry": Point(answered(REGISTRY, "PUT", MAP), Situation(ANSWERED, "chat", ONE)),
    "chat read": Point(after(READ), Situation(ANSWERED, "chat", ONE)),
    "members half added": Point(before(ADD, nth=2), Situation(ANSWERED, "chat", HALF)),
    "members added": Point(after(ADD, nth=2), Situation(ANSWERED, "chat", ALL)),
    "one cluster half written": Point(answered(OTHER, "POST", "/receivers"), Situation(ANSWERED, "chat", ALL)),
}
#: From intent to recorded answer, where signals are deferred, and one step outside.
INTERRUPTED = ("intent in the registry", "request sent", "chat created", "answer in the journal", "members half added")
