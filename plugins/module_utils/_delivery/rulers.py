# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a rule to Alertmanager: on KubeSphere 4, rulers send nothing until an Alertmanager is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._alertmanager.matchers import as_text
from .._apply.document_rules import RULER_URLS
from .._kubesphere.alerting_extension import NAME, REFERENCE
from .._kubesphere.installplans import INSTALLING, UNINSTALLING
from .._kubesphere.ruler_urls import EXTENSION as ON_HOST
from .._kubesphere.ruler_urls import is_on_host_only, ruler_of
from .alerts import Alert, Origin
from .holdings import Holdings, Manifest, Ruler, known, mapping, part
from .monitoring import STAGE, check_monitoring
from .outcome import Result, Step, WayEnds

OBJECT = str(REFERENCE)
#: The lists of Alertmanagers of the agents' rulers and, with distribution mode None, of the ruler on the host.
AGENT, OWN = RULER_URLS
#: States in which no ruler runs. After a failed upgrade, the former version does.
_NOT_RUNNING = ("InstallFailed", UNINSTALLING)
_ENABLE = "Set alerting_enabled: true, which installs it and names Alertmanager to it."


def ruled(holdings: Holdings, alert: Alert) -> tuple[Step, ...]:
    """Return the steps from the rule to Alertmanager; raises ``WayEnds`` if the alert is not raised or not sent."""
    ruler = known(holdings.ruler)
    if ruler is not None:
        return _sent_by_extension(ruler, alert)
    # Before 3.4, Prometheus itself evaluates the built-in policies, and needs no component for it.
    if alert.origin == Origin.POLICY and holdings.alerting != "ready":
        raise _not_ready(holdings.alerting)
    check_monitoring(holdings, alert)
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
    _check_state(ruler, ruler.plan, cluster)
    urls, field = _urls(ruler, alert.cluster)
    is_member = cluster != ruler.cluster and ruler_of(ruler.values) != ON_HOST
    if is_member and all(map(is_on_host_only, urls)):
        raise _member_sends_nothing(cluster, field, urls)
    if not urls:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{OBJECT}: {field} is empty, so the rulers{f' of {cluster}' if cluster else ''} send their alerts nowhere",
            _ENABLE,
            finding="KD404",
        )
    return (Step(STAGE, OBJECT, field, ", ".join(urls)),)


def _check_state(ruler: Ruler, plan: Manifest, cluster: str) -> None:
    """Raise ``WayEnds`` if no ruler runs that evaluates the rules of a cluster."""
    status = part(plan, "status")
    if cluster and ruler_of(ruler.values) != ON_HOST:
        states = part(status, "clusterSchedulingStatuses")
        listed = part(plan, "spec", "clusterScheduling", "placement").get("clusters")
        placed = listed if isinstance(listed, list) else []
        if (states or placed) and cluster not in (*states, *placed):
            raise WayEnds(
                Result.UNDELIVERED,
                f"extension {NAME} is not installed on {cluster}, and nothing else evaluates rules there",
                _ENABLE,
                finding="KD403",
            )
        status = mapping(states.get(cluster)) if states else status
    state = str(status.get("state") or "")
    if state in ("", *INSTALLING):
        raise WayEnds(
            Result.PENDING, f"extension {NAME} is being installed ({state or 'not started'})", finding="KD402"
        )
    if state in _NOT_RUNNING:
        raise WayEnds(
            Result.UNDELIVERED,
            f"extension {NAME} does not run{f' on {cluster}' if cluster else ''}, as its state is {state}",
            "Repair or reinstall it in KubeSphere's extension center.",
            finding="KD307",
        )


def _member_sends_nothing(cluster: str, field: str, urls: list[str]) -> WayEnds:
    reason = "has only Services of the host, which are not on the member" if urls else "is empty"
    return WayEnds(
        Result.UNDELIVERED,
        f"{OBJECT}: {field} {reason}, so the rulers of {cluster} do not reach the host's Alertmanager",
        f"Set alerting_alertmanager_url for {cluster}, or add an address of the host to its override in KubeSphere's "
        "extension center.",
        finding="KD413",
    )


def _urls(ruler: Ruler, member: str) -> tuple[list[str], str]:
    """Return the Alertmanagers of a ruler, and the path of the list in the values that counts."""
    if ruler_of(ruler.values) == ON_HOST:
        return _listed(ruler.values, OWN), ".".join(OWN)
    override = mapping(ruler.overrides.get(member or ruler.cluster))
    if override and AGENT[-1] in part(override, *AGENT[:-1]):
        return _listed(override, AGENT), f"overrides.{member or ruler.cluster}.{'.'.join(AGENT)}"
    return _listed(ruler.values, AGENT), ".".join(AGENT)


def _listed(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    found = part(values, *path[:-1]).get(path[-1])
    return [text for text in map(as_text, found) if text.strip()] if isinstance(found, list) else []


def _not_ready(state: str) -> WayEnds:
    if state == "installing":
        return WayEnds(Result.PENDING, "KubeSphere's alerting component is being installed", finding="KD402")
    return WayEnds(
        Result.UNDELIVERED,
        "KubeSphere's alerting component is not enabled, so nothing evaluates policies",
        "Set alerting_enabled: true.",
        finding="KD401",
    )
