# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster in the proof that alerts arrive: what it is and holds, which ways alerts take, and what is proven."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._alertmanager.routes import Taken, taken
from .._core.errors import OperationError
from .._core.masking import Secrets
from .._delivery.alerts import Alert, Expectations, ExpectedReceiver
from .._delivery.destinations import chat_ids_of, robot_of, to_chats, to_robot
from .._delivery.holdings import Forbidden, Holdings, known, mapping
from .._delivery.manager import manager_of
from .._delivery.outcome import Result as Way
from .._delivery.outcome import WayEnds
from .._delivery.receivers import check_enabled, receive, receiver_of
from .._delivery.routing import route
from .._kubernetes.client import Cluster
from .._kubernetes.router import ObjectRouter
from .._kubesphere.api import connect
from .._kubesphere.facts import Facts, read_facts, require_supported
from .._kubesphere.releases import WITHOUT_TEST
from . import hearers, synthetic, verdict
from .alert import AlertProof
from .delivery import Stored, read_stored
from .history import NOT_ASKED, HistoryProof, Search, unavailable
from .messages import Question, Sent
from .settings import body
from .targets import ROBOT, Target, targets_of
from .verdict import Result, Verdict

#: How a message was sent that is the synthetic alert.
BY_ALERT = "alert"


@dataclass
class VerifiedCluster:
    """One cluster: what it is, and what has been proven on it so far.

    ``reason``: why nothing can be proven, None if it can. ``routes``: those that the synthetic alert takes.
    """

    host: str
    reason: Verdict | None = None
    cluster: Cluster | None = None
    facts: Facts | None = None
    has_api: bool = False
    expected: tuple[ExpectedReceiver, ...] = ()
    targets: list[Target] = field(default_factory=list)
    stored: Stored | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    routes: list[Taken] = field(default_factory=list)
    alert: AlertProof | None = None
    history: HistoryProof = NOT_ASKED
    sent: dict[Target, Sent] = field(default_factory=dict)

    @classmethod
    def connected(cls, host: str, access: Mapping[str, Any] | str, secrets: Secrets) -> VerifiedCluster:
        """Return a cluster with its facts. ``access``: access options, or why it is not verified."""
        if isinstance(access, str):
            return cls(host, verdict.not_tried(access))
        found = cls(host, has_api=bool(access.get("api_token") or access.get("api_username")))
        try:
            found.cluster = connect(access, secrets)
            found.facts = _newest(read_facts(found.cluster))
            require_supported(found.facts)
        except OperationError as error:
            found.reason = verdict.not_tried(error.message.rstrip("."))
        return found

    @property
    def release(self) -> str:
        """The release line, empty if it is unknown."""
        return self.facts.release if self.facts else ""

    @property
    def is_tested(self) -> bool:
        """Whether its notification-manager tests single chats: a member of KubeSphere 3.x has its host's settings."""
        return self.facts is not None and self.release != WITHOUT_TEST and self.facts.role != "member"

    @property
    def via(self) -> str:
        """How a message is sent on it."""
        return "" if self.is_tested else BY_ALERT

    def as_dict(self) -> dict[str, Any]:
        """Return the cluster for a result."""
        alert = self.alert or AlertProof(self.reason or verdict.not_tried(""))
        return {
            "release": self.release,
            "alert": alert.as_dict(),
            "history": self.history.as_dict(),
            "targets": [
                {**vars(target), "via": sent.via, **sent.verdict.as_dict()} for target, sent in self.sent.items()
            ],
        }

    def expect(self, expect: Callable[[str, Facts], Expectations]) -> None:
        """Find out what the inventory expects of it, by ``expect``."""
        if self.reason or self.facts is None:
            return
        if self.facts.is_kubesphere_4_member:
            self.reason = verdict.not_tried("on KubeSphere 4, the host sends the alerts of its members")
            return
        try:
            self.expected = expect(self.host, self.facts).receivers
        except OperationError as error:
            self.reason = verdict.not_tried(error.message.rstrip("."))
            return
        self.targets = targets_of(self.expected)
        if not self.targets:
            self.reason = verdict.not_tried("the inventory sends no alerts of this cluster to DingTalk")

    def read(self, now: float) -> None:
        """Read what it holds, and choose the labels of the synthetic alert with which it reaches the most targets."""
        if self.cluster is None or self.facts is None:
            return
        try:
            self.stored = read_stored(ObjectRouter(self.cluster), self.facts, Expectations(self.expected))
        except OperationError as error:
            self.reason = verdict.not_tried(error.message.rstrip("."))
            return
        choices = [synthetic.labels_of(self.release, name, self.host, now) for name in synthetic.SEVERITIES]
        self.labels = max(choices, key=lambda labels: sum(self._way(labels, target) is None for target in self.targets))
        document = self.stored.holdings.alertmanager
        if not isinstance(document, Forbidden):
            self.routes = taken(mapping(mapping(document).get("route")), self.labels)

    def way(self, target: Target) -> WayEnds | None:
        """Return where the way of the synthetic alert to a target ends, None if it arrives, or if that is not known."""
        return self._way(self.labels, target)

    def _way(self, labels: Mapping[str, str], target: Target) -> WayEnds | None:
        if self.stored is None:
            return None
        holdings, expected = self.stored.holdings, self._receiver(target)
        if expected.user:
            return WayEnds(Way.EXCLUDED, "the test alert has no namespace, so no tenant gets it")
        alert = Alert("test alert", labels)
        try:
            route(holdings, alert, Expectations(self.expected))
            receiver, _steps = receive(holdings, alert, expected)
            (to_robot if target.kind == ROBOT else to_chats)(holdings, receiver, expected)
        except WayEnds as end:
            return None if end.result == Way.UNKNOWN else end
        return None

    def question(self, target: Target, annotations: Mapping[str, str], app_key: str) -> Question:
        """Return the test message to a target; raises ``WayEnds`` if its Receiver cannot send any."""
        if self.stored is None:
            raise WayEnds(Way.UNKNOWN, "")
        holdings, expected = self.stored.holdings, self._receiver(target)
        self._check_stored(holdings, target)
        text = {"labels": {**self.labels, "cluster": self.host}, "annotations": annotations}
        return Question(
            body(holdings, expected, target, text),
            release=self.release,
            user=expected.user,
            has_api=self.has_api,
            app_key=app_key,
        )

    def _receiver(self, target: Target) -> ExpectedReceiver:
        return next(item for item in self.expected if item.name == target.receiver)

    def _check_stored(self, holdings: Holdings, target: Target) -> None:
        """Raise ``WayEnds`` if the stored Receiver does not have the target or is disabled.

        A test would be sent nevertheless, and would say nothing about alerts.
        """
        expected = self._receiver(target)
        receiver = receiver_of(holdings, expected)
        check_enabled(receiver, expected)
        if target.kind == ROBOT:
            robot_of(holdings, receiver, expected)
        else:
            chat_ids_of(holdings, receiver, replace(expected, chats={target.chat_id: target.key}))

    def end(self, chat_ids: Collection[str], allow_others: bool) -> Verdict | None:
        """Return why the synthetic alert is not posted, None if it is.

        ``chat_ids``: of all chats of the inventory. ``allow_others``: whether others may get it.
        """
        if self.stored is None:
            return verdict.not_tried("")
        holdings = self.stored.holdings
        try:
            route(holdings, Alert("test alert", self.labels), Expectations(self.expected))
            document = known(holdings.alertmanager) or {}
            found = hearers.beside_notification_manager(document, self.routes)
            if not allow_others:
                receivers = known(self.stored.receivers)
                manager = manager_of(holdings)
                found += hearers.at_notification_manager(manager, receivers, self.labels, self.expected, chat_ids)
        except WayEnds as end:
            return of_way(end)
        return verdict.others(found) if found and not allow_others else None

    def reached(self) -> list[Target]:
        """Return the targets that get the synthetic alert if it is sent, as far as that is known."""
        return [target for target in self.targets if self.way(target) is None]

    def no_history(self) -> Verdict | None:
        """Return why the synthetic alert cannot be looked for in the notification history, None if it can."""
        if self.stored is None:
            return verdict.not_tried("")
        if found := unavailable(self.facts, self.stored.holdings):
            return found
        return None if self.reached() else verdict.not_tried("the test alert reaches no chat or robot of the inventory")

    def search(self, now: float) -> Search | None:
        """Return the search for the synthetic alert in the notification history. ``now``: in epoch seconds."""
        return Search(self.cluster, self.labels["alertname"], now, self.has_api) if self.cluster else None

    def not_tried(self, target: Target, prover: str) -> Verdict:
        """Return why a target has no verdict yet. ``prover``: the host that proves it for all, empty if none does."""
        if self.reason:
            return self.reason
        if prover:
            return verdict.not_tried(f"one message per run is enough; {prover} sends it")
        if end := self.way(target):
            return of_way(end)
        if self.release != WITHOUT_TEST:
            return verdict.not_tried("its settings are those of its host, whose notification-manager tests them")
        if self.alert and self.alert.verdict.result == Result.NOT_TRIED:
            return self.alert.verdict
        return verdict.not_tried(
            "the test alert would reach chats that have a message already",
            "Set verify_each_cluster: true for a message from each cluster.",
        )


def of_way(end: WayEnds) -> Verdict:
    """Return the verdict of a target whose way ends before it."""
    return Verdict(Result.NOT_TRIED, end.cause, end.cure, end.finding)


def _newest(facts: Facts) -> Facts:
    """Return the facts of a cluster whose objects are read as notification-manager's test takes them."""
    return replace(facts, notification_api_version=facts.manager_api_version)
