# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``verify``: what the inventory expects of each cluster, and where its chats are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors, OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import validated
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import Expectations
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.registry import registered_chats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.summary import has_failed
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import Facts
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import Fleet
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.verify import VerifiedFleet, run_verify
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._fleet_chats_action import FleetChatsAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    HostVariables,
    access_options,
    api_options,
    known_chat_ids,
    selected_features,
    with_fleet,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._inventory import (
    CLUSTER_SPEC,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._renderer import Renderer
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._run_summary_action import (
    result_names,
    results_of,
)

NOTIFICATION = "notification"


class VerifyAction(FleetChatsAction):
    """Runs ``verify`` for the hosts of the play, with the variables of all hosts."""

    def _run(self, task: Task, variables: Mapping[str, Any]) -> dict[str, Any]:
        own = HostVariables(self._templar, with_fleet(dict(variables), self._task.args))
        with Errors() as errors:
            inventory = self.read_inventory(errors, task, variables)
            fleet = inventory.fleet() if inventory.hosts else Fleet()
            errors.extend(inventory.errors())
        task.params = {**task.params, **inventory.app_options()}
        in_play = [host for host in inventory.hosts if host in variables["ansible_play_hosts_all"]]
        by_host = {host: own.for_host(variables["hostvars"], host) for host in in_play}
        chat_ids = _chat_ids(task, fleet, own)
        results = results_of(variables, in_play, result_names(self._task.args))

        def expect(host: str, facts: Facts) -> Expectations:
            return _expectations(task, by_host[host], variables["hostvars"], chat_ids, facts)

        clusters = {host: _access(by_host[host], fleet.clusters[host], results.get(host) or {}) for host in in_play}
        return run_verify(task, VerifiedFleet(clusters, expect, frozenset(chat_ids.values()), fleet.robots))


def _access(
    host: Mapping[str, Any], access: Mapping[str, Any] | str, result: Mapping[str, Any]
) -> Mapping[str, Any] | str:
    """Return the access options of a cluster, or why it is not verified. ``result``: of its configuration."""
    if has_failed(result):
        return "its configuration failed in this run"
    if isinstance(access, str):
        return f"it is not verified from the controller: {access}"
    if NOTIFICATION not in selected_features(host):
        return "kubesphere_features excludes notification"
    return validated(Errors(), CLUSTER_SPEC, {**access_options(host), **api_options(host)}) or access


def _chat_ids(task: Task, fleet: Fleet, own: HostVariables) -> dict[str, str]:
    """Return chat key -> chat ID of the inventory's chats: from this run, the inventory, or the registry."""
    given = {key: chat.chat_id for key, chat in fleet.chats.items() if chat.chat_id}
    known = {**given, **known_chat_ids(own)}
    access = fleet.registry_access
    if not isinstance(access, Mapping) or all(key in known for key in fleet.chats):
        return known
    app_key = task.params.get("app_key")
    try:
        registered = registered_chats(Cluster.connect(access, task.secrets))
    except OperationError as error:
        text = f"The chat registry on {fleet.registry_host} cannot be read. {error.message}"
        raise OperationError(text, finding=error.finding) from None
    found = {chat["chat"]: chat["chat_id"] for chat in registered if chat["app_key"] == app_key and chat["chat_id"]}
    return {**{key: found[key] for key in fleet.chats if key in found}, **known}


def _expectations(
    task: Task, host: Mapping[str, Any], hostvars: Any, chat_ids: Mapping[str, str], facts: Facts
) -> Expectations:
    """Return what a cluster is expected to deliver; raises ``OperationError``, as for a chat that does not exist."""
    params = {"features": [NOTIFICATION], "state": "present"}
    # Its warnings are those of the run that configures the cluster.
    render = Renderer(replace(task, params=params, warnings=[]), host, Errors(), hostvars, chat_ids)
    render(NOTIFICATION, facts)
    return render.expectations(facts)
