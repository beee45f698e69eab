# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere 3: from Prometheus and ThanosRuler to Alertmanager, and to the Secret with its configuration.

Policies are rules of ThanosRuler, and built-in ones before 3.4 of Prometheus. From 3.4 on, KubeSphere renders built-in
rule groups for ThanosRuler, and an upgraded cluster may have rules of Prometheus as well. Source: the objects that
kubesphere/ks-installer 3.1 to 3.4 creates (roles/ks-monitor), and their types in prometheus-operator
(pkg/apis/monitoring/v1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .._alertmanager.config import SECRET
from .._alertmanager.matchers import as_text
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .._kubesphere.releases import BEFORE_3_4
from .alerts import Alert, Origin
from .holdings import Holdings, known, mapping, part
from .outcome import Result, Step, WayEnds, check_replicas

STAGE = "ruler"
#: Kind -> name of the objects that decide, all in the namespace of the monitoring components.
OBJECTS = {"Prometheus": "k8s", "ThanosRuler": "kubesphere", "Alertmanager": "main"}
PROMETHEUS, RULER, ALERTMANAGER = (f"{kind} {name}" for kind, name in OBJECTS.items())
#: The Services of Alertmanager, by namespace and name.
_OWN = {(MONITORING_NAMESPACE, name) for name in ("alertmanager-main", "alertmanager-operated")}

_ADDRESSES, _URLS = "spec.alerting.alertmanagers", "spec.alertmanagersUrl"
#: What Thanos may put before a URL or a name to look up: ``dnssrv+http://_web._tcp.alertmanager-operated...``.
_LOOKUP = re.compile(r"^(dns|dnssrv|dnssrvnoa)\+")
_PORT_NAME = re.compile(r"^_[^.]+\._[^.]+\.")
_IN_CLUSTER = re.compile(r"^(?P<name>[a-z0-9-]+)(\.(?P<namespace>[a-z0-9-]+)(\.svc(\..+)?)?)?$")


def check_monitoring(holdings: Holdings, alert: Alert) -> None:
    """Raise ``WayEnds`` if an alert is not raised, or does not reach the Alertmanager of the stored configuration."""
    if alert.origin == Origin.BUILT_IN and "Prometheus" in holdings.monitoring:
        if holdings.release in BEFORE_3_4:
            _check_prometheus(known(holdings.monitoring["Prometheus"]))
        else:
            _check_either(holdings)
    if alert.origin == Origin.POLICY and "ThanosRuler" in holdings.monitoring:
        _check_ruler(known(holdings.monitoring["ThanosRuler"]))
    if "Alertmanager" in holdings.monitoring:
        _check_alertmanager(known(holdings.monitoring["Alertmanager"]))


def _check_either(holdings: Holdings) -> None:
    """Raise ``WayEnds`` as unknown if one of both loses alerts, as 3.4 has built-in policies in rule groups as well."""
    try:
        if "ThanosRuler" in holdings.monitoring:
            _check_ruler(known(holdings.monitoring["ThanosRuler"]))
        _check_prometheus(known(holdings.monitoring["Prometheus"]))
    except WayEnds as end:
        raise WayEnds(Result.UNKNOWN, end.cause, end.cure, end.step, end.finding) from None


def _check_prometheus(found: Mapping[str, Any] | None) -> None:
    if found is None:
        raise WayEnds(
            Result.UNKNOWN,
            f"{PROMETHEUS}: not found, so something else evaluates KubeSphere's built-in policies",
            "Let it send its alerts to Alertmanager alertmanager-main.",
            finding="KD415",
        )
    spec = part(found, "spec")
    check_replicas(spec, STAGE, PROMETHEUS, "nothing evaluates KubeSphere's built-in policies", "KD415")
    listed = part(spec, "alerting").get("alertmanagers")
    places = [
        (str(item.get("namespace") or MONITORING_NAMESPACE), str(item.get("name")))
        for item in map(mapping, listed if isinstance(listed, list) else [])
    ]
    has_more = bool(spec.get("additionalAlertManagerConfigs"))
    _check_sent(PROMETHEUS, _ADDRESSES, ["/".join(item) for item in places], places, has_more)


def _check_ruler(found: Mapping[str, Any] | None) -> None:
    if found is None:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{RULER}: not found, so nothing evaluates policies",
            "Set spec.alerting.enabled of ClusterConfiguration ks-installer to false, wait, and run feature alerting.",
            finding="KD415",
        )
    spec = part(found, "spec")
    check_replicas(spec, STAGE, RULER, "nothing evaluates policies", "KD415")
    listed = spec.get("alertmanagersUrl")
    urls = [as_text(item) for item in listed] if isinstance(listed, list) else []
    if spec.get("alertmanagersConfig"):
        raise WayEnds(
            Result.UNKNOWN,
            f"{RULER}: spec.alertmanagersConfig has its Alertmanagers in a Secret, and {_URLS} is ignored",
            f"Check that the Secret has Service alertmanager-main in {MONITORING_NAMESPACE}.",
            Step(STAGE, RULER, "spec.alertmanagersConfig", "set"),
            "KD414",
        )
    _check_sent(RULER, _URLS, urls, [_service_of(url) for url in urls])


def _service_of(url: str) -> tuple[str, str] | None:
    """Return namespace and name of the Service in a URL, None for any other address."""
    try:
        host = urlsplit(_LOOKUP.sub("", url)).hostname or ""
    except ValueError:
        return None
    found = _IN_CLUSTER.match(_PORT_NAME.sub("", host))
    return (found["namespace"] or MONITORING_NAMESPACE, found["name"]) if found else None


def _check_alertmanager(found: Mapping[str, Any] | None) -> None:
    if found is None:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{ALERTMANAGER}: not found, so no Alertmanager runs",
            "Restore it: reinstall KubeSphere's monitoring component.",
            finding="KD525",
        )
    spec = part(found, "spec")
    check_replicas(spec, STAGE, ALERTMANAGER, "no Alertmanager runs", "KD525")
    secret = spec.get("configSecret") or SECRET
    if secret != SECRET:
        raise WayEnds(
            Result.UNKNOWN,
            f"{ALERTMANAGER}: spec.configSecret is {secret}, so Alertmanager does not read Secret {SECRET}",
            f"Remove spec.configSecret from {ALERTMANAGER}, or edit that Secret with module alertmanager_config.",
            Step("Alertmanager", ALERTMANAGER, "spec.configSecret", str(secret)),
            "KD524",
        )


def _check_sent(
    place: str, field: str, listed: list[str], services: Sequence[tuple[str, str] | None], has_more: bool = False
) -> None:
    """Raise ``WayEnds`` if none of these Services is Alertmanager's; None for another address.

    ``listed``: as in the field. ``has_more``: whether others are listed elsewhere.
    """
    if not _OWN.isdisjoint(services):
        return
    # Another address, or a Service of another name in this namespace, may be one of the same Alertmanager.
    is_unknown = has_more or any(item is None or item[0] == MONITORING_NAMESPACE for item in services)
    places = ", ".join(listed)
    cause = f"lists {places}, and not alertmanager-main" if listed else "lists no Alertmanager"
    own = "Service alertmanager-main" if field == _ADDRESSES else "the URL of alertmanager-operated"
    raise WayEnds(
        Result.UNKNOWN if is_unknown else Result.UNDELIVERED,
        f"{place}: {field} {cause}, so it sends its alerts {'there' if listed else 'nowhere'}",
        f"Add {own} in {MONITORING_NAMESPACE} to {field} of {place}.",
        Step(STAGE, place, field, places),
        "KD414",
    )
