# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a chat's creation at which a play can be held, each with what must be known there.

A step is named after what has just happened. What is looked at when it is reached proves that the play is there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.plays import environment as of
from tests.support.plays.environment import Surroundings
from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.kubernetes import Fault
from tests.system.crash.holding import Hold
from tests.system.crash.situation import PARTS, Kind, Situation

#: Arranges that a play is held.
Arm = Callable[[Surroundings, Hold, Kind], None]

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
    """``journal``: held before the journal is written. ``kinds``: those that come to the point."""

    arm: Arm
    situation: Situation
    journal: bool = False
    kinds: tuple[Kind, ...] = ("plain", "scene")


def before(api: str, nth: int = 1) -> Arm:
    """Held before DingTalk does the work; ``api`` is a path, or what is done to the chat."""

    def arm(site: Surroundings, hold: Hold, kind: Kind) -> None:
        path = APIS[kind].get(api, api)
        site.dingtalk.before(path, _at(nth, hold.come))
        finished = hold.finishes()
        site.dingtalk.after(path, lambda _call: finished())

    return arm


def after(api: str, nth: int = 1) -> Arm:
    """Held when DingTalk has done the work, before it answers."""

    def arm(site: Surroundings, hold: Hold, kind: Kind) -> None:
        site.dingtalk.after(APIS[kind].get(api, api), _at(nth, hold.come))

    return arm


def _at(nth: int, come: Callable[[], None]) -> Callable[[Call], None]:
    counted = itertools.count(1)

    def hook(_call: Call) -> None:
        if next(counted) == nth:
            come()

    return hook


def asked(host: str, method: str, path: str) -> Arm:
    """Held before the API server does the work."""

    def arm(site: Surroundings, hold: Hold, _kind: Kind) -> None:
        fault = Fault(method, path, times=0, hook=hold.come, after=hold.finishes())
        of.simulator(site.clusters[host]).faults.add(fault)

    return arm


def answered(host: str, method: str, path: str) -> Arm:
    """Held when the API server has done the work, before it answers."""

    def arm(site: Surroundings, hold: Hold, _kind: Kind) -> None:
        of.simulator(site.clusters[host]).faults.add(Fault(method, path, times=0, after=hold.come))

    return arm


def repeated(site: Surroundings, hold: Hold, kind: Kind) -> None:
    """Held when a creation whose answer was lost has been done again."""
    site.dingtalk.fail(APIS[kind][NEW], when="after", status=502)
    after(NEW, nth=2)(site, hold, kind)


def nowhere(_site: Surroundings, _hold: Hold, _kind: Kind) -> None:
    """For what is held without a simulator: a write to the journal."""


MAP = "/configmaps"
ONE, HALF, ALL = PARTS
NOTHING, INTENT, MADE = Situation(), ("intent",), ("intent", "answer")

POINTS: dict[str, Point] = {
    "token asked for": Point(before("/v1.0/oauth2/accessToken"), NOTHING),
    "owner found": Point(after("/topapi/v2/user/get"), NOTHING),
    "registry read": Point(answered(REGISTRY, "GET", MAP), NOTHING),
    "clusters looked at": Point(answered(OTHER, "GET", "/receivers/"), NOTHING),
    "intent not yet in the journal": Point(nowhere, NOTHING, journal=True),
    "intent in the journal": Point(asked(REGISTRY, "POST", MAP), Situation(INTENT)),
    "intent in the registry": Point(answered(REGISTRY, "POST", MAP), Situation(INTENT, "intent")),
    "request sent": Point(before(NEW), Situation(INTENT, "intent")),
    "chat made": Point(after(NEW), Situation(INTENT, "intent", ONE)),
    "chat made again": Point(repeated, Situation((*INTENT, "unknown", "repeat"), "intent", ONE), kinds=("scene",)),
    "answer received": Point(nowhere, Situation(INTENT, "intent", ONE), journal=True),
    "answer in the journal": Point(asked(REGISTRY, "PUT", MAP), Situation(MADE, "intent", ONE)),
    "answer in the registry": Point(answered(REGISTRY, "PUT", MAP), Situation(MADE, "chat", ONE)),
    "chat read": Point(after(READ), Situation(MADE, "chat", ONE)),
    "members half added": Point(before(ADD, nth=2), Situation(MADE, "chat", HALF)),
    "members added": Point(after(ADD, nth=2), Situation(MADE, "chat", ALL)),
    "one cluster half written": Point(answered(OTHER, "POST", "/receivers"), Situation(MADE, "chat", ALL)),
}
#: From intent to stored answer, where a signal is held off, and one step beside it.
INTERRUPTED = ("intent in the registry", "request sent", "chat made", "answer in the journal", "members half added")
