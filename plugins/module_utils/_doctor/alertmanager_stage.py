# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of Alertmanager: whether it runs with what is stored, and what it holds back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._alertmanager.loaded import SECTIONS, differing
from .._core.field_paths import Path
from .._core.text import few
from .._delivery.outcome import Result
from .._findings.finding import Stage
from .._kubernetes.errors import ClusterError
from .context import Context
from .examination import Examination

SUBJECT = "Alertmanager"
#: The signs between a matcher's name and value, by whether it is a regular expression, and whether they are to match.
_SIGNS = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}


def examine(examination: Examination, context: Context) -> None:
    """Examine a cluster's Alertmanager."""
    answers = context.alertmanager
    if not context.facts.alertmanager_in:
        examination.skip(Stage.ALERTMANAGER, "the host of this cluster has its Alertmanager")
    elif isinstance(answers.error, ClusterError) and answers.error.status == 403:
        examination.skip(Stage.ALERTMANAGER, f"the account may not ask it: {answers.error.message}")
    elif answers.error:
        examination.add("KD504", SUBJECT, answers.error.message.rstrip("."))
    else:
        _loaded(examination, context)
        for silence in answers.silences:
            _silence(examination, silence, answers.alerts)
        _muted(examination, context)


def _loaded(examination: Examination, context: Context) -> None:
    holdings = context.delivery.holdings
    if holdings is None or not isinstance(holdings.alertmanager, Mapping):
        return
    paths: list[Path] = [(section,) for section in SECTIONS]
    if found := differing(holdings.alertmanager, context.alertmanager.configuration, paths):
        sections = ", ".join(path[0] for path in found)
        examination.add("KD502", SUBJECT, f"it runs with another {sections} than {holdings.alertmanager_object} has")


def _silence(examination: Examination, silence: Mapping[str, Any], alerts: Any) -> None:
    matchers = [
        f'{item["name"]}{_SIGNS[bool(item.get("isRegex")), item.get("isEqual") is not False]}"{item["value"]}"'
        for item in silence.get("matchers") or []
    ]
    muted = sum(silence.get("id") in ((item.get("status") or {}).get("silencedBy") or []) for item in alerts)
    now = f"; it mutes {muted} firing alerts now" if muted else ""
    author = silence.get("createdBy") or "somebody"
    cause = f"{author} silenced {', '.join(matchers)} until {silence.get('endsAt') or 'further notice'}{now}"
    examination.add("KD505", SUBJECT, cause)


def _muted(examination: Examination, context: Context) -> None:
    """Add what Alertmanager holds back for a while: inhibited alerts, and repetitions."""
    alerts = context.alertmanager.alerts
    inhibited = sorted({_name(item) for item in alerts if (item.get("status") or {}).get("inhibitedBy")})
    if inhibited:
        examination.add("KD506", SUBJECT, f"inhibited now: {few(inhibited)}")
    names = {alert.description: str(alert.labels.get("alertname")) for alert in context.firing}
    delivered = {
        names[description]: outcome.interval
        for outcome in context.delivery.outcomes
        for description in outcome.alerts
        if description in names and outcome.result == Result.DELIVERED and outcome.interval
    }
    waiting = sorted(name for name in delivered if name not in inhibited)
    if waiting:
        hours = max(delivered[name] for name in waiting) / 3600
        examination.add("KD507", SUBJECT, f"firing, and repeated within {hours:g} h: {few(waiting)}")


def _name(alert: Mapping[str, Any]) -> str:
    return str(alert["labels"].get("alertname"))
