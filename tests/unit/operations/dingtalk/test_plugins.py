# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugins as loaded by Ansible: documentation that matches the specs, a play with all of them, modules alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import (
    app_info,
    chat_info,
    message,
    robot,
    user_info,
)
from tests.support.fixtures.dingtalk import APP_KEY
from tests.support.simulators.dingtalk import DingTalk

ROOT = Path(__file__).parents[4]
OPERATIONS = {
    "app_info": app_info.OPERATION,
    "chat_info": chat_info.OPERATION,
    "message": message.OPERATION,
    "robot": robot.OPERATION,
    "user_info": user_info.OPERATION,
}
COLLECTIONS = ROOT / "build" / "collections"
COMPARED = ("type", "elements", "choices", "default", "required")


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The output of ansible-doc for the modules, by name."""
    names = [f"kubesphere.dingtalk.{name}" for name in OPERATIONS]
    done = ansible("doc", tmp_path_factory.mktemp("doc"), "--json", "-t", "module", *names)
    assert done.returncode == 0, done.stderr
    return {name.rpartition(".")[2]: value for name, value in json.loads(done.stdout).items()}


def ansible(
    command: str, home: Path, *arguments: str, collections: Path = COLLECTIONS
) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's commands in an environment that finds this collection only by its path."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [str(Path(sys.executable).with_name(f"ansible-{command}")), *arguments],
        env={**environment, "ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def compare(documented: Mapping[str, Any], spec: Mapping[str, Any], place: str) -> None:
    assert set(documented) == set(spec), place
    for option, settings in spec.items():
        for key in COMPARED:
            actual, described = settings.get(key), documented[option].get(key)
            assert (actual or False) == (described or False), f"{place}.{option}.{key}"
        if "options" in settings:
            compare(documented[option]["suboptions"], settings["options"], f"{place}.{option}")


@pytest.mark.parametrize("name", OPERATIONS)
def test_documented_options_match_the_spec(documented: dict[str, Any], name: str) -> None:
    operation: Operation = OPERATIONS[name]
    compare(documented[name]["doc"]["options"], operation.spec.options, name)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_module_has_all_attributes(documented: dict[str, Any], name: str) -> None:
    attributes = documented[name]["doc"]["attributes"]
    assert {attribute for attribute, value in attributes.items() if "support" in value} == {
        "action",
        "action_group",
        "async",
        "check_mode",
        "diff_mode",
        "idempotent",
    }


def leaves(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for value in values.values():
        found += leaves(value["contains"]) if "contains" in value else [value]
    return found


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_return_value_is_described_with_a_sample(documented: dict[str, Any], name: str) -> None:
    returned = documented[name]["return"]
    assert "calls" in returned
    assert all({"description", "returned", "type", "sample"} <= set(leaf) for leaf in leaves(returned))


@pytest.mark.parametrize("name", OPERATIONS)
def test_only_secrets_have_no_log(name: str) -> None:
    for option, settings in OPERATIONS[name].spec.options.items():
        assert settings.get("no_log", False) is (option in {"app_secret", "secret", "webhook"})


def play(options: dict[str, Any], folder: Path, tasks: list[dict[str, Any]], **variables: Any) -> list[str]:
    """Write a play with the shared options from variables; return the arguments for ansible-playbook."""
    defaults = {"group/kubesphere.dingtalk.dingtalk": {key: f"{{{{ {key} }}}}" for key in options}}
    content = {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}
    (folder / "play.yml").write_text(yaml.safe_dump([content]))
    (folder / "variables.yml").write_text(yaml.safe_dump({**options, **variables}))
    return ["-vvvv", "--diff", "-e", f"@{folder / 'variables.yml'}", str(folder / "play.yml")]


def test_play_with_every_module_prints_no_secret(server: DingTalk, options: dict[str, Any], tmp_path: Path) -> None:
    chat = server.add_chat("{{ 7 * 6 }}", "user-1", app=APP_KEY)
    webhook = server.add_custom_robot(chat.chatid, "KubeSphere", secret="generate")
    secret = server.secret_of(chat.chatid, "KubeSphere")
    robot = {"webhook": "{{ robot_webhook }}", "secret": "{{ robot_secret }}"}
    tasks: list[dict[str, Any]] = [
        {"kubesphere.dingtalk.app_info": {}},
        {"kubesphere.dingtalk.user_info": {"people": [{"mobile": "13800000001"}]}},
        {"kubesphere.dingtalk.chat_info": {"chat_ids": [chat.chatid]}, "register": "info"},
        {"ansible.builtin.assert": {"that": ["info.chats[0].name != '42'", "info.calls.counted == 2"]}},
        {"kubesphere.dingtalk.robot": {"chat_id": chat.chatid, "name": "KubeSphere", "verify": True, **robot}},
        {"kubesphere.dingtalk.message": {"content": "hello", **robot}},
    ]
    arguments = play(options, tmp_path, tasks, robot_webhook=webhook, robot_secret=secret, ansible_become=True)
    done = ansible("playbook", tmp_path, *arguments)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "changed=1 " in output
    assert len(server.messages(chat.chatid)) == 2
    for value in (options["app_secret"], webhook, webhook.rpartition("=")[2], secret):
        assert value not in output


def test_every_example_runs(
    server: DingTalk, options: dict[str, Any], documented: dict[str, Any], tmp_path: Path
) -> None:
    chat = server.add_chat("Ops", "user-1", app=APP_KEY)
    text = "\n".join(
        documented[name]["examples"] for name in ("app_info", "user_info", "chat_info", "robot", "message")
    )
    text = text.replace("chat0123456789abcdef", chat.chatid).replace("dingexamplerobot", "ding-robot")
    variables = {
        "dingtalk_app_key": options.pop("app_key"),
        "dingtalk_app_secret": options.pop("app_secret"),
        "dingtalk_robot_webhook": server.add_custom_robot(chat.chatid, "KubeSphere", ["alert"], secret="generate"),
        "dingtalk_robot_secret": server.secret_of(chat.chatid, "KubeSphere"),
        "on_call_mobile": "13800000002",
        "chat": {"open_conversation_id": chat.open_conversation_id},
    }
    done = ansible("playbook", tmp_path, *play(options, tmp_path, yaml.safe_load(text), **variables))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(server.messages(chat.chatid)) == 4


def test_modules_run_without_their_actions(server: DingTalk, options: dict[str, Any], tmp_path: Path) -> None:
    root = tmp_path / "collections" / "ansible_collections" / "kubesphere" / "dingtalk"
    (root / "plugins").mkdir(parents=True)
    for part in ("meta", "plugins/modules", "plugins/module_utils"):
        (root / part).symlink_to(ROOT / part)
    chat = server.add_chat("Ops", "user-1", app=APP_KEY)
    webhook = server.add_custom_robot(chat.chatid, "KubeSphere")
    tasks: list[dict[str, Any]] = [
        {"kubesphere.dingtalk.app_info": {}},
        {"kubesphere.dingtalk.user_info": {"people": [{"mobile": "13800000001"}]}},
        {"kubesphere.dingtalk.chat_info": {"chat_ids": [chat.chatid]}},
        {"kubesphere.dingtalk.robot": {"chat_id": chat.chatid, "name": "KubeSphere"}},
        {"kubesphere.dingtalk.message": {"content": "hello", "webhook": "{{ robot_webhook }}"}},
    ]
    arguments = play(options, tmp_path, tasks, robot_webhook=webhook)
    done = ansible("playbook", tmp_path, *arguments, collections=tmp_path / "collections")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "AnsiballZ" in done.stdout
    assert len(server.messages(chat.chatid)) == 1
