# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt variables are reported once for all hosts, unless something reads them; nothing is templated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import EncryptedString
from ansible.template import trust_as_template

from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._unknown_variables import (
    MODE,
    Findings,
    check_mode,
    check_names,
    project_folders,
)
from tests.support.input_errors import errors_of

Json = dict[str, Any]
ROOT = Path(__file__).parents[3]


class _NoEngine:
    """Fails where a value would be templated."""

    def template(self, value: object) -> object:
        raise AssertionError(f"templated: {value!r}")


def check(hosts: Mapping[str, Json], *folders: Path, reported: tuple[str, ...] = ()) -> Findings:
    found = {name: HostVariables(_NoEngine(), values) for name, values in hosts.items()}
    return check_names(found, folders, reported)


def names(*folders: Path, **variables: Any) -> list[str]:
    return check({"shanghai": {"notification_chat": ["ops"], **variables}}, *folders).names


def test_a_misspelt_variable_is_one_warning_for_all_hosts() -> None:
    hosts = {f"host-{number}": {"notification_chat": ["ops"]} for number in range(5)}
    findings = check({**hosts, "other": {}})
    assert findings.warnings == [
        "host-0, host-1, host-2 and 2 more: unknown variable notification_chat, which nothing reads (did you mean "
        "notification_chats?); rename or remove it, or set kubesphere_unknown_variables: ignore (KD103)"
    ]
    assert findings.errors == []
    assert findings.names == ["notification_chat"]


def test_each_host_decides_what_follows() -> None:
    modes = {"a": "warn", "b": "fail", "c": "ignore", "d": "", "e": None, "f": "invalid"}
    findings = check({host: {"alerting_policy": [], MODE: mode} for host, mode in modes.items()})
    [warning], [error] = findings.warnings, findings.errors
    assert warning.startswith("a, d, e and 1 more: unknown variable alerting_policy")
    assert error.startswith("b: unknown variable alerting_policy")


@pytest.mark.parametrize("value", ["warn", "fail", "ignore", "", None])
def test_valid_modes(value: Any) -> None:
    assert errors_of(check_mode, {MODE: value}) == []


@pytest.mark.parametrize("value", ["error", True, ["warn"], {"warn": 1}, 0])
def test_invalid_modes(value: Any) -> None:
    assert errors_of(check_mode, {MODE: value}) == [f"{MODE}: invalid value; set warn, fail or ignore"]


def test_names_that_an_earlier_task_reported_are_not_repeated() -> None:
    assert check({"a": {"notification_chat": 1}}, reported=("notification_chat",)) == Findings()


@pytest.mark.parametrize(
    "value",
    [
        "{{ notification_chat }}",
        trust_as_template("{{ notification_chat | default([]) }}"),
        "{{ lookup('vars', 'notification_chat') }}",
        ["a", {"b": "{% for item in notification_chat %}{% endfor %}"}],
        {"{{ notification_chat }}": 1},
        ("{{ hostvars['shanghai'].notification_chat }}",),
    ],
)
def test_a_variable_that_another_one_uses_is_the_users_own(value: Any) -> None:
    assert names(other=value) == []


@pytest.mark.parametrize(
    "value",
    [
        "{{ notification_chats }}",
        "{{ my_notification_chat }}",
        {"changed": False, "failed": False, "stdout": "notification_chat"},
        EncryptedString(ciphertext="$ANSIBLE_VAULT;1.1;AES256\nnotification_chat"),
        None,
        7,
    ],
)
def test_other_values_do_not_use_it(value: Any) -> None:
    assert names(other=value) == ["notification_chat"]


def test_its_own_value_does_not_use_it() -> None:
    assert check({"a": {"notification_chat": "{{ notification_chat }}"}}).names == ["notification_chat"]


def test_another_host_may_use_it() -> None:
    assert check({"a": {"notification_chat": 1}, "b": {"other": "{{ hostvars.a.notification_chat }}"}}).names == []


def test_a_registered_result_is_not_a_variable_of_the_inventory() -> None:
    assert check({"a": {"dingtalk_chat": {"changed": False, "failed": False}}}) == Findings()


def test_values_that_contain_themselves_are_searched_once() -> None:
    endless: list[Any] = ["text"]
    endless.append(endless)
    assert names(other=endless) == ["notification_chat"]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("site.yml", "- debug: {msg: '{{ notification_chat }}'}"),
        ("roles/other/tasks/main.yml", "- command: x\n  when: notification_chat is defined"),
        ("roles/other/templates/x.j2", "{% if notification_chat == 'a' %}"),
        ("tasks/more.yaml", "- debug:\n    var: notification_chat\n"),
        ("templates/x.jinja2", "{{notification_chat}}"),
    ],
)
def test_a_variable_that_a_file_of_the_project_uses_is_the_users_own(place: str, text: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text(text)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("hosts.yml", "all:\n  vars:\n    notification_chat: [ops]\n"),
        ("site.yml", "- vars: {notification_chat : [ops]}"),
        ("site.yml", "- vars: {'notification_chat': [ops]}"),
        ("site.yml", "# - debug: {msg: '{{ notification_chat }}'}"),
        ("site.yml", "- add_host: name=a notification_chat=ops"),
        ("site.yml", "- debug: {msg: '{{ my_notification_chat }}'}"),
        ("group_vars/all.yml", "note: '{{ notification_chat }}'"),
        (".git/x.yml", "{{ notification_chat }}"),
        ("notes.txt", "{{ notification_chat }}"),
    ],
)
def test_a_definition_or_another_file_does_not_use_it(place: str, text: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text(text)
    assert names(tmp_path) == ["notification_chat"]


def test_folders_that_do_not_exist_or_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "dangling.yml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "binary.yml").write_bytes(b"\xff\x00")
    assert names(tmp_path, tmp_path / "nowhere") == ["notification_chat"]


def test_the_folders_of_a_project() -> None:
    found = project_folders({"playbook_dir": "/project/playbooks", "inventory_dir": "/project/inventory"})
    assert list(map(str, found)) == ["/project/playbooks", "/project/inventory", "/project/roles"]


@pytest.mark.parametrize("variables", [{}, {"playbook_dir": None}, {"playbook_dir": str(ROOT / "playbooks")}])
def test_the_folders_of_the_collection_are_not_searched(variables: Json) -> None:
    assert project_folders(variables) == []
