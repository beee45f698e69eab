# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the summary that say which alerts reach which chats and robots, or why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._alertmanager.timing import duration_text
from .._core.text import few, grouped
from .._delivery.alerts import BUILT_IN, POLICY, WITHOUT_NAMESPACE
from .._delivery.outcome import Result


def delivery_lines(results: Mapping[str, Mapping[str, Any]], check_mode: bool = False) -> list[str]:
    """Return a line for each group of clusters whose alerts go the same way. ``results``: host -> result of its task.

    Alerts that the inventory keeps out of a Receiver are not mentioned. In check mode, the lines say what would be.
    """
    sentences = {
        host: "; ".join(_sentences(_joined(result.get("delivery") or []), check_mode))
        for host, result in results.items()
    }
    groups = grouped((host, text) for host, text in sentences.items() if text)
    return [f"Alerts on {few(hosts)}: {text}" for text, hosts in groups.items()]


def _joined(delivery: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return outcomes without their ways: those that differ in nothing else are one."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for outcome in delivery:
        if outcome["result"] != Result.EXCLUDED:
            same = (*outcome["chats"], *(outcome[name] for name in ("robot", "result", "repeat_interval", "cause")))
            alerts = found[same]["alerts"] if same in found else []
            found[same] = {**outcome, "alerts": [*alerts, *outcome["alerts"]]}
    return list(found.values())


def _sentences(outcomes: Iterable[Mapping[str, Any]], check_mode: bool) -> Iterator[str]:
    """Yield a sentence for each group of outcomes of the same alerts."""
    predicates: dict[str, list[str]] = {}
    unknown = []
    for outcome in outcomes:
        alerts = describe_alerts(outcome["alerts"])
        if outcome["result"] == Result.UNKNOWN:
            targets = describe_targets(outcome["chats"], outcome["robot"])
            unknown.append(f"it is unknown whether {alerts} reach {targets}, as {outcome['cause']}")
        else:
            predicates.setdefault(alerts, []).append(_predicate(outcome, check_mode))
    yield from (f"{alerts} {', and '.join(found)}" for alerts, found in predicates.items())
    yield from unknown


def _predicate(outcome: Mapping[str, Any], check_mode: bool) -> str:
    targets = describe_targets(outcome["chats"], outcome["robot"])
    if outcome["result"] == Result.DELIVERED:
        reach = "would reach" if check_mode else "reach"
        return f"{reach} {targets}, repeated after {duration_text(outcome['repeat_interval'])}"
    if outcome["result"] == Result.PENDING:
        return f"will reach {targets}: {outcome['cause']}"
    return f"{'would' if check_mode else 'do'} NOT reach {targets}: {outcome['cause']}"


def describe_alerts(alerts: Sequence[str]) -> str:
    """Return the subject of a sentence, such as ``critical and warning alerts of built-in policies, policy web``."""
    rest = [alert for alert in alerts if not _is_variant(alert) or alert.removesuffix(WITHOUT_NAMESPACE) not in alerts]
    kinds: dict[str, list[str]] = {}
    for alert in dict.fromkeys(rest):
        first, _space, kind = alert.partition(" ")
        if kind.startswith(BUILT_IN):
            kinds.setdefault(kind, []).append(first)
        elif first == POLICY:
            kinds.setdefault(POLICY, []).append(kind)
        else:
            kinds.setdefault(alert, [])
    return ", ".join(_subject(kind, found) for kind, found in kinds.items())


def _subject(kind: str, found: Sequence[str]) -> str:
    if kind == POLICY:
        return f"{'policy' if len(found) == 1 else 'policies'} {few(found)}"
    return f"{' and '.join(found)} {kind}" if found else kind


def _is_variant(alert: str) -> bool:
    return alert.endswith(WITHOUT_NAMESPACE)


def describe_targets(chats: list[str], robot: str) -> str:
    """Return the destinations of an outcome, such as ``chats ops, dba and robot oncall``."""
    named = [f"{'chat' if len(chats) == 1 else 'chats'} {', '.join(chats)}"] if chats else []
    return " and ".join([*named, *([f"robot {robot}"] if robot else [])])
