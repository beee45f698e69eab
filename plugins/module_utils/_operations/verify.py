# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that alerts arrive: one test message per chat and robot over all clusters, and a synthetic alert on each.

All clusters are verified in one task, as only that knows which chats have their message, and keeps robots' limits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task, only_as_action
from .._delivery.alerts import Expectations
from .._delivery.outcome import WayEnds
from .._desired.chats import DesiredRobot
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.endpoints import SEND_TO_ROBOT
from .._dingtalk.api.errors import NotSent
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.robots.webhook import Webhook
from .._findings.finding import cited
from .._kubesphere.facts import Facts
from .._kubesphere.releases import WITHOUT_TEST
from .._verify import synthetic, verdict
from .._verify.alert import AlertProof, SyntheticAlert, prove
from .._verify.assignment import Assignment, in_order
from .._verify.cluster import BY_ALERT, VerifiedCluster, of_way
from .._verify.history import HistoryProof, Search
from .._verify.messages import SEND_TO_CHAT, Sent, send
from .._verify.remembered import Remembered
from .._verify.service_proxy import alertmanager_service
from .._verify.targets import ROBOT, Target
from .._verify.verdict import Result, Verdict
from .registered import FLEET_FROM, RESULTS_FROM

#: The number of clusters verified concurrently.
THREADS = 10

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
        found = self._in_parallel(self._connected, self._fleet.clusters.items())
        for item in found:
            item.expect(self._fleet.expect)  # which only Ansible's own thread can do
        self._in_parallel(lambda item: item.read(self._now), [item for item in found if not item.reason])
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

    def _connected(self, cluster: tuple[str, Mapping[str, Any] | str]) -> VerifiedCluster:
        host, access = cluster
        return VerifiedCluster.connected(host, access, self._task.secrets)

    def _end(self, item: VerifiedCluster) -> Verdict | None:
        return item.end(self._fleet.chat_ids, self._task.params["allow_others"])

    # -- test messages

    def _predict(self, ready: Sequence[VerifiedCluster]) -> None:
        """Say what would be sent in a run without check mode."""
        for item in sorted(ready, key=lambda item: not item.is_tested):
            assigned = self._assign(item)
            item.sent = {
                target: Sent(verdict.not_tried("check mode; a test message would be sent"), item.via)
                for target in assigned
            }
            ends = self._end(item)
            item.alert = AlertProof(ends or verdict.not_tried("check mode; a test alert would be posted"))
            if self._task.params["history"]:
                refused = self._no_history(item) or verdict.not_tried(
                    "check mode; the test alert would be sent, and looked for in the notification history"
                )
                item.history = HistoryProof(refused)

    def _assign(self, item: VerifiedCluster) -> list[Target]:
        if item.is_tested:
            return self._assignment.assign(item.host, item.targets)
        is_message = item.release == WITHOUT_TEST and not self._end(item)
        reached = item.reached()
        return reached if is_message and self._assignment.assign_all(item.host, reached) else []

    def _test(self, ready: Sequence[VerifiedCluster]) -> None:
        """Send the test messages; a chat to which certainly nothing was sent is proven on another cluster."""
        tested = {item.host: item for item in ready if item.is_tested}
        while jobs := in_order({host: item.targets for host, item in tested.items()}, self._assignment):
            self._in_parallel(lambda job: self._test_on(tested[job[0]], job[1]), jobs.items())

    def _test_on(self, item: VerifiedCluster, targets: Iterable[Target]) -> None:
        for target in targets:
            item.sent[target] = sent = self._send(item, target)
            if sent.verdict.result == Result.NOT_TRIED:
                self._assignment.release(target)

    def _send(self, item: VerifiedCluster, target: Target) -> Sent:
        if item.cluster is None or item.stored is None:
            return Sent(verdict.not_tried(""))
        try:
            question = item.question(target, self._text(item), self._dingtalk.app_key)
        except WayEnds as end:
            return Sent(of_way(end))
        if refused := self._charge(target):
            return Sent(refused)
        return send(item.cluster, question)

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

    def _text(self, item: VerifiedCluster) -> dict[str, str]:
        return synthetic.annotations_of(item.host, self._now)

    # -- the synthetic alert

    def _alert(self, ready: Sequence[VerifiedCluster]) -> None:
        messages = {item.host: assigned for item in ready if not item.is_tested and (assigned := self._assign(item))}
        charged = {host: self._charged(assigned) for host, assigned in messages.items()}
        searches = dict(self._in_parallel(self._searched, ready)) if self._task.params["history"] else {}

        def post(item: VerifiedCluster) -> None:
            assigned = messages.get(item.host, [])
            if refused := charged.get(item.host):
                item.sent |= {target: Sent(refused, BY_ALERT) for target in assigned}
                assigned = []
            search = searches.get(item.host)
            item.alert = self._prove(item, bool(assigned or search))
            if search:
                item.history = self._looked_up(search, item.alert)
            item.sent |= {target: Sent(_by_alert(item.alert), BY_ALERT) for target in assigned}

        self._in_parallel(post, ready)

    def _no_history(self, item: VerifiedCluster) -> Verdict | None:
        """Return why the alert is not looked for in the notification history, by what is known without a request."""
        return verdict.not_tried("no test alert is posted") if self._end(item) else item.no_history()

    def _searched(self, item: VerifiedCluster) -> tuple[str, Search | None]:
        """Return the search in the notification history of a cluster, None if it is not tried: no message is sent then.

        The alert is one more message to all that it reaches, as the history lists only what was sent.
        """
        refused, search = self._no_history(item), item.search(self._now)
        if not refused and search:
            refused = search.refusal() or self._charged(item.reached())
        if refused:
            item.history, search = HistoryProof(refused), None
        return item.host, search

    def _looked_up(self, search: Search, alert: AlertProof) -> HistoryProof:
        if alert.verdict.result != Result.DELIVERED:
            return HistoryProof(verdict.not_tried("Alertmanager did not take the test alert as expected"))
        return search.await_listed(self._task.clock)

    def _charged(self, targets: Iterable[Target]) -> Verdict | None:
        return next(filter(None, map(self._charge, targets)), None)

    def _prove(self, item: VerifiedCluster, is_message: bool) -> AlertProof:
        if end := self._end(item):
            return AlertProof(end)
        if item.cluster is None or item.facts is None:
            return AlertProof(verdict.not_tried(""))
        service = alertmanager_service(item.facts.is_kubesphere_4)
        alert = SyntheticAlert(
            service=service,
            labels=item.labels,
            annotations=self._text(item),
            routes=item.routes,
            is_message=is_message,
        )
        return prove(item.cluster, alert, self._task.clock, self._task.params["timeout"])

    # -- the rest

    def _remember(self, ready: Iterable[VerifiedCluster]) -> None:
        """Write down on the controller what was proven, for the doctor."""
        for item in ready:
            verdicts = {target: sent.verdict for target, sent in item.sent.items()}
            uid = item.facts.cluster_uid if item.facts else ""
            try:
                Remembered.of(self._task, uid).write(verdicts, self._now)
            except OperationError as error:  # the messages are sent, and their verdicts are not to be lost
                self._task.warn(cited(error.message, error.finding))

    def _fill(self, found: Iterable[VerifiedCluster]) -> None:
        """Say of each remaining target why it was not tried."""
        for item in found:
            if item.alert is None and item.reason:
                item.alert = AlertProof(item.reason)
            for target in item.targets:
                reason = item.not_tried(target, self._assignment.prover(target))
                item.sent.setdefault(target, Sent(reason, item.via))


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
                "history": {"type": "bool", "default": False},
                "timeout": {"type": "int", "default": 60},
                **FLEET_FROM,
                **RESULTS_FROM,
            }
        )
    ),
    run=only_as_action("verify"),
)
