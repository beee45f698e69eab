# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere 4's notification history, which lists the alerts that notification-manager has sent.

Sources: kubesphere/notification-manager (pkg/history: the stage after pkg/notify, which marks each alert that at least
one receiver accepted with ``notificationTime``; pkg/store: alerts wait for ``batchMaxWait`` before they are sent);
kubesphere/kubesphere-skills (whizard-notification: the Service, the path and its parameters). Vector writes what the
history's webhook gets into OpenSearch, from which whizard-telemetry-apiserver reads it. The shape of its answer is
not published; that for events and audit events is ``{"query": {"total": 1, "records": [...]}}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .._core.bounded import json_text
from .._core.clock import Clock, Deadline, epoch, moment
from .._core.errors import OperationError
from .._delivery.holdings import Holdings, known, part
from .._delivery.outcome import WayEnds
from .._fleet.verification import HISTORY_NOT_ASKED
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError, ClusterUnreachable
from .._kubesphere.api import PREFIX
from .._kubesphere.facts import Facts
from .._kubesphere.missing_permissions import FORBIDDEN
from .._kubesphere.permissions import HISTORY_NAMESPACE, HISTORY_SERVICE
from . import verdict
from .service_proxy import HISTORY, path, with_fallback
from .verdict import Result, Verdict

#: Seconds to wait for the alert to be listed: notification-manager collects alerts for a minute by default, vector for
#: five seconds, and OpenSearch lists them after a few more. ``INTERVAL``: seconds between two searches.
TIMEOUT, INTERVAL = 120, 5.0
#: Seconds by which the clocks of controller and cluster may differ: only limits the search, as the name is unique.
_SKEW = 3600
_SIZE = 10
#: Where a record may have the name of its alert, and where the time of its notification.
_NAMES = (("labels", "alertname"), ("alert", "labels", "alertname"), ("alertname",))
_TIMES = (("notificationTime",), ("alert", "notificationTime"))
_SUCCESS = (("notifySuccessful",), ("alert", "notifySuccessful"))
FINDING = "KD705"


@dataclass(frozen=True)
class HistoryProof:
    """Whether the history lists the test alert. ``time``: of the notification, empty if that is not known."""

    verdict: Verdict
    time: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for a task's result."""
        return {**self.verdict.as_dict(), "time": self.time}


NOT_ASKED = HistoryProof(verdict.not_tried(HISTORY_NOT_ASKED))


def unavailable(facts: Facts | None, holdings: Holdings) -> Verdict | None:
    """Return why a cluster has no history by what it holds, None if it has one."""
    if facts is None or not facts.is_kubesphere_4:
        release = facts.release if facts else holdings.release
        return verdict.not_tried(f"KubeSphere {release} has no notification history")
    try:
        manager = known(holdings.manager)
    except WayEnds as end:
        return Verdict(Result.NOT_TRIED, end.cause, end.cure, end.finding)
    webhook = part(manager or {}, "spec", "history", "webhook")
    if webhook and webhook.get("enabled") is not False:
        return None
    return verdict.not_tried(
        "the notification history is off",
        "Set notification-history.enabled: true in the InstallPlan whizard-notification. It requires the extensions "
        "vector and opensearch.",
    )


class Unreadable(Exception):
    """The answer of the history has an unknown shape."""


class Search:
    """The search for one alert. ``has_api``: whether an account for KubeSphere's own API is configured."""

    def __init__(self, cluster: Cluster, alertname: str, now: float, has_api: bool = False) -> None:
        self._cluster = cluster
        self._name = alertname
        self._has_api = has_api
        query = {"alertname": alertname, "start_time": int(now) - _SKEW, "size": _SIZE}
        self._path = f"{HISTORY}?{urlencode(query)}"

    def refusal(self) -> Verdict | None:
        """Search once; return why the history cannot be searched, None if it can. Nothing is sent by then."""
        try:
            self._find()
        except Unreadable:
            return self._no_answer("its answer has an unknown shape")
        except ClusterError as error:
            return self._refused(error)
        except OperationError as error:
            return self._no_answer(error.message.rstrip("."))
        return None

    def await_listed(self, clock: Clock) -> HistoryProof:
        """Search until the alert is listed, for at most :data:`TIMEOUT` seconds."""
        deadline = Deadline(clock, TIMEOUT, INTERVAL)
        while True:
            cause = ""
            try:
                if found := self._find():
                    return found
            except Unreadable:
                cause = "; its last answer has an unknown shape"
            except OperationError as error:
                cause = f"; its last answer: {error.message.rstrip('.')}"
            if not deadline.wait():
                text = f"the notification history does not list the test alert after {TIMEOUT} s{cause}"
                return HistoryProof(Verdict(Result.UNKNOWN, text, _CURE, FINDING))

    def _find(self) -> HistoryProof | None:
        """Return the proof if the alert is listed; raises ``ClusterError``, ``OperationError`` or ``Unreadable``."""
        answer, _via = with_fallback(self._by_proxy, self._by_api if self._has_api else None, (403, 404))
        found = next((record for record in records(answer) if is_of(record, self._name)), None)
        return None if found is None else HistoryProof(Verdict(Result.DELIVERED), time_of(found))

    def _by_proxy(self) -> Any:
        answer = self._cluster.proxied("get", path(HISTORY_SERVICE, self._path, HISTORY_NAMESPACE))
        if answer.status == 404:
            raise ClusterError("whizard-telemetry serves no notification history", 404, finding=FINDING)
        if answer.status >= 300:
            raise OperationError(f"HTTP status {answer.status}", finding=FINDING)
        try:
            return json_text.load(answer.body)
        except json_text.NotJson:
            raise Unreadable from None

    def _by_api(self) -> Any:
        return self._cluster.request("get", PREFIX + self._path)

    def _refused(self, error: ClusterError) -> Verdict:
        if isinstance(error, ClusterUnreachable):
            return verdict.not_tried(error.message.rstrip("."), "", "KD301")
        if error.status == 403 and error.finding == FORBIDDEN:
            return verdict.forbidden(f"get services/proxy {HISTORY_SERVICE}", error.message)
        if error.status == 404:
            return verdict.not_tried(
                f"the extension whizard-telemetry is not installed, or has no notification history: "
                f"{error.message.rstrip('.')}",
                "Install it: Extensions Center (扩展市场) of KubeSphere's console.",
            )
        return Verdict(Result.NOT_TRIED, error.message.rstrip("."), "", error.finding or FINDING)

    def _no_answer(self, cause: str) -> Verdict:
        return Verdict(Result.NOT_TRIED, f"the notification history cannot be searched: {cause}", _CURE, FINDING)


def records(answer: Any) -> list[Mapping[str, Any]]:
    """Return the records of an answer: at its top or below ``query``; raises :class:`Unreadable`."""
    if not isinstance(answer, Mapping):
        raise Unreadable
    holders = [answer, *([answer["query"]] if isinstance(answer.get("query"), Mapping) else [])]
    lists = [holder["records"] for holder in holders if isinstance(holder.get("records"), list)]
    if not lists and answer and not any("total" in holder or "records" in holder or not holder for holder in holders):
        raise Unreadable
    return [record for listed in lists for record in listed if isinstance(record, Mapping)]


def is_of(record: Mapping[str, Any], name: str) -> bool:
    """Return whether a record is of the alert of this name, and not of a notification that failed."""
    is_sent = all(value is not False for value in _values(record, _SUCCESS))
    return is_sent and any(value == name for value in _values(record, _NAMES))


def time_of(record: Mapping[str, Any]) -> str:
    """Return the time of a record's notification in words, empty if it has none that can be read."""
    for value in _values(record, _TIMES):
        time = epoch(value) if isinstance(value, str) else _number(value)
        try:
            if time and time > 0:
                return moment(time)
        except (ValueError, OverflowError, OSError):
            continue
    return ""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _values(record: Mapping[str, Any], paths: tuple[tuple[str, ...], ...]) -> Iterator[Any]:
    """Yield the values at paths; the last name may begin with a capital, as in Go."""
    for *parents, last in paths:
        holder = part(record, *parents)
        for name in (last, last[0].upper() + last[1:]):
            if name in holder:
                yield holder[name]


_CURE = (
    "It may take longer: look at the notification history in KubeSphere's console. If the alert is in the chats and "
    "not there, check that the extensions vector and opensearch run: Extensions Center (扩展市场) of the console, and "
    "the pods of vector-aggregator in kubesphere-logging-system."
)
