# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a run, in the order in which it is read.

Counts, failures, where alerts arrive, what is left to people, and the calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.text import few, grouped
from . import chat_listing
from .alert_delivery import delivery_lines
from .quota_forecast import CALLS, WEBHOOK_MESSAGES, Forecast, sends_of_outcomes
from .same_clusters import cluster_uids, same_cluster, with_same_uid
from .verification import verification_lines

NOTHING = (
    "Nothing was run: no chats, robots or clusters were processed. Run the playbook from its beginning, without "
    "--start-at-task and --step."
)

#: A task's result.
Result = Mapping[str, Any]


@dataclass(frozen=True)
class RunResults:
    """The results of a run's tasks.

    ``clusters``: host -> result of ``cluster_config``; ``fleet``: that of ``fleet_chats``; ``stopped``: that of
    ``check_batch`` if it stopped the rollout; ``verified``: that of ``verify``. Each is empty if there is none.
    """

    clusters: Mapping[str, Result]
    fleet: Result = field(default_factory=dict)
    stopped: Result = field(default_factory=dict)
    verified: Result = field(default_factory=dict)
    check_mode: bool = False

    @property
    def failed(self) -> dict[str, Result]:
        """Host -> result of the clusters that failed."""
        return {host: result for host, result in self.clusters.items() if has_failed(result)}


def lines(run: RunResults) -> list[str]:
    """Return the summary."""
    if not run.clusters and not run.fleet and not run.verified:
        return [NOTHING]
    return [
        *_counts(run),
        *_slice(run),
        *_failures(run),
        *delivery_lines(run.clusters, run.check_mode),
        *_built_in_alerts(run.clusters),
        *verification_lines(run.verified),
        *_chats(run.fleet),
        *_left_to_people(run),
        *_calls(run),
    ]


def has_failed(result: Result) -> bool:
    """Return whether a task's result is that of a failed or unreachable host."""
    return bool(result.get("failed") or result.get("unreachable"))


def _counts(run: RunResults) -> Iterator[str]:
    nothing_changed = "check mode: nothing was changed"
    if not run.clusters:
        yield from [nothing_changed.capitalize()] if run.check_mode else []
        return
    changed = sum(bool(result.get("changed")) for host, result in run.clusters.items() if host not in run.failed)
    not_attempted = len(run.stopped.get("not_attempted") or [])
    count = len(run.clusters) + not_attempted
    parts = [
        f"{changed} {'would change' if run.check_mode else 'changed'}",
        f"{len(run.clusters) - changed - len(run.failed)} unchanged",
        f"{len(run.failed)} failed",
        *([f"{not_attempted} not attempted"] if not_attempted else []),
    ]
    note = f" ({nothing_changed})" if run.check_mode else ""
    yield f"{'1 cluster' if count == 1 else f'{count} clusters'}: {', '.join(parts)}{note}"


def _slice(run: RunResults) -> Iterator[str]:
    if run.fleet.get("slice"):
        yield "A slice of the inventory: counts and forecast are those of the slice, and no chat was changed"


def _failures(run: RunResults) -> Iterator[str]:
    if has_failed(run.fleet):
        # The task has printed the list of errors after the first line.
        message = str(run.fleet.get("msg") or "no reason given").partition("\n")[0].rstrip(".:")
        yield f"FAILED chats and robots: {message}. No cluster was configured."
    messages = {host: str(result.get("msg", "no reason given")) for host, result in run.failed.items()}
    yield from (f"FAILED {few(hosts)}: {message}" for message, hosts in grouped(messages.items()).items())
    if run.stopped:
        yield f"STOPPED {run.stopped.get('msg', 'no reason given')}"
    yield from (f"SAME CLUSTER {same_cluster(hosts)}" for hosts in with_same_uid(cluster_uids(run.clusters)))


def _chats(fleet: Result) -> Iterator[str]:
    for key, chat in (fleet.get("chats") or {}).items():
        yield f"Chat {key} ({chat['name']}): {chat['chat_id']}"
    yield from chat_listing.lines(fleet.get("chat_list") or [])


def _left_to_people(run: RunResults) -> Iterator[str]:
    for host, result in run.clusters.items():
        if result.get("installing") and host not in run.failed:
            yield f"Alerting component of {host}: not installed yet; its policies are pending until it is"
    yield from _notes(run.clusters)
    yield from _retained_chats(run.clusters)
    yield from (f"NOTICE {notice}" for notice in run.fleet.get("notices") or [])
    for item in run.fleet.get("manual_steps") or []:
        yield f"MANUAL STEPS for robot {item['robot']} (chat {item['chat']}):"
        yield from (f"  {number}. {step}" for number, step in enumerate(item["steps"], 1))


def _notes(results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the notes of clusters; clusters with the same note share a line."""
    notes = grouped((host, note) for host, result in results.items() for note in result.get("notes") or [])
    return (f"NOTE {few(hosts)}: {note}" for note, hosts in notes.items())


def _retained_chats(results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the chats in registries on the clusters, which a teardown retains."""
    for host, result in results.items():
        for chat in result.get("chats_left") or []:
            yield (
                f"Chat retained in DingTalk and in the registry on {host}: {chat['chat']} ({chat['name']}), "
                f"{chat['chat_id']}"
            )


def _calls(run: RunResults) -> Iterator[str]:
    calls = [result["calls"] for result in (run.fleet, run.verified) if result.get("calls")]
    if calls:
        counted, free = (sum(item[kind] for item in calls) for kind in ("counted", "free"))
        yield f"DingTalk calls: {counted} counted against the monthly quota, {free} free"
    forecast = forecast_facts(run.clusters, run.fleet)
    if any(forecast.get(kind) for kind in ("calls", "webhook_messages")):
        yield (
            f"One firing alert in each cluster would cost per month: {forecast['calls']} calls of {CALLS}, "
            f"{forecast['webhook_messages']} webhook messages of {WEBHOOK_MESSAGES}"
        )


def forecast_of(results: Mapping[str, Result], fleet: Result) -> Forecast | None:
    """Return the forecast by the routes that alerts take on the clusters; None if no cluster's task found that out."""
    known = [result["delivery"] for result in results.values() if result.get("delivery")]
    checks = (fleet.get("forecast") or {}).get("checks", 0)
    return Forecast(tuple(filter(None, map(sends_of_outcomes, known))), checks) if known else None


def forecast_facts(results: Mapping[str, Result], fleet: Result) -> Mapping[str, int]:
    """Return the forecast by the clusters' routes, else that by the inventory alone."""
    forecast = forecast_of(results, fleet)
    return forecast.facts() if forecast else fleet.get("forecast") or {}


def _built_in_alerts(results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the routes of alerts of built-in policies; clusters with the same routes share a line."""
    # The outcomes say more; clusters behind a remote host have none.
    routes = {
        host: "; ".join(map(_route, result["built_in_alerts"]))
        for host, result in results.items()
        if result.get("built_in_alerts") and not result.get("delivery")
    }
    return (f"Alerts of built-in policies on {few(hosts)}: {text}" for text, hosts in grouped(routes.items()).items())


def _route(alert: Mapping[str, Any]) -> str:
    route = f"route {alert['route']}" if alert["route"] else "the root route"
    return f"{alert['severity']} via {route} to {alert['receiver']}, repeated after {alert['effective_interval']}"
