# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newcomer follows the README: from a clone and an environment with nothing but ansible-core to a message in a chat.

The commands are those of the README, in its order and on a terminal; the pages in both languages have the same ones.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubesphere import controllers
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.simulators.world import CHATS, CLUSTERS, KUBESPHERE_PASSWORD, KUBESPHERE_USER, ROBOT, populate
from tests.support.testbed import Cluster, clusters
from tests.support.testbed.installer.multicluster import spread
from tests.support.testbed.stand_ins.notifying import notifying
from tests.system.demo.story import KUBESPHERE_4, VAULT

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "the-vault-password-of-the-newcomer"
#: Seconds for one command.
TIMEOUT = 300
MADE_FOR_DEVELOPERS = ("build", ".git", ".*_cache", "__pycache__")


def commands() -> Iterator[str]:
    """Yield the shell commands of the README in its order, without those that start the demo and the tests."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert blocks[0].split("\n")[0] == "make demo"
    yield from blocks[1:]


@dataclass
class Newcomer:
    """Somebody at a terminal, in a home of their own with a clone of the repository."""

    home: Path
    output: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.folder = self.home / "clone"
        shutil.copytree(ROOT, self.folder, ignore=shutil.ignore_patterns(*MADE_FOR_DEVELOPERS), symlinks=True)
        subprocess.run([sys.executable, "-m", "venv", str(self.home / "venv")], check=True)
        self.type(f"python3 -m pip install --quiet ansible-core=={version('ansible-core')}")
        editor = self.home / "editor"
        editor.write_text(f'#!/bin/sh\ncp {self.home}/vault.yml "$1"\n')
        editor.chmod(0o755)

    @property
    def inventory(self) -> Path:
        return self.home / "clone" / "my-fleet"

    def type(self, command: str) -> None:
        """Run a command, enter the vault's password where it is asked for, and stay in the folder that it ends in."""
        environment = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        environment |= {
            "HOME": str(self.home),
            "PATH": f"{self.home / 'venv' / 'bin'}{os.pathsep}/usr/local/bin{os.pathsep}/usr/bin{os.pathsep}/bin",
            "EDITOR": str(self.home / "editor"),
            "LANG": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
        }
        place = self.home / "place"
        terminal: Any = pexpect.spawn(
            "bash", ["-ec", f"{command}\npwd > {place}"], env=environment, cwd=str(self.folder), encoding="utf-8"
        )
        self.output = ""
        while terminal.expect(["(?i)vault password[^:]*: ?", pexpect.EOF], timeout=TIMEOUT) == 0:
            self.output += terminal.before
            terminal.sendline(PASSWORD)
        self.output += terminal.before
        terminal.close()
        assert terminal.exitstatus == 0, f"{command}\n{self.output}"
        self.folder = Path(place.read_text().strip())

    def set_vault(self, **values: str) -> None:
        """Prepare what the newcomer enters in the editor."""
        (self.home / "vault.yml").write_text(yaml.safe_dump({**VAULT, **values}))


def complete(newcomer: Newcomer, fleet: dict[str, Cluster], dingtalk: DingTalk, api: KubeSphereApi) -> None:
    """Add the kubeconfigs of the clusters, and where the simulators are."""
    for name, cluster in fleet.items():
        shutil.copy(cluster.kubeconfig, newcomer.inventory / "kubeconfigs" / name)
    authority = newcomer.home / "kubesphere.pem"
    api.authority.cert_pem.write_to_path(str(authority))
    addresses: dict[str, dict[str, Any]] = {
        "zhejiang": {"kubesphere_api_url": api.url, "kubesphere_api_ca_cert": str(authority)},
        "all": {
            "dingtalk_api_url": dingtalk.api_url,
            "dingtalk_legacy_api_url": dingtalk.legacy_api_url,
            "dingtalk_ca_path": str(dingtalk.ca_file),
        },
    }
    for group, values in addresses.items():
        (newcomer.inventory / "group_vars" / group / "simulator.yml").write_text(yaml.safe_dump(values))


@pytest.fixture
def dingtalk(tmp_path: Path) -> Iterator[DingTalk]:
    (tmp_path / "dingtalk").mkdir()
    with DingTalk(tmp_path / "dingtalk") as simulator:
        populate(simulator)
        yield simulator


def test_the_commands_of_the_readme_lead_to_a_message_in_a_chat(tmp_path: Path, dingtalk: DingTalk) -> None:
    install, start, vault, permissions, first, second, proof, _doctor, teardown = commands()
    (tmp_path / "home").mkdir()
    newcomer = Newcomer(tmp_path / "home")
    newcomer.type(install)
    newcomer.type(start)
    assert newcomer.folder == newcomer.inventory
    with (
        clusters(CLUSTERS, tmp_path / "clusters") as fleet,
        KubeSphereApi(fleet["hangzhou"], KUBESPHERE_USER, KUBESPHERE_PASSWORD, "", list(KUBESPHERE_4.values())) as api,
        controllers(fleet.values(), seconds=2),
    ):
        complete(newcomer, fleet, dingtalk, api)
        newcomer.set_vault()
        newcomer.type(vault)
        assert "ANSIBLE_VAULT" in (newcomer.inventory / "group_vars/all/vault.yml").read_text()
        newcomer.type(permissions)
        newcomer.type(first)
        assert "MANUAL STEPS" in newcomer.output
        spread(fleet, CLUSTERS)
        ids = {chat.name: chat.chatid for chat in dingtalk.chats()}
        assert set(ids) == set(CHATS.values())
        webhook = dingtalk.add_custom_robot(ids[CHATS["ops"]], ROBOT, ["alert", "告警"], secret="generate")
        secret = dingtalk.secret_of(ids[CHATS["ops"]], ROBOT)
        newcomer.set_vault(vault_ops_robot_webhook=webhook, vault_ops_robot_secret=secret)
        newcomer.type(second)
        assert "MANUAL STEPS" not in newcomer.output
        spread(fleet, CLUSTERS)
        seen = len(dingtalk.messages())
        with notifying(fleet, dingtalk):
            newcomer.type(proof)
        assert all(any("TEST: cluster" in message.text for message in dingtalk.messages(chat)) for chat in ids.values())
        assert len(dingtalk.messages()) == seen + 2 * 3  # by the playbook, and as the last step of site
        newcomer.type(teardown)
        assert {chat.chatid for chat in dingtalk.chats()} == set(ids.values())
