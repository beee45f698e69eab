# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of an inventory: what its hosts share is validated once, and options of the task come first."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import chats
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._inventory import APP_OPTIONS, Inventory
from tests.support.inprocess import _HostVars, _NoTemplar

Json = dict[str, Any]
CHATS: Json = {f"chat-{number}": {"name": f"Chat {number}", "owner": {"userid": "user-1"}} for number in range(20)}
SHARED: Json = {
    "dingtalk_app_key": "dingapp",
    "dingtalk_app_secret": "the-app-secret",
    "dingtalk_chats": CHATS,
    "notification_chats": ["chat-1"],
    "kubesphere_host": "https://192.0.2.1:6443",
    "kubesphere_api_key": "token",
}


def read(hosts: Mapping[str, Json], given: Mapping[str, Any] | None = None) -> Inventory:
    """Return an inventory whose desired state was read."""
    variables = {name: {"inventory_hostname": name, **values} for name, values in hosts.items()}
    own = HostVariables(_NoTemplar(), next(iter(variables.values())))
    inventory = Inventory(_HostVars(variables), variables, own, given or {})
    inventory.fleet()
    return inventory


def validated_chats(hosts: int) -> int:
    """Return how many times a chat is validated for so many hosts that share their chats."""
    count = 0

    def profile(frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code is chats.check_chat.__code__

    sys.setprofile(profile)
    try:
        inventory = read({f"host-{number}": SHARED for number in range(hosts)})
    finally:
        sys.setprofile(None)
    assert inventory.errors() == []
    return count


@pytest.mark.parametrize("hosts", [1, 10, 40])
def test_each_chat_is_validated_once_however_many_hosts_share_it(hosts: int) -> None:
    assert validated_chats(hosts) == len(CHATS)


def test_a_host_without_the_chats_still_has_its_own_error() -> None:
    without = {key: value for key, value in SHARED.items() if key != "dingtalk_chats"}
    [error] = read({"first": SHARED, "second": without}).errors()
    assert error.startswith("second: notification_chats: ")


def test_a_host_with_other_chats_is_reported() -> None:
    other = {**SHARED, "dingtalk_chats": {**CHATS, "chat-1": {**CHATS["chat-1"], "name": "Another"}}}
    [error] = read({"first": SHARED, "second": other}).errors()
    assert error.startswith("dingtalk_chats.chat-1: differs between first and second")


@pytest.mark.parametrize("name", APP_OPTIONS)
def test_an_option_of_the_task_takes_precedence_over_the_variable(name: str) -> None:
    values: Json = {"call_budget": (7, 8), "cache_valid_time": (7, 8), "request_timeout": (7, 8)}
    values |= {"cache": (False, True), "validate_certs": (False, True)}
    given, variable = values.get(name, (f"https://given/{name}", f"https://variable/{name}"))
    hosts = {"first": {**SHARED, f"dingtalk_{name}": variable}}
    assert read(hosts).app_options()[name] == variable
    assert read(hosts, {f"dingtalk_{name}": given}).app_options()[name] == given
