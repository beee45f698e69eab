# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The available and installed extensions of KubeSphere 4 on a host."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.support.testbed.installer.objects import MONITORING, OWN, new_object
from tests.support.testbed.installer.releases import Release

Json = dict[str, Any]

API_VERSION = "kubesphere.io/v1alpha1"
ALERTMANAGER = "whizard-notification-alertmanager"
#: Extension -> the version recommended by KubeSphere, its mode, and whether it is installed.
OFFERED = {
    "whizard-telemetry": ("1.2.2", "HostOnly", True),
    "whizard-notification": ("2.5.9", "HostOnly", True),
    "whizard-monitoring": ("1.1.1", "Multicluster", True),
    "whizard-alerting": ("1.0.3", "Multicluster", False),
}
INSTALLED_AT = "2024-01-01T00:00:00Z"


def extensions(release: Release) -> list[Json]:
    """Return the objects of all extensions in the order of creation."""
    found: list[Json] = []
    for name, (default, mode, installed) in OFFERED.items():
        version = dict(release.extensions).get(name, default)
        found += [_extension(name, version, installed), _version(name, version, mode)]
        if installed:
            found.append(install_plan(name, version, mode, _text(name)))
    return [*found, *_alertmanager()]


def install_plan(name: str, version: str, mode: str, config: str = "") -> Json:
    """Return the InstallPlan of an installed extension."""
    spec: Json = {"extension": {"name": name, "version": version}, "enabled": True, "upgradeStrategy": "Manual"}
    if config:
        spec["config"] = config
    state: Json = {"state": "Installed", "stateHistory": [{"state": "Installed", "lastTransitionTime": INSTALLED_AT}]}
    status: Json = {**state, "enabled": True, "version": version, "releaseName": name, "targetNamespace": MONITORING}
    if mode == "Multicluster":
        spec["clusterScheduling"] = {"placement": {"clusters": ["host"]}}
        status["clusterSchedulingStatuses"] = {"host": {**state, "releaseName": f"{name}-agent", "version": version}}
    return new_object(API_VERSION, "InstallPlan", name, spec=spec, status=status)


def _extension(name: str, version: str, installed: bool) -> Json:
    texts = {"en": name, "zh": name}
    spec: Json = {"displayName": texts, "description": texts, "provider": {}}
    status: Json = {"recommendedVersion": version, "versions": [{"version": version}]}
    if installed:
        status |= {"state": "Installed", "installedVersion": version, "plannedInstallVersion": version, "enabled": True}
    return new_object(API_VERSION, "Extension", name, labels={"kubesphere.io/name": name}, spec=spec, status=status)


def _version(name: str, version: str, mode: str) -> Json:
    labels = {"kubesphere.io/extension-ref": name}
    spec = {"version": version, "installationMode": mode, "namespace": MONITORING}
    return new_object(API_VERSION, "ExtensionVersion", f"{name}-{version}", labels=labels, spec=spec)


def _alertmanager() -> list[Json]:
    """Return the objects rendered by Helm with default values: Alertmanager's configuration and its Service."""
    ports = [{"name": "http", "port": 9093}]
    return [
        new_object("v1", "ConfigMap", ALERTMANAGER, MONITORING, data={"alertmanager.yml": chart_alertmanager_text()}),
        new_object("v1", "Service", ALERTMANAGER, MONITORING, spec={"ports": ports, "selector": {"app": ALERTMANAGER}}),
    ]


def _text(name: str) -> str:
    file = OWN / f"{name}.yaml"
    return _without_head(file.read_text()) if file.exists() else ""


@cache
def chart_alertmanager_text() -> str:
    """Return the configuration that the chart of whizard-notification renders with default values."""
    return _without_head((OWN / "whizard-alertmanager.yaml").read_text())


def _without_head(text: str) -> str:
    return text.split("---\n", 1)[1]
