# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the summary that say which alerts reach which chats and robots, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._alertmanager.timing import duration_text
from .._core.text import few
from .._delivery.alerts import BUILT_IN, WITHOUT_NAMESPACE
from .._delivery.outcome import Result


def delivery_lines(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line for each group of clusters whose alerts go the same way. ``results``: host -> result of its task.

    Alerts that the inventory keeps out of a Receiver are not mentioned.
    """
    hosts: dict[str, list[str]] = {}
    for host, result in results.items():
        sentences = [
            _sentence(outcome) for outcome in result.get("delivery") or [] if outcome["result"] != Result.EXCLUDED
        ]
        if sentences:
            hosts.setdefault("; ".join(sentences), []).append(host)
    return [f"Alerts on {few(named)}: {sentences}" for sentences, named in hosts.items()]


def _sentence(outcome: Mapping[str, Any]) -> str:
    alerts, targets = describe_alerts(outcome["alerts"]), describe_targets(outcome["chats"], outcome["robot"])
    if outcome["result"] == Result.DELIVERED:
        return f"{alerts} reach {targets}, repeated after {duration_text(outcome['repeat_interval'])}"
    if outcome["result"] == Result.PENDING:
        return f"{alerts} will reach {targets}: {outcome['cause']}"
    if outcome["result"] == Result.UNKNOWN:
        return f"it is unknown whether {alerts} reach {targets}, as {outcome['cause']}"
    return f"{alerts} do NOT reach {targets}: {outcome['cause']}"


def describe_alerts(alerts: Sequence[str]) -> str:
    """Return the subject of a sentence, such as ``critical and warning alerts of built-in policies, policy web``."""
    rest = [alert for alert in alerts if not _is_variant(alert) or alert.removesuffix(WITHOUT_NAMESPACE) not in alerts]
    kinds: dict[str, list[str]] = {}
    for alert in rest:
        severity, _, kind = alert.partition(" ")
        is_built_in = kind.startswith(BUILT_IN)
        kinds.setdefault(kind if is_built_in else alert, []).append(severity if is_built_in else alert)
    return few([f"{' and '.join(found)} {kind}" if kind != found[0] else kind for kind, found in kinds.items()])


def _is_variant(alert: str) -> bool:
    return alert.endswith(WITHOUT_NAMESPACE)


def describe_targets(chats: list[str], robot: str) -> str:
    """Return the destinations of an outcome, such as ``chats ops, dba and robot oncall``."""
    named = [f"{'chat' if len(chats) == 1 else 'chats'} {', '.join(chats)}"] if chats else []
    return " and ".join([*named, *([f"robot {robot}"] if robot else [])])
