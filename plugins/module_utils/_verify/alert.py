# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The synthetic alert at Alertmanager: posted, seen with its receivers, and resolved again.

Where notification-manager tests single chats, the alert is resolved before Alertmanager notifies anybody of it. Where
it cannot (KubeSphere 3.1), or where the notification history is to list the alert, the alert itself is a message: it
fires until Alertmanager has sent it, and a silence keeps back the message that it is resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._alertmanager.routes import Taken
from .._core.bounded import json_text
from .._core.clock import Clock, Deadline
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError, ClusterUnreachable
from . import synthetic, verdict
from .hearers import receiver_names
from .messages import not_answered
from .service_proxy import path
from .synthetic import NEEDED_WAIT, Seen
from .verdict import Result, Verdict

#: Seconds between two looks, and beyond group_wait until Alertmanager has certainly sent a message.
INTERVAL, MARGIN = 0.5, 2.0
#: Looks in a row that must not find the alert any more, as any of several replicas answers.
LOOKS = 3


@dataclass(frozen=True)
class AlertProof:
    """What Alertmanager did with the alert.

    ``receivers``: where it sends it. ``second_message``: why chats may get another message, empty if they do not.
    """

    verdict: Verdict
    receivers: tuple[str, ...] = ()
    second_message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for a task's result."""
        return {**self.verdict.as_dict(), "receivers": list(self.receivers), "second_message": self.second_message}


@dataclass(frozen=True)
class SyntheticAlert:
    """The alert of one cluster. ``service``: Alertmanager's. ``is_message``: whether it is sent to the chats."""

    service: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    routes: Sequence[Taken] = field(default_factory=list)
    is_message: bool = False

    @property
    def name(self) -> str:
        """Its name, which no other alert has."""
        return self.labels["alertname"]


def prove(cluster: Cluster, alert: SyntheticAlert, clock: Clock, timeout: int) -> AlertProof:
    """Post the alert, see it and resolve it. ``timeout``: seconds to wait for Alertmanager to list it."""
    return _Proof(cluster, alert, clock).run(timeout)


class _Proof:
    def __init__(self, cluster: Cluster, alert: SyntheticAlert, clock: Clock) -> None:
        self._cluster = cluster
        self._alert = alert
        self._clock = clock
        self._wait = synthetic.group_wait(alert.routes)
        self._silenced = False
        self._forbidden: Verdict | None = None

    def run(self, timeout: int) -> AlertProof:
        posted_at = self._clock.time()
        if failed := self._posted():
            return AlertProof(failed)
        seen: Seen | None = None
        try:
            seen = self._look(Deadline(self._clock, self._seconds_to_look(timeout), INTERVAL), lambda found: found)
            if self._alert.is_message and seen:
                self._clock.sleep(max(0.0, posted_at + self._wait + MARGIN - self._clock.time()))
        finally:
            is_resolved = self._resolve(seen)
        elapsed = self._clock.time() - posted_at
        receivers = seen.receivers if seen else ()
        return AlertProof(self._verdict(seen), receivers, self._second_message(elapsed, is_resolved))

    def _seconds_to_look(self, timeout: int) -> int:
        """Return how long to look, so that the alert can be resolved before Alertmanager sends it."""
        return timeout if self._alert.is_message else min(timeout, max(1, int(self._wait - NEEDED_WAIT / 2)))

    def _posted(self) -> Verdict | None:
        """Post the alert; return the verdict if Alertmanager certainly does not have it."""
        body = synthetic.firing(self._alert.labels, self._alert.annotations)
        try:
            answer = self._cluster.proxied("post", self._path(synthetic.ALERTS), body)
        except ClusterUnreachable as error:
            # Whether it was posted is seen next; it is not posted again.
            return None if error.is_sent else not_answered(error, "Alertmanager", "KD504")
        except ClusterError as error:
            if error.status == 403:
                return verdict.forbidden(f"create services/proxy {self._alert.service}", error.message)
            return not_answered(error, "Alertmanager", "KD504")
        if answer.status < 300:
            return None
        text = answer.body.decode("utf-8", "replace").strip()[:300]
        return Verdict(
            Result.REFUSED, f"Alertmanager refuses the alert: HTTP status {answer.status} {text}", "", "KD504"
        )

    def _look(self, deadline: Deadline, is_enough: Callable[[Seen | None], object]) -> Seen | None:
        """Return what Alertmanager lists once that is enough, or at the deadline."""
        while True:
            found = self._seen()
            if is_enough(found) or self._forbidden or not deadline.wait():
                return found

    def _seen(self) -> Seen | None:
        try:
            answer = self._cluster.proxied("get", self._path(synthetic.query(self._alert.name)))
            return synthetic.seen(answer.body) if answer.status < 300 else None
        except ClusterError as error:
            if error.status == 403:
                self._forbidden = verdict.forbidden(f"get services/proxy {self._alert.service}", error.message)
            return None
        except json_text.NotJson:
            return None

    def _resolve(self, seen: Seen | None) -> bool:
        """Resolve the alert, and return whether no replica lists it any more. Resolving it again changes nothing."""
        if self._alert.is_message:
            self._silenced = self._write(synthetic.SILENCES, synthetic.silence(self._alert.name, self._clock.time()))
        starts_at = seen.starts_at if seen else synthetic.time_text(self._clock.time())
        body = synthetic.resolved(self._alert.labels, self._alert.annotations, starts_at)
        deadline = Deadline(self._clock, int(NEEDED_WAIT / 2), INTERVAL / 5)
        gone = 0
        is_posted = self._write(synthetic.ALERTS, body)
        while gone < LOOKS:
            gone = 0 if self._seen() else gone + 1
            if not gone:
                is_posted = self._write(synthetic.ALERTS, body)
            if gone < LOOKS and not deadline.wait():
                return False
        return is_posted

    def _write(self, rest: str, body: Any) -> bool:
        try:
            return self._cluster.proxied("post", self._path(rest), body).status < 300
        except ClusterError:
            return False

    def _path(self, rest: str) -> str:
        return path(self._alert.service, rest)

    def _verdict(self, seen: Seen | None) -> Verdict:
        expected = receiver_names(self._alert.routes)
        if seen is None and self._forbidden:
            return replace(self._forbidden, result=Result.UNKNOWN)
        if seen is None:
            return Verdict(
                Result.UNKNOWN,
                "Alertmanager does not list the test alert",
                "Look at the log of Alertmanager's pods.",
                "KD504",
            )
        if set(seen.receivers) != set(expected):
            return Verdict(
                Result.REFUSED,
                f"Alertmanager sends the test alert to receiver {', '.join(seen.receivers)}, and by its stored "
                f"configuration to {', '.join(expected)}",
                "Wait two minutes after a change. If it remains so, Alertmanager rejects the stored configuration, and "
                "its log has the reason.",
                "KD502",
            )
        if seen.state == "suppressed":
            return Verdict(
                Result.REFUSED,
                "Alertmanager suppresses the test alert by a silence or an inhibit rule",
                "Expire the silence, or correct the rule, if it is not meant for all alerts.",
                "KD505",
            )
        return Verdict(Result.DELIVERED)

    def _second_message(self, elapsed: float, is_resolved: bool) -> str:
        if self._alert.is_message:
            return "" if self._silenced else "Alertmanager will also send that the test alert is resolved"
        if not is_resolved:
            return "the test alert could not be resolved, so it is sent as well"
        if not synthetic.forms_own_group(self._alert.routes):
            return "the routes do not group alerts by alertname, so the test alert may be sent with others"
        if elapsed >= self._wait:
            return f"group_wait of the route is {self._wait:g} s, so the test alert may be sent before it is resolved"
        return ""
