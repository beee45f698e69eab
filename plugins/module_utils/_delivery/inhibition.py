# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts that Alertmanager mutes while others fire: for a time, or for ever if one of these always fires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._alertmanager.inhibition import FIELD, inhibit_rules
from .._kubesphere.releases import labels_of_rules
from .alerts import Alert, Expectations, Origin
from .holdings import Holdings, known
from .outcome import Result, Step, WayEnds
from .routing import STAGE

#: The alert that always fires, so that its absence shows that alerting is broken (kube-prometheus, general rules).
WATCHDOG = {"alertname": "Watchdog", "severity": "none"}


def inhibited(holdings: Holdings, alert: Alert, expectations: Expectations) -> tuple[Step, ...]:
    """Return a step for each inhibit rule that can mute an alert; raises ``WayEnds`` for one that always mutes it."""
    document = known(holdings.alertmanager)
    rules = [rule for rule in inhibit_rules(document or {}) if rule.is_target(alert.labels)]
    place = holdings.alertmanager_object
    # Other alerts fire for a time only, and mute no longer than that.
    for source in _standing(holdings, expectations.alerts):
        for rule in rules:
            if rule.mutes(alert.labels, source.labels):
                raise WayEnds(
                    Result.UNDELIVERED,
                    f"{place}: {rule.field} mutes them, as {source.description} always fires: {rule}",
                    f"Restrict the source of {rule.field} to alerts that do not always fire, or add labels to its "
                    "list equal.",
                    Step(STAGE, place, rule.field, str(rule)),
                    "KD509",
                )
    return tuple(Step(STAGE, place, rule.field, str(rule)) for rule in rules)


def is_temporary(step: Step) -> bool:
    """Return whether a step says what can mute an alert, which ends no way."""
    return step.stage == STAGE and step.field.startswith(FIELD)


def _standing(holdings: Holdings, alerts: Iterable[Alert]) -> Iterator[Alert]:
    """Yield alerts that always fire."""
    yield Alert("alert Watchdog", {**WATCHDOG, **labels_of_rules(holdings.release)})
    if holdings.alerting == "ready":
        yield from (alert for alert in alerts if alert.always_fires and alert.origin == Origin.POLICY)
