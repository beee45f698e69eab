# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""To whom a Receiver belongs: the platform, or a tenant.

Source: notification-manager v2.3.0 (``getTenantID`` in pkg/controller).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .holdings import Manifest, labels_of, part
from .selectors import matches

#: notification-manager's name of the platform among the tenants.
PLATFORM = "notification-manager/type/global"

_GLOBAL, _TENANT = {"matchLabels": {"type": "global"}}, {"matchLabels": {"type": "tenant"}}


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
