# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes of all inventory hosts, collected and checked on the controller before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.access_check import check_access
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError, raise_for_problems
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.specs import LEGACY_API_URL, dingtalk_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.chats import read_chats, read_robots
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet import Fleet, run_fleet
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._roles import ROLES, Role
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables import PlainVariables, access_options

#: Variables that describe the app and what is made in DingTalk: the same for every host of a run.
SHARED = (
    *(f"dingtalk_{name}" for name in dingtalk_spec().options),
    "dingtalk_chats",
    "dingtalk_robots",
    "dingtalk_registry_host",
    "dingtalk_state_path",
    "dingtalk_verify_robots",
    "dingtalk_start_registry",
    "dingtalk_forget_intents",
)
#: Shared variables whose values must not be repeated in an error.
SECRET = ("dingtalk_app_secret", "dingtalk_robots", "dingtalk_proxy")
#: A feature's check covers these, and they would be reported once more for every host.
OF_THE_APP = ("dingtalk_chats.", "dingtalk_robots.")


class FleetAction(OperationAction):
    """Runs ``fleet`` over the variables of all hosts, whatever ``--limit`` says."""

    on_controller = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Read every host's wishes, check them, and bring chats and robots in line."""
        task = self.prepare(dict(self._task.args), self.operation)
        flow = Operation(self.operation.spec, lambda task: self._run(task, variables))
        return self.finish(flow, task)

    def _run(self, task: Task, variables: Mapping[str, Any]) -> dict[str, Any]:
        hosts = task.params["hosts"] or variables["groups"]["all"]
        inventory = Inventory(variables["hostvars"], hosts)
        shared = inventory.shared()
        task.secrets.add(str(shared.get("dingtalk_app_secret") or ""))
        fleet = inventory.fleet(shared)
        raise_for_problems(inventory.problems)
        options = {name: shared.get(f"dingtalk_{name}") for name in (*dingtalk_spec().options, "state_path")}
        given = {name: value for name, value in options.items() if value not in (None, "")}
        task.params = {**task.params, **given}
        return run_fleet(task, fleet)


class Inventory:
    """The hosts' variables, read once each; ``problems`` collects what is wrong with them."""

    def __init__(self, hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str]) -> None:
        self.problems: list[str] = []
        self._hosts: dict[str, Mapping[str, Any]] = {host: PlainVariables(hostvars[host]) for host in hosts}

    def shared(self) -> dict[str, Any]:
        """Return the variables that all hosts share; hosts that disagree are a problem."""
        values: dict[str, Any] = {}
        source: dict[str, str] = {}
        for host, variables in self._hosts.items():
            for name in SHARED:
                value = self._value(host, variables, name)
                if value in (None, ""):
                    continue
                if name in values and values[name] != value:
                    self.problems.append(_disagreement(name, source[name], host, values[name], value))
                values.setdefault(name, value)
                source.setdefault(name, host)
        return values

    def fleet(self, shared: Mapping[str, Any]) -> Fleet:
        """Return the checked wishes; what is wrong is in ``problems``."""
        chats = read_chats(shared.get("dingtalk_chats"), self.problems)
        legacy_api_url = shared.get("dingtalk_legacy_api_url") or LEGACY_API_URL
        robots = read_robots(shared.get("dingtalk_robots"), chats, legacy_api_url, self.problems)
        self._check_app(shared, bool(chats))
        for host, variables in self._hosts.items():
            self._check_host(host, variables)
        registry_host = str(shared.get("dingtalk_registry_host") or "")
        if registry_host and registry_host not in self._hosts:
            self.problems.append(
                f"dingtalk_registry_host: {registry_host!r} is not a host of the inventory; give the cluster that "
                "keeps the chat registry"
            )
        return Fleet(
            chats,
            robots,
            self._clusters(),
            registry_host,
            verify_robots=boolean(shared.get("dingtalk_verify_robots", False)),
            start_registry=boolean(shared.get("dingtalk_start_registry", False)),
            forget_intents=tuple(shared.get("dingtalk_forget_intents", [])),
        )

    def _value(self, host: str, variables: Mapping[str, Any], name: str) -> Any:
        try:
            return variables.get(name)
        except OperationError as error:
            self.problems.append(f"{host}: {error.message}")
            return None

    def _check_app(self, shared: Mapping[str, Any], has_chats: bool) -> None:
        given = [name for name in ("dingtalk_app_key", "dingtalk_app_secret") if shared.get(name)]
        if len(given) == 1 or (has_chats and not given):
            self.problems.append(
                "dingtalk_app_key and dingtalk_app_secret: give both, they belong to one app and dingtalk_chats needs "
                "them (Basic info > Credentials and basic info, 基础信息 > 凭证与基础信息)"
            )

    def _check_host(self, host: str, variables: Mapping[str, Any]) -> None:
        found: list[str] = []
        try:
            for name, role in ROLES.items():
                found += _check_feature(name, role, variables)
            if _is_local(variables):
                found += check_access("kubesphere_", access_options(variables))
        except OperationError as error:
            found.append(error.message)
        self.problems += [f"{host}: {problem}" for problem in found if not problem.startswith(OF_THE_APP)]

    def _clusters(self) -> dict[str, Mapping[str, Any] | str]:
        return {host: _access(variables) for host, variables in self._hosts.items()}


def _check_feature(name: str, role: Role, variables: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    params = role.params(variables, problems)
    if params is None or params[f"{name}_state"] == "absent":
        return problems
    feature = FEATURES[name]
    return problems + feature.check(params, {variable: variables.get(variable) for variable in feature.VARIABLES})


def _access(variables: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return how a cluster is asked from here, or why it cannot be."""
    try:
        return access_options(variables) if _is_local(variables) else "it is reached through another host, by ssh"
    except OperationError as error:
        return error.message


def _is_local(variables: Mapping[str, Any]) -> bool:
    connection = str(variables.get("ansible_connection") or "local")
    return connection.rpartition(".")[2] == "local"


def _disagreement(name: str, first: str, second: str, value: Any, other: Any) -> str:
    if name in SECRET:
        return f"{name}: differs between {first} and {second}; the hosts of one run share one app"
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        keys = sorted(key for key in {*value, *other} if value.get(key) != other.get(key))
        return f"{name}.{keys[0]}: differs between {first} and {second}; a key means the same chat everywhere"
    return f"{name}: is {value!r} on {first} and {other!r} on {second}; the hosts of one run share one app"
