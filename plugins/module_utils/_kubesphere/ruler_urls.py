# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the rulers of extension whizard-alerting send alerts: the Alertmanager URLs in its values, empty by default.

Source: the charts of whizard-alerting 1.0.3, agent 0.1.17 and extension 0.1.23. The agent has a ruler on each cluster
of the placement, and the values in ``overrides`` overlay those in ``config`` there. With distribution mode ``None``,
the rules of all clusters are evaluated by a ruler on the host instead, which has its own list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from .._alertmanager.config import EXTENSION_CONFIG_MAP
from .._alertmanager.item_kinds import field_paths
from .._apply.document_rules import RULER_URLS
from .._apply.embedded_document import document_path
from .._apply.last_applied import AppliedObject
from .._core import yaml_text
from .._core.field_paths import ABSENT, Path
from .._kubernetes.namespaces import MONITORING_NAMESPACE

#: The parts of the chart that have rulers.
AGENT, EXTENSION = (path[0] for path in RULER_URLS)
CONFIG: Path = ("spec", "config")
OVERRIDES: Path = ("spec", "clusterScheduling", "overrides")
#: The host's Alertmanager for rulers on the host itself; members reach it at an address of the host.
HOST_URL = "dnssrv+http://whizard-notification-alertmanager-headless.kubesphere-monitoring-system.svc:9093"
#: The Services of the host's Alertmanager: its own ones, and the proxy that members reach at a port of the nodes.
_HOST_SERVICES = tuple(
    (name, MONITORING_NAMESPACE)
    for name in (EXTENSION_CONFIG_MAP, f"{EXTENSION_CONFIG_MAP}-headless", "alertmanager-proxy")
)
DISTRIBUTION_MODE: Path = ("global", "rules", "distributionMode")


def ruler(plan: Mapping[str, Any]) -> str:
    """Return the part of the chart whose rulers evaluate the rules of a cluster."""
    return ruler_of(values(plan, CONFIG))


def ruler_of(chart_values: Mapping[str, Any]) -> str:
    """Return that part by the values of the chart."""
    return EXTENSION if field_paths.get(chart_values, DISTRIBUTION_MODE) == "None" else AGENT


def is_on_host_only(url: str) -> bool:
    """Return whether a URL names a Service of the host's Alertmanager, which members do not have."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    # name.namespace.svc, with the domain of the cluster or without; in front, an SRV record has the port.
    labels = host.split(".")
    place = labels.index("svc") if "svc" in labels[2:] else 0
    is_shared = labels[place + 1 : place + 2] == ["clusterset"]
    return tuple(labels[max(place - 2, 0) : place]) in _HOST_SERVICES and not is_shared


def unmanaged_urls(
    plan: Mapping[str, Any], applied: AppliedObject | None, clusters: Iterable[str]
) -> dict[str, list[str]]:
    """Return cluster -> the URLs to which others have its rulers send alerts, except for those that are overridden.

    An override replaces the list of all clusters. So if the override of a cluster has a managed URL and none of others,
    its rulers lack the URLs of the other list; these are returned, as others want them.
    """
    shared = [url for url in _split(plan, CONFIG, applied)[1] if url != HOST_URL]
    found = {}
    for cluster in clusters:
        managed, others = _split(plan, (*OVERRIDES, cluster), applied)
        inherited = [url for url in managed if url in shared] if others else shared
        found[cluster] = [*others, *inherited]
    return found


def _split(plan: Mapping[str, Any], path: Path, applied: AppliedObject | None) -> tuple[list[str], list[str]]:
    """Return the managed and the unmanaged URLs in the values in a field of the plan."""
    here = RULER_URLS[0]
    urls = field_paths.get(values(plan, path), here)
    recorded = applied.managed_fields() if applied else {}
    listed = list(map(str, urls)) if isinstance(urls, list) else []
    managed = [url for url in listed if document_path(path, field_paths.render((*here, f"[={url}]"))) in recorded]
    return managed, [url for url in listed if url not in managed]


def values(plan: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """Return the values in a field of the plan; empty if they are invalid, which an edit reports."""
    text = field_paths.get(plan, path)
    try:
        found = None if text is ABSENT else yaml_text.load(str(text or ""))
    except yaml_text.NotYaml:
        return {}
    return found if isinstance(found, Mapping) else {}
