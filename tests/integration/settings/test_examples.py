# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of each module's documentation run as they are, on the example's clusters and chats."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.environment import Environment, environment
from tests.support.returned import deviations
from tests.support.testbed.stand_ins.monitoring import Monitoring
from tests.support.testbed.stand_ins.notifying import notifying

Json = dict[str, Any]
ROOT = Path(__file__).parents[3]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
TEMPLATE, CHAT, ROBOT_CODE = "0a1b2c3d-template", "chat0123456789abcdef", "dingexamplerobot"
#: Module -> the module whose examples register what its own read.
AFTER = {
    "doctor_report": "doctor",
    **dict.fromkeys(("check_batch", "cluster_config", "wait_for_alerting"), "fleet_chats"),
}
#: Stands in for Alertmanager's amtool, whose path users have on PATH.
AMTOOL = '#!/bin/sh\n[ "$1" = check-config ] && [ -s "$2" ]\n'


@dataclass
class World:
    """The example after site.yml, and what the examples name."""

    site: Environment
    chat: str
    #: Variables of the examples.
    variables: Json = field(repr=False)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with environment(tmp_path_factory.mktemp("examples")) as site:
        site.site()
        site.add_robot()
        site.site()
        chat = site.dingtalk.add_chat("KubeSphere lab of others", "user-1", ["user-2"], app=of.APP_KEY)
        webhook = site.dingtalk.add_custom_robot(chat.chatid, "KubeSphere", ["alert"], secret="generate")
        site.dingtalk.add_scene_template(TEMPLATE, of.APP_KEY, robots={ROBOT_CODE: "KubeSphere"})
        site.dingtalk.add_app_robot(chat.chatid, ROBOT_CODE)
        programs = site.controller.folder / "bin"
        programs.mkdir()
        (programs / "amtool").write_text(AMTOOL)
        (programs / "amtool").chmod(0o755)
        site.controller.environment["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
        variables = {
            # Another registry than that of the inventory, which has chats of these keys.
            "registry_kubeconfig": str(site.clusters["beijing"].kubeconfig),
            "archive_url": "https://archive.example.com/alerts",
            "on_call_mobile": "13800000001",
            "dingtalk_robot_webhook": webhook,
            "dingtalk_robot_secret": site.dingtalk.secret_of(chat.chatid, "KubeSphere"),
            "chat": {"open_conversation_id": chat.open_conversation_id},
        }
        yield World(site, chat.chatid, variables)


def examples(module: str, world: World, folder: Path) -> list[Json]:
    """Return the tasks of a module's examples, with an existing chat and a folder that can be written to."""
    text: str = _documentation(module).EXAMPLES
    for written, there in ((CHAT, world.chat), ("/srv/doctor", str(folder)), ("/srv/dingtalk", str(folder))):
        text = text.replace(written, there)
    tasks: list[Json] = yaml.safe_load(text)
    return tasks


def _documentation(module: str) -> Any:
    return importlib.import_module(f"ansible_collections.kubesphere.dingtalk.plugins.modules.{module}")


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(world: World, tmp_path: Path, module: str) -> None:
    before = examples(AFTER[module], world, tmp_path) if module in AFTER else []
    dingtalk = world.site.dingtalk
    simulator = {"api_url": dingtalk.api_url, "legacy_api_url": dingtalk.legacy_api_url}
    # A state of its own for each module, as the inventory has a chat with a key of the examples, too.
    options = {**simulator, "ca_path": str(dingtalk.ca_file), "state_path": str(tmp_path / "state")}
    defaults = {"group/kubesphere.dingtalk.dingtalk": options}
    play = {
        "hosts": "shanghai",
        "gather_facts": False,
        "connection": "local",
        "module_defaults": defaults,
        "vars": world.variables,
        "tasks": [*before, *examples(module, world, tmp_path)],
    }
    group = tmp_path / "production.yml"
    group.write_text(yaml.safe_dump({"production": {"hosts": {"shanghai": None}}}))
    with answering(world.site, module):
        run = world.site.run(world.site.controller.playbook([play]), "-i", str(group)).must()
    for ran, result in ((item.action.rpartition(".")[2], item.result) for item in run.results):
        if ran in MODULES:
            documented = yaml.safe_load(_documentation(ran).RETURN)
            assert deviations(documented, result) == [], ran


@contextmanager
def answering(site: Environment, module: str) -> Iterator[None]:
    """Run the programs on the clusters that a module asks."""
    if module == "verify":
        with notifying(site.clusters, site.dingtalk):
            yield
        return
    if module.startswith("doctor"):
        site.site()
        Monitoring(site.clusters["shanghai"])
    yield
