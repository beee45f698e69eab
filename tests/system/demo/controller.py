# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's controller: runs playbooks with a copy of ``examples/`` that is completed as a user would do it."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.testbed import Cluster
from tests.system.demo.deviation import Deviation

ROOT = Path(__file__).resolve().parents[3]
COLLECTIONS = ROOT / "build" / "collections"
PROGRAMS = Path(sys.executable).parent
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@contextmanager
def _started(program: list[str], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the end of the block; SIGINT makes Ansible also end its workers."""
    process = subprocess.Popen(
        program, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    except BaseException:
        process.send_signal(signal.SIGINT)
        raise
    finally:
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()


class Controller:
    """Run playbooks of the collection with the example inventory."""

    def __init__(
        self,
        folder: Path,
        fleet: Mapping[str, Cluster],
        dingtalk: DingTalk,
        kubesphere: KubeSphereApi,
        vault: Mapping[str, str],
    ) -> None:
        self._folder = folder
        self._inventory = folder / "inventory"
        self._vault = dict(vault)
        self._password = folder / "vault-password"
        shutil.copytree(ROOT / "examples", self._inventory)
        self._password.write_text(secrets.token_urlsafe())
        self._password.chmod(0o600)
        (self._inventory / "kubeconfigs").mkdir()
        for name, cluster in fleet.items():
            shutil.copy(cluster.kubeconfig, self._inventory / "kubeconfigs" / name)
        authority = folder / "kubesphere.pem"
        kubesphere.authority.cert_pem.write_to_path(str(authority))
        self._set("zhejiang", kubesphere_api_url=kubesphere.url, kubesphere_api_ca_cert=str(authority))
        self._set(
            "all",
            dingtalk_api_url=dingtalk.api_url,
            dingtalk_legacy_api_url=dingtalk.legacy_api_url,
            dingtalk_ca_path=str(dingtalk.ca_file),
        )
        self.add_to_vault({})

    def _set(self, group: str, **values: str) -> None:
        """Set variables of a group to connect to the simulators."""
        (self._inventory / "group_vars" / group / "simulator.yml").write_text(yaml.safe_dump(values))

    def add_to_vault(self, values: Mapping[str, str]) -> None:
        """Add secrets to the encrypted file of the inventory."""
        self._vault.update(values)
        path = self._inventory / "group_vars" / "all" / "vault.yml"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(self._vault))
        self._run(["ansible-vault", "encrypt", "--vault-password-file", str(self._password), str(path)], quiet=True)

    def play(self, name: str, expect_changed: Set[str]) -> None:
        """Run a playbook; it must succeed and change exactly these clusters."""
        print(f"$ ansible-playbook -i hosts.yml kubesphere.dingtalk.{name}", flush=True)
        output = self._run(self._command(name))
        changed = {host for host, _ok, count, _unreachable, _failed in RECAP.findall(output) if int(count)}
        if changed != expect_changed:
            raise Deviation(f"expected changes on {sorted(expect_changed)}, but {sorted(changed)} were changed")

    def play_in_vain(self, name: str) -> str:
        """Run a playbook that must fail; return its output."""
        print(f"$ ansible-playbook -i hosts.yml kubesphere.dingtalk.{name}", flush=True)
        return self._run(self._command(name), succeeds=False)

    def instructions(self) -> str:
        """Return the commands to run playbooks as the demo does, and to stop it."""
        names = ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "ANSIBLE_HOME", "ANSIBLE_COLLECTIONS_PATH")
        variables = [f"export {name}={shlex.quote(self._environment()[name])}" for name in names]
        command = shlex.join([str(PROGRAMS / "ansible-playbook"), *self._command("site")[1:]])
        return "\n".join([*variables, command, "Ctrl-C here stops everything and removes it."])

    def _command(self, name: str) -> list[str]:
        inventory = str(self._inventory / "hosts.yml")
        vault = ["--vault-password-file", str(self._password)]
        return ["ansible-playbook", "-i", inventory, *vault, f"kubesphere.dingtalk.{name}"]

    def _run(self, command: list[str], quiet: bool = False, succeeds: bool = True) -> str:
        program = [sys.executable, str(PROGRAMS / command[0]), *command[1:]]
        lines = []
        with _started(program, self._folder, self._environment()) as process:
            for line in process.stdout or []:
                lines.append(line)
                if not quiet:
                    print(f"  {line}", end="", flush=True)
        if bool(process.returncode) is succeeds:
            message = f":\n{''.join(lines)}" if quiet else ""
            raise Deviation(f"{command[0]} exited with code {process.returncode}{message}")
        return "".join(lines)

    def _environment(self) -> dict[str, str]:
        """Return environment variables that isolate the demo from the user's Ansible configuration."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))
        }
        return inherited | {
            "HOME": str(self._folder),
            "XDG_CACHE_HOME": str(self._folder / "cache"),
            "XDG_STATE_HOME": str(self._folder / "state"),
            "ANSIBLE_HOME": str(self._folder / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "NO_PROXY": "127.0.0.1,localhost",
        }
