# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of inventory hosts say, read without a task for each host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.specs import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

#: The registered result of role ``dingtalk``, which holds the chat IDs.
FLEET_RESULT = "dingtalk_fleet"


class PlainVariables(Mapping[str, Any]):
    """A host's variables, templated by whoever holds them, as plain values.

    Raises ``OperationError`` that names the variable whose template fails.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> Any:
        try:
            return plain(self._template(name))
        except AnsibleUndefinedVariable as error:
            raise OperationError(f"{name}: its template uses a variable that is not there: {error.message}") from None
        except AnsibleError as error:
            # The message may repeat a value that is secret.
            raise OperationError(f"{name}: its template cannot be evaluated ({type(error).__name__})") from None

    def _template(self, name: str) -> Any:
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


class HostVariables(PlainVariables):
    """The variables of the task's host, templated when asked for."""

    def __init__(self, templar: Any, variables: Mapping[str, Any]) -> None:
        super().__init__(variables)
        self._templar = templar

    def _template(self, name: str) -> Any:
        return self._templar.template(self._variables[name])


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


def known_chat_ids(host: Mapping[str, Any]) -> dict[str, str]:
    """Return chat key -> chat ID from what role ``dingtalk`` registered."""
    chats = (host.get(FLEET_RESULT) or {}).get("chats") or {}
    return {key: chat["chat_id"] for key, chat in chats.items() if chat.get("chat_id")}
