# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of inventory hosts, read without a task for each host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible.module_utils.common.validation import check_type_list

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.limits import violation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.shapes import Shape, mismatch
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors, OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.verbatim import check_timestamps
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import ACCESS_OPTIONS, API_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.registered import FLEET_RESULT

try:
    from ansible.template import is_trusted_as_template

    def untrusted(result: dict[str, Any]) -> dict[str, Any]:
        """Return a task's result unchanged: core trusts only text from files."""
        return result

except ImportError:  # before 2.19
    from ansible.utils.unsafe_proxy import wrap_var

    def untrusted(result: dict[str, Any]) -> dict[str, Any]:
        """Return a task's result marked as untrusted, so that templates in it are not evaluated."""
        wrapped: dict[str, Any] = wrap_var(result)
        return wrapped

    def is_trusted_as_template(value: object) -> bool:
        """Return whether a string may be templated: results of tasks may not."""
        return not getattr(value, "__UNSAFE__", False)


#: A variable in a template, optionally with a default; then only names with "_", as Ansible defines others itself.
_VARIABLE = re.compile(r"\{\{ *(?:(\w+)|(\w*_\w*) *\| *default\( *'([^'\\{]*)' *\)) *\}\}")

#: The beginning of a Prometheus or Alertmanager template.
_GO_TEMPLATE = re.compile(r"\{\{-? *[$.]")
_GO_TEMPLATE_HINT = "put !unsafe before text with template braces of Prometheus or Alertmanager"

#: What is read from the result of role ``dingtalk``.
_REGISTERED: Shape = {
    "chats": {"*": {"chat_id": str}},
    "clock_offset": int,
    "members": {"*": [str]},
    "notes": [str],
    "unknown_variables": [str],
    "slice": bool,
}


#: Variables of a cluster apart from the access variables, with their defaults.
CLUSTER_VARIABLES: dict[str, Any] = {
    "kubesphere_host_cluster": None,
    "kubesphere_cluster_name": "{{ inventory_hostname }}",
    "kubesphere_retired_hosts": [],
    "kubesphere_wait_timeout": 300,
    "kubesphere_undelivered": "warn",
    "kubesphere_unknown_variables": "warn",
    **{f"kubesphere_{name}": None for name in API_OPTIONS},
}


class HostVariables(Mapping[str, Any]):
    """A host's variables as plain values; each is templated at most once, and only if it may contain a template.

    Raises ``OperationError`` with the name of a variable that cannot be templated.
    """

    def __init__(self, templar: Any, variables: Mapping[str, Any]) -> None:
        self._templar = templar
        self._variables = variables
        self._values: dict[str, Any] = {}

    def for_host(self, hostvars: Any, host: str) -> HostVariables:
        """Return the variables of another host. ``hostvars``: the variable of that name."""
        # hostvars[host] would template every value as a whole, and some cores leave undefined variables unresolved.
        variables = {**hostvars.raw_get(host), "hostvars": hostvars}
        return HostVariables(self._templar.copy_with_new_env(available_variables=variables), variables)

    def raw(self, name: str) -> Any:
        """Return a variable without templating, None if it is undefined."""
        return self._variables.get(name)

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            value = self._evaluate(name, self._variables[name])
            if reason := violation(value):
                with Errors() as errors:
                    check_timestamps(errors.at(name), value)
                raise OperationError(f"{name}: contains {reason}; correct it", finding="KD110")
            self._values[name] = value
        return self._values[name]

    def _evaluate(self, name: str, value: Any) -> Any:
        try:
            return self._plain(value)
        except (RecursionError, ValueError):  # of a conversion to text: a number of thousands of digits
            raise OperationError(
                f"{name}: contains values nested too deeply, or a huge number; correct it", finding="KD110"
            ) from None
        except AnsibleUndefinedVariable as error:
            raise OperationError(
                f"{name}: its template uses an undefined variable: {error.message}", finding="KD110"
            ) from None
        except AnsibleError as error:
            if "decrypt" in str(error).lower():  # its exception class differs between core versions
                raise OperationError(
                    f"{name}: cannot be decrypted; provide the vault password with --ask-vault-pass or "
                    "--vault-password-file, and the vault ID used for encryption",
                    finding="KD110",
                ) from None
            # The message may contain a secret value.
            hint = f"; {_GO_TEMPLATE_HINT}" if _has_go_template(value) else ""
            raise OperationError(
                f"{name}: its template cannot be evaluated ({type(error).__name__}){hint}", finding="KD110"
            ) from None

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {plain(key): self._plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        found = self._resolve(value)
        return plain(found if _is_literal(found) else self._templar.template(value))

    def _resolve(self, value: Any) -> Any:
        """Return the result of a template that only inserts variables; the value itself otherwise.

        Compiling a template takes longer than a request to a cluster.
        """
        if _is_literal(value) or not isinstance(value, str) or not is_trusted_as_template(value):
            return value
        whole = _VARIABLE.fullmatch(value)
        if whole:
            return self._variable(whole)
        found = [self._variable(name) for name in _VARIABLE.finditer(value)]
        texts = iter([text for text in found if isinstance(text, str) and _is_literal(text)])
        result = _VARIABLE.sub(lambda name: next(texts, name[0]), value)
        # Some cores convert text that looks like a list.
        return value if result.startswith("[") else result if _is_literal(result) else value

    def _variable(self, match: re.Match[str]) -> Any:
        """Return the value of the variable; if it is undefined, the default or, without one, the template itself."""
        return self._variables.get(match[1] or match[2], match[0] if match[1] else match[3])

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def _has_go_template(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_go_template, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_go_template, value))
    return isinstance(value, str) and _GO_TEMPLATE.search(value) is not None


def _is_literal(value: Any) -> bool:
    """Return whether a value certainly contains no template: compiling one dominates the cost of reading a value."""
    if isinstance(value, str):
        return "{" not in value and not value.startswith("#jinja2:")
    return value is None or isinstance(value, bool | int | float)


def plain(value: Any) -> Any:
    """Return a value with builtin types only: core's own (origin, trust, encryption) are unknown to libraries."""
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | datetime):  # refused as what it is
        return value
    if isinstance(value, int | float):
        return (int if isinstance(value, int) else float)(value)
    return str.__str__(str(value))  # before 2.19, methods of a marked string return marked strings


def readable(variables: Mapping[str, Any], name: str) -> Any:
    """Return a variable, None if it cannot be read; that is reported where it is used."""
    try:
        return variables.get(name)
    except OperationError:
        return None


def access_options(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the access options from a host's ``kubesphere_*`` variables."""
    values = {name: host.get(f"kubesphere_{name}") for name in ACCESS_OPTIONS}
    return {name: value for name, value in values.items() if value not in (None, "")}


def selected_features(host: Mapping[str, Any]) -> list[str]:
    """Return the features in a host's ``kubesphere_features``, all without it; raises ``InputError``."""
    value = host.get("kubesphere_features")
    with Errors("kubesphere_features") as errors:
        return list(FEATURES) if value is None else read_features(errors, value)


def listed(value: Any) -> list[Any]:
    """Return the items of a list or of a comma-separated string; any other value is the only item."""
    try:
        items: list[Any] = check_type_list(value)
    except TypeError:
        return [value]
    return items


def read_features(errors: Errors, value: Any) -> list[str]:
    """Return the features in a list or a comma-separated string."""
    names = listed(value)
    for name in names:
        if name not in tuple(FEATURES):  # it may be a map or a list
            errors.add(f"unknown feature {name!r}; supported features: {', '.join(FEATURES)}")
    return names


#: Option of ``cluster_config`` -> the host's variable that sets it.
TASK_OPTIONS = {"wait_timeout": "kubesphere_wait_timeout", "undelivered": "kubesphere_undelivered"}


def task_options(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of ``cluster_config`` that a host's variables set."""
    values = {option: host.get(variable) for option, variable in TASK_OPTIONS.items()}
    return {option: value for option, value in values.items() if value not in (None, "")}


def api_options(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of KubeSphere's own API from a host's ``kubesphere_api_*`` variables."""
    values = {name: host.get(f"kubesphere_{name}") for name in API_OPTIONS}
    return {name: value for name, value in values.items() if value not in (None, "")}


def registered(host: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a result registered on a host, with core's own types.

    Results contain no templates, and searching those of a fleet for templates would dominate the cost.
    """
    raw = host.raw(name) if isinstance(host, HostVariables) else host.get(name)
    result: Any = raw if isinstance(raw, Mapping) else host.get(name) or {}
    if error := mismatch(result, _REGISTERED):
        raise OperationError(f"{name}: {error}; a task registers this variable, so do not set it", finding="KD110")
    found: Mapping[str, Any] = result
    return found


def with_fleet(variables: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a host's variables, in which the result that the option ``fleet_from`` names is that of role ``dingtalk``.

    Raises ``InputError`` if no task registered it.
    """
    name = plain(options.get("fleet_from")) or FLEET_RESULT
    if name == FLEET_RESULT:
        return variables
    with Errors("fleet_from") as errors:
        if not isinstance(variables.get(name), Mapping):
            errors.add(
                f"no task registered a result as {name!r}; register that of fleet_chats or doctor_app under this name, "
                "in a task before this one"
            )
    return {**variables, FLEET_RESULT: variables[name]}


def known_chat_ids(host: Mapping[str, Any]) -> dict[str, str]:
    """Return chat key -> chat ID from the result that role ``dingtalk`` registered."""
    chats = registered(host, FLEET_RESULT).get("chats") or {}
    return {plain(key): plain(chat["chat_id"]) for key, chat in chats.items() if chat.get("chat_id")}
