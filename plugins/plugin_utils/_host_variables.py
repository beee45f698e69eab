# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of inventory hosts say, read without a task for each host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible.module_utils.common.validation import check_type_list

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError, raise_for_errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import ACCESS_OPTIONS, API_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import FEATURES

try:
    from ansible.template import is_trusted_as_template

    def untrusted(result: dict[str, Any]) -> dict[str, Any]:
        """Return a task's result so that no template in it is evaluated: no text is trusted but those of files."""
        return result

except ImportError:  # before 2.19
    from ansible.utils.unsafe_proxy import wrap_var

    def untrusted(result: dict[str, Any]) -> dict[str, Any]:
        """Return a task's result so that no template in it is evaluated."""
        wrapped: dict[str, Any] = wrap_var(result)
        return wrapped

    def is_trusted_as_template(value: object) -> bool:
        """Tell whether a text may be evaluated: what a task returned may not."""
        return not getattr(value, "__UNSAFE__", False)


#: A variable in a template, perhaps with a text for where it is missing; what Ansible itself defines has no "_" then.
_VARIABLE = re.compile(r"\{\{ *(?:(\w+)|(\w*_\w*) *\| *default\( *'([^'\\{]*)' *\)) *\}\}")

#: What begins like a template of Prometheus or Alertmanager.
_FOREIGN = re.compile(r"\{\{-? *[$.]")
_FOREIGN_ADVICE = "braces that are Prometheus' or Alertmanager's and not Ansible's need !unsafe before the text"

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

    def raw(self, name: str) -> Any:
        """Return a variable as it is written, None where there is none."""
        return self._variables.get(name)

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
            if "decrypt" in str(error).lower():  # core's classes for it differ between versions
                raise OperationError(
                    f"{name}: cannot be decrypted; give the vault's password, with --ask-vault-pass or "
                    "--vault-password-file, and the vault ID that it was encrypted with"
                ) from None
            # The message may repeat a value that is secret.
            hint = f"; {_FOREIGN_ADVICE}" if _has_foreign_braces(value) else ""
            raise OperationError(f"{name}: its template cannot be evaluated ({type(error).__name__}){hint}") from None

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {plain(key): self._plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        found = self._looked_up(value)
        return plain(found if _is_literal(found) else self._templar.template(value))

    def _looked_up(self, value: Any) -> Any:
        """Return what a template gives that does no more than put variables in their places; else the value itself.

        Compiling one costs more than a request to a cluster.
        """
        if _is_literal(value) or not isinstance(value, str) or not is_trusted_as_template(value):
            return value
        whole = _VARIABLE.fullmatch(value)
        if whole:
            return self._variable(whole)
        found = [self._variable(name) for name in _VARIABLE.finditer(value)]
        texts = iter([text for text in found if isinstance(text, str) and _is_literal(text)])
        result = _VARIABLE.sub(lambda name: next(texts, name[0]), value)
        # Some cores make a list of what looks like one.
        return value if result.startswith("[") else result if _is_literal(result) else value

    def _variable(self, named: re.Match[str]) -> Any:
        """Return the variable that a template names, or the template itself where it has none."""
        return self._variables.get(named[1] or named[2], named[0] if named[1] else named[3])

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def _has_foreign_braces(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_foreign_braces, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_foreign_braces, value))
    return isinstance(value, str) and _FOREIGN.search(value) is not None


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
    return str.__str__(str(value))  # before 2.19, a marked text's own methods give marked ones


def access_options(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the access options that a host's ``kubesphere_*`` variables give."""
    values = {name: host.get(f"kubesphere_{name}") for name in ACCESS_OPTIONS}
    return {name: value for name, value in values.items() if value not in (None, "")}


def selected_features(host: Mapping[str, Any]) -> list[str]:
    """Return the features that a host's ``kubesphere_features`` lets a task write; all without it."""
    value = host.get("kubesphere_features")
    return list(FEATURES) if value is None else check_features("kubesphere_features", value)


def check_features(place: str, value: Any) -> list[str]:
    """Return the features that a list, or a text with commas, names; raises ``InputError`` for what is none."""
    try:
        names: list[str] = check_type_list(value)
    except TypeError:
        names = [value]
    wrong = [name for name in names if name not in FEATURES]
    raise_for_errors([f"{place}: {name!r} is none of {', '.join(FEATURES)}; list some of these" for name in wrong])
    return names


def waiting_option(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return how long a host's variables let a task wait for KubeSphere."""
    value = host.get("kubesphere_wait_timeout")
    return {} if value in (None, "") else {"wait_timeout": value}


def api_options(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of KubeSphere's own API that a host's ``kubesphere_api_*`` variables give."""
    values = {name: host.get(f"kubesphere_{name}") for name in API_OPTIONS}
    return {name: value for name, value in values.items() if value not in (None, "")}


def registered(host: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what a task registered on a host, with whatever core adds to types.

    It is no template, and looking for one in the results of a fleet costs more than all else that is done with them.
    """
    raw = host.raw(name) if isinstance(host, HostVariables) else host.get(name)
    return raw if isinstance(raw, Mapping) else host.get(name) or {}


def known_chat_ids(host: Mapping[str, Any]) -> dict[str, str]:
    """Return chat key -> chat ID from what role ``dingtalk`` registered."""
    chats = registered(host, FLEET_RESULT).get("chats") or {}
    return {plain(key): plain(chat["chat_id"]) for key, chat in chats.items() if chat.get("chat_id")}
