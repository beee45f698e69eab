# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that alerts arrive: one test message per chat and robot over all clusters, and a synthetic alert on each.

All clusters are verified in one task, as only that knows which chats have their message, and keeps robots' limits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

from .._alertmanager.routes import Taken, taken
from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task, only_as_action
from .._delivery.alerts import Alert, Expectations, ExpectedReceiver
from .._delivery.destinations import chat_ids_of, robot_of, to_chats, to_robot
from .._delivery.holdings import Forbidden, known, mapping
from .._delivery.outcome import Result as Way
from .._delivery.outcome import WayEnds
from .._delivery.receivers import check_enabled, manager_of, receive, receiver_of
from .._delivery.routing import route
from .._desired.chats import DesiredRobot
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.endpoints import SEND_TO_ROBOT
from .._dingtalk.api.errors import NotSent
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.robots.webhook import Webhook
from .._findings.finding import cited
from .._kubernetes.client import Cluster
from .._kubernetes.router import ObjectRouter
from .._kubesphere.api import connect
from .._kubesphere.facts import Facts, read_facts, require_supported
from .._kubesphere.releases import WITHOUT_TEST
from .._verify import hearers, settings, synthetic, verdict
from .._verify.alert import AlertProof, SyntheticAlert, prove
from .._verify.assignment import Assignment, in_order
from .._verify.messages import SEND_TO_CHAT, Question, Sent, send
from .._verify.remembered import Remembered
from .._verify.service_proxy import alertmanager_service
from .._verify.targets import ROBOT, Target, targets_of
from .._verify.verdict import Result, Verdict
from .alert_delivery import Stored, read_stored

#: The number of clusters verified concurrently.
THREADS = 10
#: How a message was sent that is the synthetic alert.
BY_ALERT = "alert"

T = TypeVar("T")


@dataclass(frozen=True)
class VerifiedFleet:
    """What the inventory has.

    ``clusters``: host -> access options, or why it is not verified. ``expect``: returns what a cluster is expected to
    deliver, by its facts. ``chat_ids``: of all chats of the inventory. ``robots``: its robots by key.
    """

    clusters: Mapping[str, Mapping[str, Any] | str]
    expect: Callable[[str, Facts], Expectations]
    chat_ids: Collection[str] = ()
    robots: Mapping[str, DesiredRobot] = field(default_factory=dict)


@dataclass
class _Verified:
    """One cluster: what it is, and what has been proven on it so far.

    ``reason``: why nothing can be proven, empty if it can. ``routes``: those that the synthetic alert takes.
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
    sent: dict[Target, Sent] = field(default_factory=dict)

    @property
    def release(self) -> str:
        return self.facts.release if self.facts else ""

    @property
    def is_tested(self) -> bool:
        """Whether its notification-manager tests single chats: a member of KubeSphere 3.x has its host's settings."""
        return self.facts is not None and self.release != WITHOUT_TEST and self.facts.role != "member"

    def receiver(self, target: Target) -> ExpectedReceiver:
        return next(item for item in self.expected if item.name == target.receiver)

    def as_dict(self) -> dict[str, Any]:
        alert = self.alert or AlertProof(self.reason or verdict.not_tried(""))
        return {
            "release": self.release,
            "alert": alert.as_dict(),
            "targets": [
                {**vars(target), "via": sent.via, **sent.verdict.as_dict()} for target, sent in self.sent.items()
            ],
        }


def run_verify(task: Task, fleet: VerifiedFleet) -> dict[str, Any]:
    """Verify the clusters; raises ``OperationError`` with all verdicts if any chat, robot or route refuses."""
    return reporting_calls(lambda task, dingtalk: _Run(task, dingtalk, fleet).run())(task)


class _Run:
    def __init__(self, task: Task, dingtalk: DingTalk, fleet: VerifiedFleet) -> None:
        self._task = task
        self._dingtalk = dingtalk
        self._fleet = fleet
        self._assignment = Assignment(task.params["each_cluster"])
        self._charging = Lock()
        self._now = task.clock.time()

    def run(self) -> dict[str, Any]:
        found = self._in_parallel(self._connected, self._fleet.clusters)
        for item in found:
            self._expect(item)
        self._in_parallel(self._read, [item for item in found if not item.reason])
        ready = [item for item in found if not item.reason]
        if self._task.check_mode:
            self._predict(ready)
        else:
            self._test(ready)
            self._alert(ready)
            self._remember(ready)
        self._fill(found)
        clusters = {item.host: item.as_dict() for item in found}
        if refused := _refusals(clusters):
            listed = "\n".join(f"- {line}" for line, _finding in refused)
            raise OperationError(f"Alerts do not arrive:\n{listed}", finding=refused[0][1], clusters=clusters)
        return {"changed": False, "clusters": clusters}

    def _in_parallel(self, function: Callable[[T], Any], items: Iterable[T]) -> list[Any]:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(function, items))

    def _connected(self, host: str) -> _Verified:
        access = self._fleet.clusters[host]
        if isinstance(access, str):
            return _Verified(host, verdict.not_tried(access))
        found = _Verified(host, has_api=bool(access.get("api_token") or access.get("api_username")))
        try:
            found.cluster = connect(access, self._task.secrets)
            found.facts = _newest(read_facts(found.cluster))
            require_supported(found.facts)
        except OperationError as error:
            found.reason = verdict.not_tried(error.message.rstrip("."))
        return found

    def _expect(self, item: _Verified) -> None:
        """Find out what the inventory expects of a cluster, which is known in Ansible's own thread only."""
        if item.reason or item.facts is None:
            return
        if item.facts.is_kubesphere_4_member:
            item.reason = verdict.not_tried("on KubeSphere 4, the host sends the alerts of its members")
            return
        try:
            item.expected = self._fleet.expect(item.host, item.facts).receivers
        except OperationError as error:
            item.reason = verdict.not_tried(error.message.rstrip("."))
            return
        item.targets = targets_of(item.expected)
        if not item.targets:
            item.reason = verdict.not_tried("the inventory sends no alerts of this cluster to DingTalk")

    def _read(self, item: _Verified) -> None:
        if item.cluster is None or item.facts is None:
            return
        try:
            item.stored = read_stored(ObjectRouter(item.cluster), item.facts, Expectations(item.expected))
        except OperationError as error:
            item.reason = verdict.not_tried(error.message.rstrip("."))
            return
        item.labels = self._labels(item)
        document = item.stored.holdings.alertmanager
        if not isinstance(document, Forbidden):
            item.routes = taken(mapping(mapping(document).get("route")), item.labels)

    def _labels(self, item: _Verified) -> Mapping[str, str]:
        """Return the labels of the synthetic alert with which it reaches the most targets."""
        choices = [synthetic.labels_of(item.release, name, item.host, self._now) for name in synthetic.SEVERITIES]
        return max(choices, key=lambda labels: sum(_way(item, labels, target) is None for target in item.targets))

    # -- test messages

    def _predict(self, ready: Sequence[_Verified]) -> None:
        """Say what would be sent in a run without check mode."""
        for item in sorted(ready, key=lambda item: not item.is_tested):
            assigned = self._assign(item)
            item.sent = {
                target: Sent(verdict.not_tried("check mode; a test message would be sent"), _via(item))
                for target in assigned
            }
            ends = self._end(item)
            item.alert = AlertProof(ends or verdict.not_tried("check mode; a test alert would be posted"))

    def _assign(self, item: _Verified) -> list[Target]:
        if item.is_tested:
            return self._assignment.assign(item.host, item.targets)
        is_message = item.release == WITHOUT_TEST and not self._end(item)
        reached = [target for target in item.targets if _way(item, item.labels, target) is None]
        return reached if is_message and self._assignment.assign_all(item.host, reached) else []

    def _test(self, ready: Sequence[_Verified]) -> None:
        """Send the test messages; a chat to which certainly nothing was sent is proven on another cluster."""
        tested = {item.host: item for item in ready if item.is_tested}
        while jobs := in_order({host: item.targets for host, item in tested.items()}, self._assignment):
            self._in_parallel(lambda job: self._test_on(tested[job[0]], job[1]), jobs.items())

    def _test_on(self, item: _Verified, targets: Iterable[Target]) -> None:
        for target in targets:
            item.sent[target] = sent = self._send(item, target)
            if sent.verdict.result == Result.NOT_TRIED:
                self._assignment.release(target)

    def _send(self, item: _Verified, target: Target) -> Sent:
        if item.cluster is None or item.stored is None:
            return Sent(verdict.not_tried(""))
        expected = item.receiver(target)
        text = {"labels": {**item.labels, "cluster": item.host}, "annotations": self._text(item)}
        try:
            _check_stored(item, target)
            body = settings.body(item.stored.holdings, expected, target, text)
        except WayEnds as end:
            return Sent(_of_way(end))
        if refused := self._charge(target):
            return Sent(refused)
        key = self._dingtalk.app_key
        return send(item.cluster, Question(body, item.release, expected.user, item.has_api, key))

    def _charge(self, target: Target) -> Verdict | None:
        """Charge a message to the budget and the robot's limits; return the verdict if they do not allow it."""
        with self._charging:
            try:
                if target.kind != ROBOT:
                    self._dingtalk.charge(SEND_TO_CHAT, subject=target.key)
                    return None
                robot = self._fleet.robots.get(target.key)
                if robot is not None and robot.webhook:
                    webhook = Webhook.from_url(robot.webhook, secrets=self._task.secrets)
                    self._dingtalk.charge(SEND_TO_ROBOT, {"access_token": webhook.token}, target.key)
            except NotSent as error:
                return verdict.not_tried(error.message.rstrip("."))
            return None

    def _text(self, item: _Verified) -> dict[str, str]:
        return synthetic.annotations_of(item.host, self._now)

    # -- the synthetic alert

    def _end(self, item: _Verified) -> Verdict | None:
        """Return why the synthetic alert is not posted, None if it is."""
        if item.stored is None:
            return verdict.not_tried("")
        holdings, allowed = item.stored.holdings, self._task.params["allow_others"]
        try:
            route(holdings, _alert(item.labels), Expectations(item.expected))
            document = known(holdings.alertmanager) or {}
            found = hearers.beside_notification_manager(document, item.routes)
            if not allowed:
                receivers = known(item.stored.receivers)
                manager = manager_of(holdings)
                found += hearers.at_notification_manager(
                    manager, receivers, item.labels, item.expected, self._fleet.chat_ids
                )
        except WayEnds as end:
            return _of_way(end)
        return verdict.others(found) if found and not allowed else None

    def _alert(self, ready: Sequence[_Verified]) -> None:
        messages = {item.host: assigned for item in ready if not item.is_tested and (assigned := self._assign(item))}
        charged = {host: self._charged(assigned) for host, assigned in messages.items()}

        def post(item: _Verified) -> None:
            assigned = messages.get(item.host, [])
            if refused := charged.get(item.host):
                item.sent |= {target: Sent(refused, BY_ALERT) for target in assigned}
                assigned = []
            item.alert = self._prove(item, bool(assigned))
            item.sent |= {target: Sent(_by_alert(item.alert), BY_ALERT) for target in assigned}

        self._in_parallel(post, ready)

    def _charged(self, targets: Iterable[Target]) -> Verdict | None:
        return next(filter(None, map(self._charge, targets)), None)

    def _prove(self, item: _Verified, is_message: bool) -> AlertProof:
        if end := self._end(item):
            return AlertProof(end)
        if item.cluster is None or item.facts is None:
            return AlertProof(verdict.not_tried(""))
        service = alertmanager_service(item.facts.is_kubesphere_4)
        alert = SyntheticAlert(service, item.labels, self._text(item), item.routes, is_message)
        return prove(item.cluster, alert, self._task.clock, self._task.params["timeout"])

    # -- the rest

    def _remember(self, ready: Iterable[_Verified]) -> None:
        """Write down on the controller what was proven, for the doctor."""
        for item in ready:
            verdicts = {target: sent.verdict for target, sent in item.sent.items()}
            uid = item.facts.cluster_uid if item.facts else ""
            try:
                Remembered.of(self._task, uid).write(verdicts, self._now)
            except OperationError as error:  # the messages are sent, and their verdicts are not to be lost
                self._task.warn(cited(error.message, error.finding))

    def _fill(self, found: Iterable[_Verified]) -> None:
        """Say of each remaining target why it was not tried."""
        for item in found:
            if item.alert is None and item.reason:
                item.alert = AlertProof(item.reason)
            for target in item.targets:
                item.sent.setdefault(target, Sent(item.reason or self._not_tried(item, target), _via(item)))

    def _not_tried(self, item: _Verified, target: Target) -> Verdict:
        if prover := self._assignment.prover(target):
            return verdict.not_tried(f"one message per run is enough; {prover} sends it")
        if end := _way(item, item.labels, target):
            return _of_way(end)
        if item.release != WITHOUT_TEST:
            return verdict.not_tried("its settings are those of its host, whose notification-manager tests them")
        if item.alert and item.alert.verdict.result == Result.NOT_TRIED:
            return item.alert.verdict
        return verdict.not_tried(
            "the test alert would reach chats that have a message already",
            "Set verify_each_cluster: true for a message from each cluster.",
        )


def _via(item: _Verified) -> str:
    return "" if item.is_tested else BY_ALERT


def _newest(facts: Facts) -> Facts:
    """Return the facts of a cluster whose objects are read as notification-manager's test takes them."""
    return replace(facts, notification_api_version=facts.manager_api_version)


def _alert(labels: Mapping[str, str]) -> Alert:
    return Alert("test alert", labels)


def _way(item: _Verified, labels: Mapping[str, str], target: Target) -> WayEnds | None:
    """Return where the way of an alert to a target ends, None if it arrives, or if that is not known."""
    if item.stored is None:
        return None
    holdings, alert, expected = item.stored.holdings, _alert(labels), item.receiver(target)
    if expected.user:
        return WayEnds(Way.EXCLUDED, "the test alert has no namespace, so no tenant gets it")
    try:
        route(holdings, alert, Expectations(item.expected))
        receiver, _steps = receive(holdings, alert, expected)
        (to_robot if target.kind == ROBOT else to_chats)(holdings, receiver, expected)
    except WayEnds as end:
        return None if end.result == Way.UNKNOWN else end
    return None


def _check_stored(item: _Verified, target: Target) -> None:
    """Raise ``WayEnds`` if the stored Receiver does not have the target or is disabled.

    A test would be sent nevertheless, and would say nothing about alerts.
    """
    if item.stored is None:
        return
    holdings, expected = item.stored.holdings, item.receiver(target)
    receiver = receiver_of(holdings, expected)
    check_enabled(receiver, expected)
    if target.kind == ROBOT:
        robot_of(holdings, receiver, expected)
    else:
        chat_ids_of(holdings, receiver, replace(expected, chats={target.chat_id: target.key}))


def _of_way(end: WayEnds) -> Verdict:
    return Verdict(Result.NOT_TRIED, end.cause, end.cure, end.finding)


def _by_alert(proof: AlertProof) -> Verdict:
    """Return the verdict of a chat for an alert that was sent to it, of which DingTalk's answer is not known."""
    if proof.verdict.result != Result.DELIVERED:
        return proof.verdict
    return Verdict(
        Result.UNKNOWN,
        f"Alertmanager sent the test alert to receiver {', '.join(proof.receivers)}; notification-manager of "
        f"KubeSphere {WITHOUT_TEST} does not report DingTalk's answer",
        "Look whether the test message has arrived.",
        "KD703",
    )


def _refusals(clusters: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return a line and the finding of each refusal."""
    found = []
    for host, cluster in clusters.items():
        named = [("alerts", cluster["alert"])]
        named += [(f"{target['kind']} {target['key']}", target) for target in cluster["targets"]]
        for name, item in named:
            if item["result"] == Result.REFUSED:
                line = cited(f"{host}: {name}: {item['cause']}. {item['cure']}".strip(), item["finding"])
                found.append((line, item["finding"]))
    return found


OPERATION = Operation(
    spec=dingtalk_spec(app_required=False).merge(
        ArgumentSpec(
            options={
                "hosts": {"type": "list", "elements": "str"},
                "each_cluster": {"type": "bool", "default": False},
                "allow_others": {"type": "bool", "default": False},
                "timeout": {"type": "int", "default": 60},
            }
        )
    ),
    run=only_as_action("verify"),
)
