# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of inventory hosts say, read without a task for each host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.specs import ACCESS_OPTIONS, API_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

try:
    from ansible.template import is_trusted_as_template
except ImportError:  # before 2.19

    def is_trusted_as_template(value: object) -> bool:
        """Tell whether a text may be evaluated: what a task returned may not."""
        return not getattr(value, "__UNSAFE__", False)


#: A template that is one variable, as secrets from a vault are: compiling it costs more than a request to a cluster.
_VARIABLE = re.compile(r"\{\{ *(\w+) *\}\}\Z")

#: The registered result of role ``dingtalk``, which holds the chat IDs.
FLEET_RESULT = "dingtalk_fleet"


#: Variables of a cluster beside those that say how it is reached, with their defaults.
CLUSTER_VARIABLES: dict[str, Any] = {
    "kubesphere_host_cluster": None,
    "kubesphere_cluster_name": "{{ inventory_hostname }}",
    "kubesphere_wait_timeout": 300,
    **{f"kubesphere_{name}": None for name in API_OPTIONS},
}


class HostVariables(Mapping[str, Any]):
    """A host's variables as plain values; each is templated at most once, and only where a template may be in it.

    Raises ``OperationError`` that names the variable whose template fails.
    """

    def __init__(self, templar: Any, variables: Mapping[str, Any]) -> None:
        self._templar = templar
        self._variables = variables
        self._values: dict[str, Any] = {}

    def of(self, hostvars: Any, host: str) -> HostVariables:
        """Return the variables of another host. ``hostvars``: the variable of that name."""
        # hostvars[host] would template every value as a whole, and leaves what is undefined as it is on some cores.
        variables = {**hostvars.raw_get(host), "hostvars": hostvars}
        return HostVariables(self._templar.copy_with_new_env(available_variables=variables), variables)

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._evaluate(name, self._variables[name])
        return self._values[name]

    def _evaluate(self, name: str, value: Any) -> Any:
        try:
            return self._plain(value)
        except AnsibleUndefinedVariable as error:
            raise OperationError(f"{name}: its template uses a variable that is not there: {error.message}") from None
        except AnsibleError as error:
            # The message may repeat a value that is secret.
            raise OperationError(f"{name}: its template cannot be evaluated ({type(error).__name__})") from None

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {plain(key): self._plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        found = self._named(value)
        return plain(found if _is_literal(found) else self._templar.template(value))

    def _named(self, value: Any) -> Any:
        """Return the variable that a template names, if it is nothing but that; else the value itself."""
        name = _VARIABLE.match(value) if isinstance(value, str) and is_trusted_as_template(value) else None
        return self._variables.get(name[1], value) if name else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def _is_literal(value: Any) -> bool:
    """Tell whether a value is certainly no template: compiling one costs more than all else that is done with it."""
    if isinstance(value, str):
        return "{" not in value and not value.startswith("#jinja2:")
    return value is None or isinstance(value, bool | int | float)


def plain(value: Any) -> Any:
    """Return a value without what core adds to its type (origin, trust, encryption), which libraries do not know."""
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return (int if isinstance(value, int) else float)(value)
    return str(value).encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


def access_options(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the access options that a host's ``kubesphere_*`` variables give."""
    values = {name: host.get(f"kubesphere_{name}") for name in ACCESS_OPTIONS}
    return {name: value for name, value in values.items() if value not in (None, "")}


def waiting_option(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return how long a host's variables let a task wait for KubeSphere."""
    value = host.get("kubesphere_wait_timeout")
    return {} if value in (None, "") else {"wait_timeout": value}


def api_options(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of KubeSphere's own API that a host's ``kubesphere_api_*`` variables give."""
    values = {name: host.get(f"kubesphere_{name}") for name in API_OPTIONS}
    return {name: value for name, value in values.items() if value not in (None, "")}


def known_chat_ids(host: Mapping[str, Any]) -> dict[str, str]:
    """Return chat key -> chat ID from what role ``dingtalk`` registered."""
    chats = (host.get(FLEET_RESULT) or {}).get("chats") or {}
    return {key: chat["chat_id"] for key, chat in chats.items() if chat.get("chat_id")}
