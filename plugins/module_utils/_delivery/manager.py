# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The NotificationManager, by which notification-manager runs: whether it does, and to whom a Receiver belongs.

Source: notification-manager v2.3.0 (``getTenantID`` in pkg/controller).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .holdings import Holdings, Manifest, known, labels_of, part
from .outcome import Result, WayEnds, check_replicas
from .selectors import matches

STAGE = "notification-manager"
MANAGER = "NotificationManager notification-manager"
#: notification-manager's name of the platform among the tenants.
PLATFORM = "notification-manager/type/global"

_GLOBAL, _TENANT = {"matchLabels": {"type": "global"}}, {"matchLabels": {"type": "tenant"}}


def manager_of(holdings: Holdings) -> Mapping[str, Any]:
    """Return the spec of the NotificationManager; raises ``WayEnds`` if none runs by it."""
    manager = known(holdings.manager)
    if manager is None:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{MANAGER}: not found, so no notification-manager runs",
            "Restore it: reinstall KubeSphere's monitoring component, or the extension whizard-notification on "
            "KubeSphere 4, whose upgrade from 3.4 loses it.",
            finding="KD601",
        )
    spec = part(manager, "spec")
    check_replicas(spec, STAGE, MANAGER, "no notification-manager runs", "KD621")
    return spec


def default_namespace(manager: Mapping[str, Any]) -> str:
    """Return the namespace of Secrets and ConfigMaps to which references name none; ``manager``: its spec."""
    return str(manager.get("defaultSecretNamespace") or MONITORING_NAMESPACE)


def place_of(reference: Mapping[str, Any], namespace: str) -> tuple[str, str]:
    """Return namespace and name of a Secret or ConfigMap; ``namespace``: that of references which name none."""
    return str(reference.get("namespace") or namespace), str(reference["name"])


def selectors_of(manager: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the selectors of the platform's Receivers and of those of tenants by their fields in the spec."""
    receivers = part(manager, "receivers")
    return {
        "globalReceiverSelector": part(receivers, "globalReceiverSelector") or _GLOBAL,
        "tenantReceiverSelector": part(receivers, "tenantReceiverSelector") or _TENANT,
    }


def owner_of(receiver: Manifest, manager: Mapping[str, Any]) -> str:
    """Return the owner of a Receiver, ``PLATFORM`` or a tenant; empty if notification-manager ignores the Receiver."""
    platform, tenant = selectors_of(manager).values()
    labels = labels_of(receiver)
    if matches(platform, labels):
        return PLATFORM
    return str(labels.get(tenant_key(manager)) or "") if matches(tenant, labels) else ""


def tenant_key(manager: Mapping[str, Any]) -> str:
    """Return the label of a tenant's Receiver that names the tenant."""
    return str(part(manager, "receivers").get("tenantKey") or "user")
