# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access to the chat registry, by variables of its own or as a host of the run, and slices of the inventory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.secrets.options import find_secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import validated
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.operator_actions import (
    OperatorActions,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import check_access
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import cluster_spec
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import readable

PREFIX = "dingtalk_registry_"
HOST = f"{PREFIX}host"
#: The access options that exist as variables of the registry.
OPTIONS = ("kubeconfig", "context")


def own_access(errors: Errors, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the access options in the registry's own variables; None without them, or if they have errors."""
    given = {name: value for name in OPTIONS if (value := params.get(f"{PREFIX}{name}")) not in (None, "")}
    if not given:
        return None
    if not params.get(HOST):
        errors.at(HOST).add(f"missing; set it to the inventory host of the cluster in {PREFIX}kubeconfig")
    found = errors.at()
    with found.collecting():
        access = validated(found.at(f"{PREFIX}* variables"), cluster_spec(), given)
        if access is not None:
            check_access(found, PREFIX, access)
        return None if found else access
    return None


def secrets_of_registry(variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secrets in the registry's own variables, valid or not."""
    yield from find_secrets(cluster_spec(), {name: readable(variables, f"{PREFIX}{name}") for name in OPTIONS})


def lacks_registry_host(params: Mapping[str, Any], hosts: Collection[str]) -> bool:
    """Return whether the hosts are a slice of an inventory, as the registry is reached, but its host is not one."""
    has_access = any(params.get(f"{PREFIX}{name}") for name in OPTIONS)
    return bool(has_access and params.get(HOST) and params[HOST] not in hosts)


def check_registry_host(errors: Errors, params: Mapping[str, Any], hosts: Collection[str]) -> None:
    """Check that a variable says how to reach the registry."""
    registry_host = params.get(HOST)
    if not registry_host or registry_host in hosts or any(params.get(f"{PREFIX}{name}") for name in OPTIONS):
        return
    errors.at(HOST).add(
        f"{registry_host!r} is not among the hosts of this run; set it to the cluster with the chat registry, "
        f"and kubesphere_group to a group that contains it. For a slice of the inventory, set {PREFIX}kubeconfig"
    )


def check_slice(errors: Errors, params: Mapping[str, Any], operator_actions: OperatorActions) -> None:
    """Check that no variable changes chats, which a slice does not."""
    given = [name for name, keys in operator_actions.keys().items() if keys]
    given += [name for name in ("dingtalk_start_registry",) if params.get(name)]
    for name in given:
        errors.at(name).add(
            "not for a slice of the inventory; run playbook kubesphere.dingtalk.chats with the whole inventory"
        )
