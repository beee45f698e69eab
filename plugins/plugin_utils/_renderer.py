# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes of one host, checked, and rendered once it is known what its cluster is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import raise_for_problems
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting, multicluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.feature import Wishes
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import Facts
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import EXTENSIBLE
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import known_chat_ids
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._peer_clusters import Neighbours, notification_wishes
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES

NOTIFICATION_OPTIONS = "notification_chats and notification_robot"
ALERTMANAGER_OPTIONS = "the options alertmanager_*"


class Renderer:
    """Renders features; ``notes`` is what the task's result has to say of them, beside what was written.

    Checks the options of all features when it is made, and raises ``InputError`` with what is wrong; ``problems`` is
    what is wrong already.
    """

    def __init__(self, task: Task, host: Mapping[str, Any], problems: list[str], hostvars: Any = None) -> None:
        self.notes: list[str] = []
        self._task = task
        self._host = host
        self._neighbours = Neighbours(host, hostvars)
        self._wished = self._read(problems)
        raise_for_problems(problems)
        self._chat_ids = known_chat_ids(host)
        # What does not depend on the cluster must fail before it is asked anything.
        self._contexts = {name: self._settings(name, wishes) for name, wishes in self._wished.items()}

    def __call__(self, name: str, facts: Facts) -> list[dict[str, Any]]:
        """Return a feature's manifests for this cluster; raises ``InputError`` for wishes that it cannot have."""
        raise_for_problems(multicluster.check_role(facts, self._neighbours.stated))
        if name == "notification":
            self._place_notification(facts)
        if name == "alertmanager" and facts.is_member_of_extensible:
            self._check_alertmanager()
        if name not in self._contexts:
            return []
        if name == "alerting" and facts.family == EXTENSIBLE:
            self._place_alerting(facts)
        if name != "notification" or facts.role != "member":
            raise_for_problems(FEATURES[name].check_release(self._contexts[name], facts.family))
        return ROLES[name].render({name: self._contexts[name], "kubesphere_cluster": facts.as_dict()})

    @property
    def wishes_alerting(self) -> bool:
        """Tell whether the component or policies are wished."""
        context = self._contexts.get("alerting") or {}
        return bool(context.get("enabled") or context.get("groups"))

    def _place_alerting(self, facts: Facts) -> None:
        """Hold policies of KubeSphere 4 to what its own API needs, and let a host install for its members as well."""
        context = self._contexts["alerting"]
        raise_for_problems(alerting.check_api(context, facts.role))
        if facts.role == "host":
            context["members"] = self._alerting_members()

    def _alerting_members(self) -> list[dict[str, Any]]:
        """Return the members that wish the component, which their host installs; raises where one lacks an address."""
        problems: list[str] = []
        found = []
        for name, variables in self._neighbours.members.items():
            params = ROLES["alerting"].params(variables, problems)
            if params and params["alerting_state"] != "absent" and alerting.is_enabled(params):
                problems += alerting.check_member(name, params)
                called = str(variables.get("kubesphere_cluster_name") or name)
                found.append({"name": called, "alertmanager_url": params["alerting_alertmanager_url"]})
        raise_for_problems(problems)
        return found

    def _read(self, problems: list[str]) -> dict[str, Wishes]:
        """Return the wishes of each feature; one that the host wants absent has none."""
        wished = {}
        for name in self._task.params["features"] if self._task.params["state"] == "present" else []:
            params = ROLES[name].params(self._host, problems)
            if params is None or params[f"{name}_state"] == "absent":
                continue
            values = {variable: self._host.get(variable) for variable in FEATURES[name].VARIABLES}
            self._task.secrets.add(*FEATURES[name].secrets(params, values))
            wished[name] = FEATURES[name].read(params, values)
            problems += wished[name].problems
        return wished

    def _settings(self, name: str, wishes: Wishes) -> dict[str, Any]:
        return FEATURES[name].settings(wishes, self._chat_ids)

    def _place_notification(self, facts: Facts) -> None:
        """Give a host the wishes of its members as well, and say of a member where its own are written."""
        if facts.role == "member":
            own = self._wished.get("notification")
            if own and multicluster.wishes_any(own):
                raise_for_problems(multicluster.check_has_host(self._neighbours.stated, NOTIFICATION_OPTIONS))
            self.notes.append(multicluster.member_note(facts, self._neighbours.stated))
            return
        members = self._neighbours.members
        raise_for_problems(multicluster.check_is_host(facts, list(members)))
        if not members:
            return
        problems: list[str] = []
        asked = {name: notification_wishes(variables, problems) for name, variables in members.items()}
        wishes = {name: its for name, its in asked.items() if its}
        united, disagreements = multicluster.unite(self._neighbours.name, self._wished.get("notification"), wishes)
        raise_for_problems([*problems, *disagreements])
        if united:
            self._task.secrets.add(*FEATURES["notification"].secrets(united.params, united.variables))
            read = FEATURES["notification"].read(united.params, united.variables)
            raise_for_problems(read.problems)
            self._contexts["notification"] = self._settings("notification", read)
            self.notes.append(multicluster.host_note(list(members)))

    def _check_alertmanager(self) -> None:
        """Hold a member to the settings of its host: in KubeSphere 4 there is no other Alertmanager."""
        context = self._contexts.get("alertmanager")
        if not context or not context["document"]:
            return
        problems = multicluster.check_has_host(self._neighbours.stated, ALERTMANAGER_OPTIONS)
        params = None if problems else self._neighbours.host_params("alertmanager", problems)
        if params is not None:
            theirs = self._settings("alertmanager", FEATURES["alertmanager"].read(params, {}))
            here = self._neighbours
            problems += multicluster.check_same_alertmanager(
                here.name, here.stated, context["document"], theirs["document"]
            )
        raise_for_problems(problems)
