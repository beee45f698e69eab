# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other clusters of the inventory that share a host, found and read only where they matter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.feature import DesiredFeature
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.multicluster import HOST_VARIABLE
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    FLEET_RESULT,
    HostVariables,
    plain,
    registered,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES


class PeerClusters:
    """What the inventory says of the clusters around one.

    ``host``: the variables of the task's inventory host. ``hostvars``: those of all of them, as Ansible has them.
    """

    def __init__(self, host: Mapping[str, Any], hostvars: Any = None) -> None:
        self._host = host
        self._hostvars = hostvars or {}
        self.name = str(host.get("inventory_hostname") or "this cluster")

    @property
    def declared_host(self) -> str:
        """The inventory host that is this member's host cluster; empty for none but itself."""
        named = declared_host_of(self._host)
        return "" if named == self.name else named

    @cached_property
    def members(self) -> dict[str, Mapping[str, Any]]:
        """The variables of the members that name this cluster as their host.

        ``fleet`` has found them for all hosts at once; without it, every host's variables are looked through.
        """
        known = registered(self._host, FLEET_RESULT).get("members")
        names = self._hostvars if known is None else plain(known.get(self.name, []))
        found = {name: self._of(name) for name in names if name in self._hostvars and name != self.name}
        return {name: its for name, its in found.items() if declared_host_of(its) == self.name}

    def host_params(self, role: str, errors: list[str]) -> Mapping[str, Any] | None:
        """Return the options of a role on this member's host, None where they cannot be known."""
        if self.declared_host not in self._hostvars:
            return None
        return ROLES[role].params(self._of(self.declared_host), errors)

    def _of(self, name: str) -> Mapping[str, Any]:
        if isinstance(self._host, HostVariables):
            return self._host.of(self._hostvars, name)
        variables: Mapping[str, Any] = self._hostvars[name]
        return variables


def declared_host_of(variables: Mapping[str, Any]) -> str:
    """Return the inventory host that a cluster names as its host cluster."""
    return str(variables.get(HOST_VARIABLE) or "")


def desired_notification(variables: Mapping[str, Any], errors: list[str]) -> DesiredFeature | None:
    """Return what a cluster wishes of its notifications, yet unread; None where it wishes them absent or is wrong."""
    params = ROLES["notification"].params(variables, errors)
    if params is None or params["notification_state"] == "absent":
        return None
    return DesiredFeature(params, {name: variables.get(name) for name in FEATURES["notification"].VARIABLES}, [])
