# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired state of one host, validated, and rendered to manifests with the facts of its cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.item_kinds import field_paths
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.attribution import attributed
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.contributors import (
    Contributors,
    FieldContributors,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import Expectations
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting, multicluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.expectations import expectations
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.feature import DesiredFeature
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.notification import DesiredNotification
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.release_variables import warn_of_unread
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere import alerting_extension, ruler_urls
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import Facts
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import desired_objects
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    known_chat_ids,
    readable,
    selected_features,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._peer_clusters import (
    PeerClusters,
    desired_notification,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._unknown_variables import mode_of

NOTIFICATION_OPTIONS = "notification_chats and notification_robot"
ALERTMANAGER_OPTIONS = "the options alertmanager_*"


class Renderer:
    """Renders features; ``notes``: notes about them for the task's result.

    The constructor validates the options of all features and raises ``InputError`` with the errors, including those
    already in ``errors``. ``chat_ids``: chat key -> chat ID, None for those that role ``dingtalk`` registered.
    """

    def __init__(
        self,
        task: Task,
        host: Mapping[str, Any],
        errors: Errors,
        hostvars: Any = None,
        chat_ids: Mapping[str, str] | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._task = task
        self._host = host
        self._peers = PeerClusters(host, hostvars)
        self._desired = self._read(errors)
        errors.raise_if_any()
        self._chat_ids = known_chat_ids(host) if chat_ids is None else chat_ids
        self._fields: Mapping[str, FieldContributors] = {}
        #: The desired state of notification on this cluster, with that of its members on a host.
        self._merged = self._desired.get("notification")
        self._sending_members: list[str] = []
        # Errors that do not depend on the cluster must be found before any request to it.
        self._contexts = {name: self._settings(name, desired) for name, desired in self._desired.items()}

    def __call__(self, name: str, facts: Facts) -> list[dict[str, Any]]:
        """Return a feature's manifests for this cluster; raises ``InputError`` for unsupported options."""
        with Errors() as errors:
            multicluster.check_role(errors, facts, self._peers.declared_host)
        if name == "notification":
            self._prepare_notification(facts)
        if name == "alertmanager" and facts.is_kubesphere_4_member:
            self._check_alertmanager()
        if name not in self._contexts:
            return []
        if name == "alerting" and facts.is_kubesphere_4:
            self._prepare_alerting(facts)
        if name != "notification" or facts.role != "member":
            with Errors() as errors:
                FEATURES[name].check_release(errors, self._contexts[name], facts.release)
        unread = warn_of_unread(name, self._host, facts) if mode_of(self._host) != "ignore" else []
        for warning in (*FEATURES[name].warnings(self._contexts[name], facts.release), *unread):
            self._task.warn(warning)
        return ROLES[name].render({name: self._contexts[name], "kubesphere_cluster": facts.as_dict()})

    def expectations(self, facts: Facts) -> Expectations:
        """Return which alerts are expected where; none on a member of KubeSphere 4, whose host sends its alerts."""
        if not isinstance(self._merged, DesiredNotification) or facts.is_kubesphere_4_member:
            return Expectations()
        members = self._sending_members if facts.is_kubesphere_4 else []
        return expectations(self._merged, self._chat_ids, self._contexts, facts.release, members)

    @property
    def contributors(self) -> Contributors:
        """The hosts that want the fields of the manifests rendered so far."""
        return Contributors(self._peers.name, self._fields, self._peers.is_in_inventory, self._peers.is_slice)

    def contributor_options(self) -> dict[str, Any]:
        """Return :attr:`contributors` as an option of ``cluster_config``."""
        return self.contributors.as_options(self._peers.inventory)

    @property
    def has_alerting(self) -> bool:
        """Return whether the component or policies are desired."""
        context = self._contexts.get("alerting") or {}
        return bool(context.get("enabled") or context.get("groups"))

    @cached_property
    def has_destination(self) -> bool:
        """Whether ``notification_*`` of this cluster, or of a member that declares it, is the destination of alerts.

        False without the feature ``alerting``, which configures rulers. The options of ``notification`` count even if
        the task does not apply them, as the rulers depend on the inventory, and not on tags.
        """
        if "alerting" not in self._desired or "notification" not in selected_features(self._host):
            return False
        clusters = (self._host, *self._peers.members.values())
        with Errors() as errors:
            own, *others = [desired_notification(errors, variables) for variables in clusters]
        return own is not None and any(multicluster.has_destination(item) for item in (own, *others) if item)

    @property
    def member_names(self) -> list[str]:
        """KubeSphere's names of the members that declare this cluster, a host of KubeSphere 4."""
        members = self._peers.members
        return [str(variables.get("kubesphere_cluster_name") or host) for host, variables in members.items()]

    def note_missing_extension(self, facts: Facts) -> None:
        """Add a note if alerts of a host and its members have a destination, but no extension that sends them."""
        context = self._contexts["alerting"]
        is_here = context["enabled"] or facts.alerting_cluster in facts.alerting_urls
        members = [item["host"] for item in self._members(facts) if not item["enabled"] and not item["is_placed"]]
        missing = [*([] if is_here else [self._peers.name]), *members]
        if missing:
            self.notes.append(alerting.not_installed_note(missing))

    def _prepare_alerting(self, facts: Facts) -> None:
        """Check the API options of policies on KubeSphere 4, and add the members of a host."""
        context = self._contexts["alerting"]
        with Errors() as errors:
            alerting.check_api(errors, context, facts.role)
        if facts.role == "host":
            context["members"] = self._alerting_members(facts)
            context["is_destination"] = self.has_destination and bool(facts.alerting_urls)

    def _alerting_members(self, facts: Facts) -> list[dict[str, Any]]:
        """Return the members that enable the component, which the host installs, and those that send alerts.

        Raises ``InputError`` if one of the former has no ``alerting_alertmanager_url``.
        """
        found = self._members(facts)
        with Errors() as errors:
            for member in found:
                alerting.check_member(errors, member)
        wanted = [item for item in found if item["enabled"] or (item["is_placed"] and self.has_destination)]
        for warning in filter(None, map(alerting.warn_of_member, wanted)):
            self._task.warn(warning)
        self._fields = {**self._fields, alerting_extension.REFERENCE.key: _override_fields(wanted)}
        return wanted

    def _members(self, facts: Facts) -> list[dict[str, Any]]:
        """Return the members that do not exclude the feature; raises ``InputError`` for invalid options."""
        found = []
        with Errors() as errors:
            for host, variables in self._peers.members.items():
                params = ROLES["alerting"].params(errors, variables)
                if params and params["alerting_state"] != "absent":
                    name = str(variables.get("kubesphere_cluster_name") or host)
                    found.append(alerting.member_of(host, name, params, facts))
        return found

    def _read(self, errors: Errors) -> dict[str, DesiredFeature]:
        """Return the desired state of each feature, without those whose state is absent."""
        desired: dict[str, DesiredFeature] = {}
        for name in self._task.params["features"] if self._task.params["state"] == "present" else []:
            with errors.collecting():
                if read := self._read_feature(errors, name):
                    desired[name] = read
        return desired

    def _read_feature(self, errors: Errors, name: str) -> DesiredFeature | None:
        # Before any error about them: the variables as they are, valid or not.
        given = {option: readable(self._host, option) for option in (*ROLES[name].names, *FEATURES[name].VARIABLES)}
        self._task.secrets.add(*FEATURES[name].secrets(given, given))
        values = {variable: self._host.get(variable) for variable in FEATURES[name].VARIABLES}
        params = ROLES[name].params(errors, self._host)
        if params is None or params[f"{name}_state"] == "absent":
            return None
        return FEATURES[name].read(errors, params, values)

    def _settings(self, name: str, desired: DesiredFeature) -> dict[str, Any]:
        return FEATURES[name].settings(desired, self._chat_ids)

    def _prepare_notification(self, facts: Facts) -> None:
        """Merge the members' desired state into that of their host; on a member, note where its own is written."""
        if facts.role == "member":
            own = self._desired.get("notification")
            if own and multicluster.has_destination(own):
                with Errors() as errors:
                    multicluster.check_has_host(errors, self._peers.declared_host, NOTIFICATION_OPTIONS)
            self.notes.append(multicluster.member_note(facts, self._peers.declared_host))
            return
        members = self._peers.members
        with Errors() as errors:
            multicluster.check_is_host(errors, facts, list(members))
        if not members:
            return
        with Errors() as errors:
            read = {name: desired_notification(errors, variables) for name, variables in members.items()}
            present = {name: desired for name, desired in read.items() if desired}
            merged = multicluster.merge_members(errors, self._peers.name, self._desired.get("notification"), present)
        if merged:
            self._task.secrets.add(*FEATURES["notification"].secrets(merged.params, merged.variables))
            with Errors() as errors:
                desired = FEATURES["notification"].read(errors, merged.params, merged.variables)
            self._contexts["notification"] = self._settings("notification", desired)
            self._merged = desired
            self._sending_members = [
                str(members[name].get("kubesphere_cluster_name") or name)
                for name, member in present.items()
                if multicluster.has_destination(member)
            ]
            self._attribute(facts, present)
            self.notes.append(multicluster.host_note(list(members)))

    def _attribute(self, facts: Facts, members: Mapping[str, DesiredFeature]) -> None:
        """Find out which cluster wants which fields of the host's notification settings."""
        own = self._desired["notification"]
        notification = attributed(
            (hosts, desired_objects("notification", self._rendered_alone(alone, facts)))
            for hosts, alone in multicluster.contributions(self._peers.name, own, members)
        )
        self._fields = {**self._fields, **notification}

    def _rendered_alone(self, desired: DesiredFeature, facts: Facts) -> list[dict[str, Any]]:
        read = FEATURES["notification"].read(Errors(), desired.params, desired.variables)
        context = {"notification": self._settings("notification", read), "kubesphere_cluster": facts.as_dict()}
        return ROLES["notification"].render(context)

    def _check_alertmanager(self) -> None:
        """Check that a member's settings equal its host's: in KubeSphere 4, they share one Alertmanager."""
        context = self._contexts.get("alertmanager")
        if not context or not context["document"]:
            return
        name, declared_host = self._peers.name, self._peers.declared_host
        with Errors() as errors:
            multicluster.check_has_host(errors, declared_host, ALERTMANAGER_OPTIONS)
            params = None if errors else self._peers.host_params(errors, "alertmanager")
            if params is not None:
                host_context = self._settings("alertmanager", FEATURES["alertmanager"].read(Errors(), params, {}))
                documents = context["document"], host_context["document"]
                multicluster.check_same_alertmanager(errors, name, declared_host, *documents)


def _override_fields(members: Iterable[Mapping[str, Any]]) -> FieldContributors:
    """Return the values of the extension that apply to one member each, which wants them."""
    return {
        field_paths.render((*ruler_urls.OVERRIDES, member["name"])): frozenset({member["host"]}) for member in members
    }
