# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a rule to Alertmanager: on KubeSphere 4, rulers send nothing until an Alertmanager is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._apply.document_rules import RULER_URLS
from .._kubesphere.alerting_extension import NAME, REFERENCE
from .._kubesphere.installplans import INSTALLING
from .._kubesphere.ruler_urls import EXTENSION as ON_HOST
from .._kubesphere.ruler_urls import ruler_of
from .alerts import Alert, Origin
from .holdings import Holdings, Ruler, known, mapping, part
from .outcome import Result, Step, WayEnds

STAGE = "ruler"
OBJECT = str(REFERENCE)
#: The lists of Alertmanagers of the agents' rulers and, with distribution mode None, of the ruler on the host.
AGENT, OWN = RULER_URLS
_ENABLE = "Set alerting_enabled: true, which installs it and names Alertmanager to it."


def ruled(holdings: Holdings, alert: Alert) -> tuple[Step, ...]:
    """Return the steps from the rule to Alertmanager; raises ``WayEnds`` if the alert is not raised or not sent."""
    ruler = known(holdings.ruler)
    if ruler is not None:
        return _sent_by_extension(ruler, alert)
    # Prometheus itself evaluates the built-in policies, and needs no component for it.
    if alert.origin == Origin.POLICY and holdings.alerting != "ready":
        raise _not_ready(holdings.alerting)
    return ()


def _sent_by_extension(ruler: Ruler, alert: Alert) -> tuple[Step, ...]:
    if ruler.plan is None:
        raise WayEnds(
            Result.UNDELIVERED,
            f"extension {NAME} is not installed, and nothing else evaluates rules on KubeSphere 4",
            _ENABLE,
            finding="KD403",
        )
    cluster = alert.cluster or ruler.cluster
    status = mapping(part(ruler.plan, "status", "clusterSchedulingStatuses").get(cluster)) or part(ruler.plan, "status")
    state = str(status.get("state") or "")
    if state in ("", *INSTALLING):
        raise WayEnds(
            Result.PENDING, f"extension {NAME} is being installed ({state or 'not started'})", finding="KD402"
        )
    urls, field = _urls(ruler, alert.cluster)
    if not urls:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{OBJECT}: {field} is empty, so the rulers{f' of {cluster}' if cluster else ''} send their alerts nowhere",
            _ENABLE,
            finding="KD404",
        )
    return (Step(STAGE, OBJECT, field, ", ".join(map(str, urls))),)


def _urls(ruler: Ruler, member: str) -> tuple[list[Any], str]:
    """Return the Alertmanagers of a ruler, and the path of the list in the values that counts."""
    if ruler_of(ruler.values) == ON_HOST:
        return _listed(ruler.values, OWN), ".".join(OWN)
    override = mapping(ruler.overrides.get(member or ruler.cluster))
    if override and AGENT[-1] in part(override, *AGENT[:-1]):
        return _listed(override, AGENT), f"overrides.{member or ruler.cluster}.{'.'.join(AGENT)}"
    return _listed(ruler.values, AGENT), ".".join(AGENT)


def _listed(values: Mapping[str, Any], path: tuple[str, ...]) -> list[Any]:
    found = part(values, *path[:-1]).get(path[-1])
    return list(found) if isinstance(found, list) else []


def _not_ready(state: str) -> WayEnds:
    if state == "installing":
        return WayEnds(Result.PENDING, "KubeSphere's alerting component is being installed", finding="KD402")
    return WayEnds(
        Result.UNDELIVERED,
        "KubeSphere's alerting component is not enabled, so nothing evaluates policies",
        "Set alerting_enabled: true.",
        finding="KD401",
    )
