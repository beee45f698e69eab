# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peer clusters of the inventory, which share a host; their variables are read only when needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ansible.module_utils.common.validation import check_type_list

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.feature import DesiredFeature
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.multicluster import HOST_VARIABLE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.registered import FLEET_RESULT
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    HostVariables,
    plain,
    registered,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES


class PeerClusters:
    """The peer clusters of one cluster, as declared by the inventory.

    ``host``: the variables of the task's inventory host. ``hostvars``: Ansible's variable of that name.
    """

    def __init__(self, host: Mapping[str, Any], hostvars: Any = None) -> None:
        self._host = host
        self._hostvars = hostvars or {}
        self.name = str(host.get("inventory_hostname") or "this cluster")

    @property
    def declared_host(self) -> str:
        """The inventory host of this member's host cluster; empty for none or itself."""
        declared = read_declared_host(self._host)
        return "" if declared == self.name else declared

    @cached_property
    def members(self) -> dict[str, Mapping[str, Any]]:
        """The variables of the members that declare this cluster as their host.

        ``fleet_chats`` returns them for all hosts; without its result, every host's variables are searched.
        """
        known = registered(self._host, FLEET_RESULT).get("members")
        names = self._hostvars if known is None else plain(known.get(self.name, []))
        found = {name: self._for_host(name) for name in names if name in self._hostvars and name != self.name}
        return {name: host for name, host in found.items() if read_declared_host(host) == self.name}

    @property
    def inventory(self) -> list[str]:
        """The hosts whose desired state this run knows: those of the inventory, and those declared to be retired."""
        return [self.name, *self._hostvars, *self._retired]

    def is_in_inventory(self, name: str) -> bool:
        """Return whether this run knows what a host wants."""
        return name == self.name or name in self._hostvars or name in self._retired

    @property
    def is_slice(self) -> bool:
        """Whether this run has a slice of the inventory, as ``fleet_chats`` found out."""
        return bool(registered(self._host, FLEET_RESULT).get("slice"))

    @cached_property
    def _retired(self) -> list[str]:
        with Errors() as errors:
            return retired_hosts(errors, self._host)

    def host_params(self, errors: Errors, role: str) -> Mapping[str, Any] | None:
        """Return the options of a role on this member's host, None if it is unknown or they are invalid."""
        if self.declared_host not in self._hostvars:
            return None
        return ROLES[role].params(errors, self._for_host(self.declared_host))

    def _for_host(self, name: str) -> Mapping[str, Any]:
        if isinstance(self._host, HostVariables):
            return self._host.for_host(self._hostvars, name)
        variables: Mapping[str, Any] = self._hostvars[name]
        return variables


def retired_hosts(errors: Errors, variables: Mapping[str, Any]) -> list[str]:
    """Return the hosts in ``kubesphere_retired_hosts``, a list or a comma-separated string."""
    found: list[str] = []
    try:
        found = check_type_list(variables.get("kubesphere_retired_hosts") or [])
    except TypeError:
        errors.at("kubesphere_retired_hosts").add("not a list; set the names of former inventory hosts")
    return found


def read_declared_host(variables: Mapping[str, Any]) -> str:
    """Return the inventory host that a cluster declares as its host cluster."""
    return str(variables.get(HOST_VARIABLE) or "")


def desired_notification(errors: Errors, variables: Mapping[str, Any]) -> DesiredFeature | None:
    """Return a cluster's desired notification state, not yet read; None if it is absent or invalid."""
    params = ROLES["notification"].params(errors, variables)
    if params is None or params["notification_state"] == "absent":
        return None
    return DesiredFeature(params, {name: variables.get(name) for name in FEATURES["notification"].VARIABLES})
