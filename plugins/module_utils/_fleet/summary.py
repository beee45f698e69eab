# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a run: the result of each cluster, the cost, and the manual steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._core.text import few
from . import chat_listing
from .alert_delivery import delivery_lines
from .quota_forecast import CALLS, WEBHOOK_MESSAGES, Forecast, sends_of_outcomes
from .same_clusters import cluster_uids, same_cluster, with_same_uid
from .verification import verification_lines

NOTHING = (
    "Nothing was run: no chats, robots or clusters were processed. Run the playbook from its beginning, without "
    "--start-at-task and --step."
)


def lines(
    results: Mapping[str, Mapping[str, Any]],
    fleet: Mapping[str, Any],
    stopped: Mapping[str, Any] | None = None,
    verified: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return the summary.

    ``results``: host -> result of ``cluster_config``; ``fleet``: that of ``fleet_chats``; ``stopped``: that of
    ``check_batch`` if it stopped the rollout; ``verified``: that of ``verify``.
    """
    if not results and not fleet and not verified:
        return [NOTHING]
    failed = {host: result for host, result in results.items() if has_failed(result)}
    text = _counts(results, failed, (stopped or {}).get("not_attempted") or [])
    if has_failed(fleet):
        text.append(f"FAILED chats and robots: {_first_line(fleet)}. No cluster was configured.")
    text += [f"FAILED {host}: {result.get('msg', 'no reason given')}" for host, result in failed.items()]
    text += [f"STOPPED {stopped['msg']}"] if stopped else []
    text += [f"SAME CLUSTER {same_cluster(hosts)}" for hosts in with_same_uid(cluster_uids(results))]
    text += delivery_lines(results) + _built_in_alerts(results) + verification_lines(verified or {})
    text += [
        f"Alerting component of {host}: not installed yet; its policies are pending until it is"
        for host, result in results.items()
        if result.get("installing") and host not in failed
    ]
    text += _notes(results)
    text += _retained_chats(results)
    for key, chat in (fleet.get("chats") or {}).items():
        text.append(f"Chat {key} ({chat['name']}): {chat['chat_id']}")
    text += chat_listing.lines(fleet.get("chat_list") or [])
    text += [f"NOTICE {notice}" for notice in fleet.get("notices") or []]
    calls = [result["calls"] for result in (fleet, verified or {}) if result.get("calls")]
    if calls:
        counted, free = (sum(item[kind] for item in calls) for kind in ("counted", "free"))
        text.append(f"DingTalk calls: {counted} counted against the monthly quota, {free} free")
    text += _forecast(forecast_facts(results, fleet))
    for item in fleet.get("manual_steps") or []:
        text.append(f"MANUAL STEPS for robot {item['robot']} (chat {item['chat']}):")
        text += [f"  {number}. {step}" for number, step in enumerate(item["steps"], 1)]
    return text


def _counts(
    results: Mapping[str, Mapping[str, Any]], failed: Mapping[str, Any], not_attempted: Sequence[str]
) -> list[str]:
    if not results:
        return []
    changed = sum(bool(result.get("changed")) for host, result in results.items() if host not in failed)
    unchanged = len(results) - changed - len(failed)
    count = len(results) + len(not_attempted)
    clusters = "1 cluster" if count == 1 else f"{count} clusters"
    rest = f", {len(not_attempted)} not attempted" if not_attempted else ""
    return [f"{clusters}: {changed} changed, {unchanged} unchanged, {len(failed)} failed{rest}"]


def _first_line(fleet: Mapping[str, Any]) -> str:
    return str(fleet.get("msg") or "no reason given").partition("\n")[0].rstrip(".:")


def _forecast(forecast: Mapping[str, int]) -> list[str]:
    if not any(forecast.get(kind) for kind in ("calls", "webhook_messages")):
        return []
    return [
        f"One firing alert in each cluster would cost per month: {forecast['calls']} calls of {CALLS}, "
        f"{forecast['webhook_messages']} webhook messages of {WEBHOOK_MESSAGES}"
    ]


def has_failed(result: Mapping[str, Any]) -> bool:
    """Return whether a task's result is that of a failed or unreachable host."""
    return bool(result.get("failed") or result.get("unreachable"))


def _notes(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the notes of clusters; clusters with the same note share a line."""
    hosts: dict[str, list[str]] = {}
    for host, result in results.items():
        for note in result.get("notes") or []:
            hosts.setdefault(note, []).append(host)
    return [f"NOTE {few(named)}: {note}" for note, named in hosts.items()]


def _retained_chats(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the chats in registries on the clusters, which a teardown retains."""
    return [
        f"Chat retained in DingTalk and in the registry on {host}: {chat['chat']} ({chat['name']}), {chat['chat_id']}"
        for host, result in results.items()
        for chat in result.get("chats_left") or []
    ]


def forecast_of(results: Mapping[str, Mapping[str, Any]], fleet: Mapping[str, Any]) -> Forecast | None:
    """Return the forecast by the routes that alerts take on the clusters; None if no cluster's task found that out."""
    known = [result["delivery"] for result in results.values() if result.get("delivery")]
    checks = (fleet.get("forecast") or {}).get("checks", 0)
    return Forecast(tuple(filter(None, map(sends_of_outcomes, known))), checks) if known else None


def forecast_facts(results: Mapping[str, Mapping[str, Any]], fleet: Mapping[str, Any]) -> Mapping[str, int]:
    """Return the forecast by the clusters' routes, else that by the inventory alone."""
    forecast = forecast_of(results, fleet)
    return forecast.facts() if forecast else fleet.get("forecast") or {}


def _built_in_alerts(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the routes of alerts of built-in policies; clusters with the same routes share a line."""
    hosts: dict[str, list[str]] = {}
    for host, result in results.items():
        if (alerts := result.get("built_in_alerts")) and not result.get("delivery"):
            hosts.setdefault("; ".join(map(_route, alerts)), []).append(host)
    return [f"Alerts of built-in policies on {few(named)}: {routes}" for routes, named in hosts.items()]


def _route(alert: Mapping[str, Any]) -> str:
    route = f"route {alert['route']}" if alert["route"] else "the root route"
    return f"{alert['severity']} via {route} to {alert['receiver']}, repeated after {alert['effective_interval']}"
