# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run an action in this process, as a worker of Ansible does."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation

ACTIONS = "ansible_collections.kubesphere.dingtalk.plugins.action"
MODULES = "ansible_collections.kubesphere.dingtalk.plugins.modules"
#: Classes of the actions by module, imported once.
_LOADER = DataLoader()


class _HostVars(dict[str, Any]):
    """The subset of Ansible's variable ``hostvars`` that actions use."""

    def raw_get(self, host: str) -> Any:
        return self[host]


def operation_of(module: str) -> Operation:
    found: Operation = importlib.import_module(f"{MODULES}.{module}").OPERATION
    return found


def run_action(
    module: str, options: Mapping[str, Any], variables: Mapping[str, Any] | None = None, check_mode: bool = False
) -> dict[str, Any]:
    """Return the result of a task of an inventory with one host, whose variables are given."""
    host = {"inventory_hostname": "one", **(variables or {})}
    all_variables = {**host, "hostvars": _HostVars({"one": host}), "groups": {"all": ["one"]}}
    all_variables |= {"ansible_play_batch": ["one"], "ansible_play_hosts_all": ["one"]}
    task = SimpleNamespace(
        args=dict(options), check_mode=check_mode, diff=True, environment=None, async_val=0, action=module, tags=[]
    )
    connection = SimpleNamespace(transport="local", become=None, _shell=SimpleNamespace(tmpdir="unused"))
    templar = Templar(loader=_LOADER, variables=all_variables)
    action = importlib.import_module(f"{ACTIONS}.{module}").ActionModule(
        task, connection, SimpleNamespace(), _LOADER, templar
    )
    result: dict[str, Any] = action.run(task_vars=all_variables)
    return result
