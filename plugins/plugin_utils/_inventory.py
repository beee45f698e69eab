# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired state of an inventory: read from the variables of all hosts and validated as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors, OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.printable import check_line
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.secrets.options import (
    check_secrets,
    find_secrets,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.text import few
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import (
    check_keys,
    check_token,
    keyed,
    validated,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.verbatim import check_verbatim
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import notification
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.chats import (
    DesiredApp,
    app_secrets,
    read_app,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.multicluster import (
    HOST_VARIABLE,
    check_declared_host,
    merge_members,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.notification import used_chats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.robot_verification import (
    VARIABLE as VERIFY_ROBOTS,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.robot_verification import read_verification
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.options import dingtalk_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.sites import check_sites
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.operator_actions import (
    OperatorActions,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.validation import check_chat_id
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.quota_forecast import Sends, sends_of
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.address import Address
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import (
    check_access,
    check_connection,
    read_address,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import (
    cluster_spec,
    kubesphere_api_spec,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import (
    OPERATION as CLUSTER_CONFIG,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import Fleet
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    CLUSTER_VARIABLES,
    TASK_OPTIONS,
    HostVariables,
    access_options,
    api_options,
    readable,
    selected_features,
    task_options,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._peer_clusters import (
    desired_notification,
    read_declared_host,
    retired_hosts,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._registry_access import (
    check_registry_host,
    check_slice,
    lacks_registry_host,
    own_access,
    secrets_of_registry,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import DINGTALK, ROLES, Role
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._unknown_variables import check_mode

#: Options of ``fleet_chats`` that also exist as variables with the prefix ``dingtalk_``.
APP_SPEC = dingtalk_spec()
APP_OPTIONS = tuple(APP_SPEC.options)
#: Variables that define the chats and robots, which are validated once and not for each host with the same values.
APP_VARIABLES = ("dingtalk_chats", "dingtalk_robots", "dingtalk_legacy_api_url")
#: Access to KubeSphere's own API, and the wait timeout.
API_SPEC = kubesphere_api_spec().merge(
    ArgumentSpec(options={option: CLUSTER_CONFIG.spec.options[option] for option in TASK_OPTIONS})
)
CLUSTER_SPEC = cluster_spec().merge(API_SPEC)
#: Variables whose values must not appear in errors.
SECRET = ("dingtalk_app_secret", "dingtalk_robots", "dingtalk_proxy", "dingtalk_registry_kubeconfig")
#: Names among the variables of a cluster, of which YAML may have changed the text, and credentials.
NAMES = frozenset({"kubesphere_cluster_name", HOST_VARIABLE})
CREDENTIALS = frozenset(f"kubesphere_{option}" for option in CLUSTER_SPEC.verbatim)
REMOTE = "it is accessed from another host over SSH"


class Inventory:
    """The hosts' variables, each read once, and their errors.

    ``own``: the variables of the task's host as seen by the task, including those of its play and role. ``given``:
    options of the task, which take precedence over variables.
    """

    def __init__(
        self,
        hostvars: Any,
        hosts: Iterable[str],
        own: HostVariables,
        given: Mapping[str, Any],
    ) -> None:
        self._errors: dict[str, list[str]] = {}
        self._users: dict[str, dict[str, None]] = {}
        own_name = own.get("inventory_hostname")
        self._hosts: dict[str, HostVariables] = {
            host: own if host == own_name else own.for_host(hostvars, host) for host in hosts
        }
        self._features: dict[str, list[str]] = {}
        self._params = self._shared_params(given)
        self._app = DesiredApp({}, {})
        #: Host -> the address at which its cluster is reached from here, None if it is unknown.
        self.addresses: dict[str, Address | None] = {}

    @property
    def hosts(self) -> Mapping[str, HostVariables]:
        """Inventory host -> its variables."""
        return self._hosts

    @property
    def features(self) -> Mapping[str, list[str]]:
        """Inventory host -> the features that its variables select, once :meth:`fleet` has read them."""
        return self._features

    def errors(self) -> list[str]:
        """Return the errors; one that several hosts share is reported once."""
        return [f"{few(hosts)}: {error}" if hosts else error for error, hosts in self._errors.items()]

    def secrets(self) -> Iterator[str]:
        """Yield the secrets in the variables of all hosts, valid or not."""
        for variables in self._hosts.values():
            for prefix, spec in (("dingtalk_", APP_SPEC), ("kubesphere_", CLUSTER_SPEC)):
                yield from find_secrets(spec, {name: readable(variables, prefix + name) for name in spec.options})
            yield from secrets_of_registry(variables)
            yield from app_secrets({"dingtalk_robots": readable(variables, "dingtalk_robots")})

    def app_options(self) -> dict[str, Any]:
        """Return the options of ``fleet_chats`` from variables and the task."""
        options = {name: self._params.get(f"dingtalk_{name}") for name in APP_OPTIONS}
        return {name: value for name, value in options.items() if value not in (None, "")}

    def fleet(self, is_slice: bool = False) -> Fleet:
        """Return the desired state; its errors are in :meth:`errors`.

        ``is_slice``: the hosts are a slice of the inventory, which is found out if they lack the registry's host.
        """
        params, errors = self._params, Errors()
        self._app = read_app(errors, params)
        chats, robots = self._app.chats, self._app.robots
        registry_host = params.get("dingtalk_registry_host") or ""
        operator_actions = _operator_actions(params)
        _check_operator_actions(errors, operator_actions, params.get("dingtalk_chats") or {}, registry_host)
        verify_robots = read_verification(errors.at(VERIFY_ROBOTS), params.get(VERIFY_ROBOTS))
        check_sites(errors, "dingtalk_", params.get("dingtalk_api_url"), params.get("dingtalk_legacy_api_url"))
        own_registry_access = own_access(errors, params)
        is_slice = is_slice or lacks_registry_host(params, self._hosts)
        if is_slice:
            check_slice(errors, params, operator_actions)
        _check_app(errors.at(), params, bool(chats))
        check_registry_host(errors, params, self._hosts)
        self._add(errors)
        sends: list[Sends | None] = []
        clusters = {host: self._check_host(host, variables, sends) for host, variables in self._hosts.items()}
        members = self._members(is_slice)
        return Fleet(
            chats,
            robots,
            clusters,
            registry_host,
            own_registry_access,
            tuple(sends),
            verify_robots=verify_robots,
            start_registry=bool(params.get("dingtalk_start_registry")),
            users={key: tuple(hosts) for key, hosts in self._users.items()},
            operator_actions=operator_actions,
            members=members,
            list_chats=bool(params.get("dingtalk_list_chats")),
            is_slice=is_slice,
        )

    def check_access(self) -> None:
        """Check how each cluster is reached, and nothing else; the errors are in :meth:`errors`."""
        for host, variables in self._hosts.items():
            errors = Errors()
            self._check_cluster(errors, host, variables)
            self._add(errors, host)

    def _members(self, is_slice: bool) -> dict[str, list[str]]:
        """Return host cluster -> its members, after checking that the desired states of its clusters can be merged."""
        values = {host: self._value(host, variables, HOST_VARIABLE) for host, variables in self._hosts.items()}
        declared = {cluster: str(value or "") for cluster, value in values.items()}
        members: dict[str, list[str]] = {}
        errors = Errors()
        for cluster, host in declared.items():
            if host and host != cluster:
                known = host in declared or is_slice
                check_declared_host(errors, cluster, host, declared.get(host), known)
                members.setdefault(host, []).append(cluster)
        for host in [name for name in members if name in self._hosts]:
            self._check_merged(errors, host, members[host])
        self._add(errors)
        return members

    def _check_merged(self, errors: Errors, host: str, members: list[str]) -> None:
        try:
            clusters = {name: desired_notification(Errors(), self._hosts[name]) for name in (host, *members)}
        except OperationError:
            return  # reported by the check of the cluster itself
        present = {name: desired for name, desired in clusters.items() if desired and name != host}
        merge_members(errors, host, clusters[host], present)

    def _add_users(self, chats: Iterable[str], host: str, declared_host: str) -> None:
        """Add the cluster, and the host that it declares, to the senders of chats."""
        for key in chats:
            for user in (host, declared_host):
                if user in self._hosts:
                    self._users.setdefault(key, {})[user] = None

    def _add(self, errors: Iterable[str], host: str | None = None) -> None:
        for error in errors:
            hosts = self._errors.setdefault(error, [])
            if host and host not in hosts:
                hosts.append(host)

    def _shared_params(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the options of role ``dingtalk``, which all hosts share; different values are an error."""
        values: dict[str, Any] = {}
        source: dict[str, str] = {}
        for host, variables in self._hosts.items():
            for name in DINGTALK.names:
                value = self._value(host, variables, name)
                if value in (None, "") or name in given:
                    continue
                if name in values and values[name] != value:
                    self._add([_conflict(name, source[name], host, values[name], value)])
                values.setdefault(name, value)
                source.setdefault(name, host)
        errors = Errors()
        app = {name: values.get(f"dingtalk_{name}") for name in APP_OPTIONS}
        check_secrets(errors, APP_SPEC, app, "dingtalk_")
        self._shared = {**values, **given}
        params = DINGTALK.params(errors, self._shared)
        self._add(errors)
        return {} if params is None else params

    def _value(self, host: str, variables: Mapping[str, Any], name: str) -> Any:
        errors = Errors()
        with errors.collecting():
            return variables.get(name)
        self._add(errors, host)
        return None

    def _check_host(
        self, host: str, variables: Mapping[str, Any], sends: list[Sends | None]
    ) -> Mapping[str, Any] | str:
        """Check one host; return the access options of its cluster, or why it cannot be reached from here."""
        errors = Errors()
        desired: dict[str, Mapping[str, Any]] = {}
        for name, role in ROLES.items():
            with errors.collecting():
                if params := self._check_feature(errors, name, role, variables):
                    desired[name] = params
        with errors.collecting():
            sends.append(sends_of(desired))
            if params := desired.get("notification"):
                self._add_users(used_chats(params), host, read_declared_host(variables))
        reached = self._check_cluster(errors, host, variables)
        self._add(errors, host)
        return reached

    def _check_cluster(self, errors: Errors, host: str, variables: Mapping[str, Any]) -> Mapping[str, Any] | str:
        """Check what reaches a cluster; return its access options, or why it cannot be reached from here."""
        reached: Mapping[str, Any] | str = "its variables are invalid"
        with errors.collecting():
            self._features[host] = selected_features(variables)
        _check_variables(errors, variables)
        with errors.collecting():
            if not is_local(variables):
                return REMOTE
            spec = replace(cluster_spec(), verbatim=frozenset())
            access = validated(errors.at("kubesphere_* variables"), spec, access_options(variables))
            if access is not None:
                access_errors = errors.at()
                check_access(access_errors, "kubesphere_", access)
                self.addresses[host] = None if access_errors else read_address(access)
                reached = access
        return reached

    def _check_feature(
        self, errors: Errors, name: str, role: Role, variables: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Return the options of a feature, None if they are invalid or its state is absent."""
        params = role.params(errors, variables)
        if params is None or params[f"{name}_state"] == "absent":
            return None
        values = {variable: variables.get(variable) for variable in FEATURES[name].VARIABLES}
        if name == "notification":
            notification.read(errors, params, values, self._app_of(errors, values))
        else:
            FEATURES[name].read(errors, params, values)
        return params

    def _app_of(self, errors: Errors, values: Mapping[str, Any]) -> DesiredApp:
        """Return a host's chats and robots, normally those of the inventory, for which alone their errors count."""
        if self._params and all(values[name] == self._shared.get(name) for name in APP_VARIABLES):
            return self._app
        for name in ("dingtalk_chats", "dingtalk_robots"):
            keyed(errors.at(name), values[name])
        return read_app(Errors(), values)


def _check_variables(errors: Errors, variables: Mapping[str, Any]) -> None:
    """Check the variables that a cluster's own task reads, apart from the access options."""
    for name in CLUSTER_VARIABLES:
        with errors.collecting():
            variables.get(name)  # raises where its template cannot be evaluated
    with errors.collecting():
        retired_hosts(errors, variables)
    with errors.collecting():
        check_mode(errors, variables)
    names = {name: readable(variables, name) for name in sorted(NAMES)}
    check_verbatim(errors, NAMES, names)
    check_verbatim(errors, CREDENTIALS, {name: readable(variables, name) for name in sorted(CREDENTIALS)})
    for name, value in names.items():
        if isinstance(value, str):
            check_line(errors.at(name), value)
    with errors.collecting():
        given = {**api_options(variables), **task_options(variables)}
        options = validated(errors.at("kubesphere_* variables"), replace(API_SPEC, verbatim=frozenset()), given)
        check_connection(errors, "kubesphere_", options or {})


def _check_app(errors: Errors, params: Mapping[str, Any], has_chats: bool) -> None:
    given = [name for name in ("dingtalk_app_key", "dingtalk_app_secret") if params.get(name)]
    for name in given:
        check_token(errors.at(name), params[name])
    if not errors and (len(given) == 1 or (has_chats and not given)):
        errors.at("dingtalk_app_key and dingtalk_app_secret").add(
            "set both, as they belong to one app and dingtalk_chats requires them (Basic info > Credentials and basic "
            "info, 基础信息 > 凭证与基础信息)"
        )


def _operator_actions(params: Mapping[str, Any]) -> OperatorActions:
    adopt = params.get("dingtalk_adopt_chats") or {}
    return OperatorActions(
        forget=tuple(params.get("dingtalk_forget_intents") or ()),
        dissolve=tuple(params.get("dingtalk_dissolve_chats") or ()),
        recreate=tuple(params.get("dingtalk_recreate_chats") or ()),
        adopt={str(key): str(chat_id) for key, chat_id in adopt.items()},
    )


def _check_operator_actions(
    errors: Errors, operator_actions: OperatorActions, chats: Mapping[str, Any], registry_host: str
) -> None:
    actions = operator_actions.keys()
    for variable, keys in actions.items():
        check_keys(errors.at(variable), keys, "dingtalk_chats", chats)
    for key, chat_id in operator_actions.adopt.items():
        check_chat_id(errors.at("dingtalk_adopt_chats", key), chat_id)
    for variable, keys in actions.items():
        if keys and not registry_host:
            errors.at(variable).add("no registry to change; set dingtalk_registry_host")


def is_local(variables: Mapping[str, Any]) -> bool:
    """Return whether a host's cluster is reached from the controller."""
    connection = str(variables.get("ansible_connection") or "local")
    return connection.rpartition(".")[2] == "local"


def _conflict(name: str, first: str, second: str, value: Any, other: Any) -> str:
    if name in SECRET:
        return f"{name}: differs between {first} and {second}; the hosts of one run share one app"
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        keys = sorted(str(key) for key in {*value, *other} if value.get(key) != other.get(key))
        return f"{name}.{keys[0]}: differs between {first} and {second}; a key identifies the same chat on all hosts"
    return f"{name}: is {value!r} on {first} and {other!r} on {second}; the hosts of one run share one app"
