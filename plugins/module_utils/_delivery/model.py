# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the alerts of a cluster go: the outcome of each expected alert at each Receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .alerts import Alert, Expectations, ExpectedReceiver, Origin
from .destinations import to_chats, to_robot
from .holdings import Holdings, Manifest
from .inhibition import inhibited, is_temporary
from .outcome import Outcome, Result, Step, WayEnds
from .receivers import receive
from .routing import STAGE, Routed, route
from .rulers import ruled
from .targets import never_fires

Channel = Callable[[Holdings, Manifest, ExpectedReceiver], tuple[Step, ...]]


def outcomes(holdings: Holdings, expectations: Expectations) -> list[Outcome]:
    """Return the outcomes of all expected alerts; alerts that go the same way to a Receiver share one."""
    ways = [(alert, _Way(holdings, alert, expectations)) for alert in expectations.alerts]
    found = [
        outcome
        for receiver in expectations.receivers
        for alert, way in ways
        if _is_for(alert, receiver)
        for outcome in way.outcomes(receiver)
    ]
    return _grouped(found)


def _is_for(alert: Alert, receiver: ExpectedReceiver) -> bool:
    """Return whether an alert concerns a Receiver: a tenant gets the alerts of its projects only."""
    if alert.receiver:
        return alert.receiver == receiver.name
    return not receiver.user or (alert.origin == Origin.POLICY and bool(alert.labels.get("namespace")))


class _Way:
    """The way of one alert. What does not depend on the Receiver is found out once."""

    def __init__(self, holdings: Holdings, alert: Alert, expectations: Expectations) -> None:
        self._holdings = holdings
        self._alert = alert
        self._never_fires = never_fires(holdings, alert)
        self._end: WayEnds | None = None
        self._steps: tuple[Step, ...] = ()
        self._interval = 0.0
        try:
            self._steps = ruled(holdings, alert)
            routed: Routed = route(holdings, alert, expectations)
            self._steps += routed.steps
            self._steps += inhibited(holdings, alert, expectations)
        except WayEnds as end:
            self._end = end
        else:
            self._interval = routed.interval

    def outcomes(self, expected: ExpectedReceiver) -> Iterable[Outcome]:
        """Yield the outcomes at a Receiver: one for its chats and one for its robot."""
        base = Outcome((self._alert.description,), expected.name, Result.DELIVERED, interval=self._interval)
        if expected.chats:
            yield self._outcome(replace(base, chats=tuple(expected.chats.values())), expected, to_chats)
        if expected.robot:
            yield self._outcome(replace(base, robot=expected.robot), expected, to_robot)

    def _outcome(self, base: Outcome, expected: ExpectedReceiver, channel: Channel) -> Outcome:
        end, steps = self._followed(expected, channel)
        # What the inventory keeps out of a Receiver need not fire.
        if self._never_fires and (end is None or end.result != Result.EXCLUDED):
            base, end, steps = replace(base, interval=0.0), self._never_fires, ()
        if end is None:
            return replace(base, steps=steps)
        steps += (end.step,) if end.step else ()
        return replace(base, result=end.result, cause=end.cause, cure=end.cure, steps=steps, finding=end.finding)

    def _followed(self, expected: ExpectedReceiver, channel: Channel) -> tuple[WayEnds | None, tuple[Step, ...]]:
        """Return where the way ends, None if it does not, and the steps before that."""
        steps = self._steps
        try:
            # The Receiver does not matter to an alert that never gets there.
            if self._end:
                raise self._end
            receiver, more = receive(self._holdings, self._alert, expected)
            steps += more
            steps += channel(self._holdings, receiver, expected)
        except WayEnds as end:
            return end, steps
        return None, steps


def _grouped(found: Iterable[Outcome]) -> list[Outcome]:
    """Join outcomes that differ in their alerts only, then those that differ in chats and robot only.

    What can mute an alert for a time makes no difference.
    """
    by_way: dict[Outcome, list[Outcome]] = {}
    for outcome in found:
        steps = tuple(step for step in outcome.steps if not is_temporary(step))
        by_way.setdefault(replace(outcome, alerts=(), steps=steps), []).append(outcome)
    joined = [
        replace(
            way,
            alerts=tuple(dict.fromkeys(name for item in items for name in item.alerts)),
            steps=_with_temporary(way.steps, items),
        )
        for way, items in by_way.items()
    ]
    by_result: dict[Outcome, list[Outcome]] = {}
    for outcome in joined:
        by_result.setdefault(replace(outcome, chats=(), robot="", steps=()), []).append(outcome)
    return [
        replace(
            items[0],
            chats=tuple(dict.fromkeys(chat for item in items for chat in item.chats)),
            robot=next((item.robot for item in items if item.robot), ""),
            steps=tuple(dict.fromkeys(step for item in items for step in item.steps)),
        )
        for items in by_result.values()
    ]


def _with_temporary(steps: tuple[Step, ...], items: Iterable[Outcome]) -> tuple[Step, ...]:
    """Return the common steps of outcomes with what can mute their alerts, after Alertmanager's routes."""
    muting = dict.fromkeys(step for item in items for step in item.steps if is_temporary(step))
    before = [index for index, step in enumerate(steps, 1) if step.stage == STAGE]
    place = before[-1] if before else len(steps)
    return (*steps[:place], *muting, *steps[place:])
