# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes of one host, checked, and rendered once it is known what its cluster is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import raise_for_errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting, multicluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.feature import DesiredFeature
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import Facts
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import KUBESPHERE_4
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import known_chat_ids
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._peer_clusters import (
    PeerClusters,
    desired_notification,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES

NOTIFICATION_OPTIONS = "notification_chats and notification_robot"
ALERTMANAGER_OPTIONS = "the options alertmanager_*"


class Renderer:
    """Renders features; ``notes`` is what the task's result has to say of them, beside what was written.

    Checks the options of all features when it is made, and raises ``InputError`` with what is wrong; ``errors`` is
    what is wrong already.
    """

    def __init__(self, task: Task, host: Mapping[str, Any], errors: list[str], hostvars: Any = None) -> None:
        self.notes: list[str] = []
        self._task = task
        self._host = host
        self._peers = PeerClusters(host, hostvars)
        self._wished = self._read(errors)
        raise_for_errors(errors)
        self._chat_ids = known_chat_ids(host)
        # What does not depend on the cluster must fail before it is asked anything.
        self._contexts = {name: self._settings(name, desired_items) for name, desired_items in self._wished.items()}

    def __call__(self, name: str, facts: Facts) -> list[dict[str, Any]]:
        """Return a feature's manifests for this cluster; raises ``InputError`` for wishes that it cannot have."""
        raise_for_errors(multicluster.check_role(facts, self._peers.declared_host))
        if name == "notification":
            self._place_notification(facts)
        if name == "alertmanager" and facts.is_kubesphere_4_member:
            self._check_alertmanager()
        if name not in self._contexts:
            return []
        if name == "alerting" and facts.release == KUBESPHERE_4:
            self._place_alerting(facts)
        if name != "notification" or facts.role != "member":
            raise_for_errors(FEATURES[name].check_release(self._contexts[name], facts.release))
        return ROLES[name].render({name: self._contexts[name], "kubesphere_cluster": facts.as_dict()})

    @property
    def has_alerting(self) -> bool:
        """Tell whether the component or policies are wished."""
        context = self._contexts.get("alerting") or {}
        return bool(context.get("enabled") or context.get("groups"))

    def _place_alerting(self, facts: Facts) -> None:
        """Hold policies of KubeSphere 4 to what its own API needs, and let a host install for its members as well."""
        context = self._contexts["alerting"]
        raise_for_errors(alerting.check_api(context, facts.role))
        if facts.role == "host":
            context["members"] = self._alerting_members()

    def _alerting_members(self) -> list[dict[str, Any]]:
        """Return the members that wish the component, which their host installs; raises where one lacks an address."""
        errors: list[str] = []
        found = []
        for name, variables in self._peers.members.items():
            params = ROLES["alerting"].params(variables, errors)
            if params and params["alerting_state"] != "absent" and alerting.is_enabled(params):
                errors += alerting.check_member(name, params)
                called = str(variables.get("kubesphere_cluster_name") or name)
                found.append({"name": called, "alertmanager_url": params["alerting_alertmanager_url"]})
        raise_for_errors(errors)
        return found

    def _read(self, errors: list[str]) -> dict[str, DesiredFeature]:
        """Return the wishes of each feature; one that the host wants absent has none."""
        desired = {}
        for name in self._task.params["features"] if self._task.params["state"] == "present" else []:
            params = ROLES[name].params(self._host, errors)
            if params is None or params[f"{name}_state"] == "absent":
                continue
            values = {variable: self._host.get(variable) for variable in FEATURES[name].VARIABLES}
            self._task.secrets.add(*FEATURES[name].secrets(params, values))
            desired[name] = FEATURES[name].read(params, values)
            errors += desired[name].errors
        return desired

    def _settings(self, name: str, desired_items: DesiredFeature) -> dict[str, Any]:
        return FEATURES[name].settings(desired_items, self._chat_ids)

    def _place_notification(self, facts: Facts) -> None:
        """Give a host the wishes of its members as well, and say of a member where its own are written."""
        if facts.role == "member":
            own = self._wished.get("notification")
            if own and multicluster.has_destination(own):
                raise_for_errors(multicluster.check_has_host(self._peers.declared_host, NOTIFICATION_OPTIONS))
            self.notes.append(multicluster.member_note(facts, self._peers.declared_host))
            return
        members = self._peers.members
        raise_for_errors(multicluster.check_is_host(facts, list(members)))
        if not members:
            return
        errors: list[str] = []
        asked = {name: desired_notification(variables, errors) for name, variables in members.items()}
        desired_items = {name: its for name, its in asked.items() if its}
        united, disagreements = multicluster.unite(self._peers.name, self._wished.get("notification"), desired_items)
        raise_for_errors([*errors, *disagreements])
        if united:
            self._task.secrets.add(*FEATURES["notification"].secrets(united.params, united.variables))
            read = FEATURES["notification"].read(united.params, united.variables)
            raise_for_errors(read.errors)
            self._contexts["notification"] = self._settings("notification", read)
            self.notes.append(multicluster.host_note(list(members)))

    def _check_alertmanager(self) -> None:
        """Hold a member to the settings of its host: in KubeSphere 4 there is no other Alertmanager."""
        context = self._contexts.get("alertmanager")
        if not context or not context["document"]:
            return
        errors = multicluster.check_has_host(self._peers.declared_host, ALERTMANAGER_OPTIONS)
        params = None if errors else self._peers.host_params("alertmanager", errors)
        if params is not None:
            theirs = self._settings("alertmanager", FEATURES["alertmanager"].read(params, {}))
            here = self._peers
            errors += multicluster.check_same_alertmanager(
                here.name, here.declared_host, context["document"], theirs["document"]
            )
        raise_for_errors(errors)
