# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller of the measured plays, with inventories of any size for a few clusters."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.benchmark.measurement import Measurement, measure_play
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.world import APP_SECRET
from tests.support.testbed import Cluster
from tests.support.testbed.cluster import write_kubeconfig

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
PEERS = Path(__file__).parent / "peers"
#: The virtual environments of the benchmark and of kubernetes.core.
THIS_VENV = Path(sys.prefix)
PEERS_VENV = BUILD / "venv-bench"
#: Also the number of threads of the bare loop.
FORKS = 10


class Controller:
    """A controller; ``routes`` maps the name of a route to server -> URL, for different latencies.

    With ``alike``, all hosts have the same desired state, including the cluster's name, so that they can share a
    server.
    """

    def __init__(
        self,
        folder: Path,
        fleet: Mapping[str, Cluster],
        dingtalk: DingTalk,
        routes: Mapping[str, Mapping[str, str]],
        alike: bool = True,
    ) -> None:
        self._folder = folder
        self._servers = list(fleet)
        for name in ("home", "tmp"):
            (folder / name).mkdir(parents=True)
        for route, urls in routes.items():
            inventory = folder / route
            # Without policies, which need the alerting component.
            shutil.copytree(
                ROOT / "examples" / "group_vars",
                inventory / "group_vars",
                ignore=shutil.ignore_patterns("policies.yml"),
            )
            (inventory / "kubeconfigs").mkdir()
            for name, cluster in fleet.items():
                path = inventory / "kubeconfigs" / name
                write_kubeconfig(path, name, urls[name], cluster.ca_file, cluster.token)
            _write(inventory / "group_vars" / "all" / "clusters.yml", _access(alike))
            _write(inventory / "group_vars" / "all" / "vault.yml", _vault(dingtalk))
            _write(inventory / "group_vars" / "all" / "simulator.yml", _simulator(dingtalk))

    def site(self, hosts: int, route: str, playbook: str = "site") -> Measurement:
        """Run a playbook of the collection."""
        environment = self._environment("measure", "shared_servers")
        return self._play(THIS_VENV, f"kubesphere.dingtalk.{playbook}", hosts, route, environment)

    def peers(self, playbook: str, hosts: int, route: str, chat_ids: Mapping[str, str]) -> Measurement:
        """Run a playbook that uses kubernetes.core, in its virtual environment."""
        environment = self._environment("measure")
        play = str(PEERS / f"{playbook}.yml")
        return self._play(PEERS_VENV, play, hosts, route, environment, chat_ids=dict(chat_ids))

    def _play(
        self, venv: Path, playbook: str, hosts: int, route: str, environment: Mapping[str, str], **extra: Any
    ) -> Measurement:
        inventory = self._folder / route / f"hosts-{hosts}.yml"
        if not inventory.exists():
            servers = [self._servers[number % len(self._servers)] for number in range(hosts)]
            listed = {host_name(number): {"server": server} for number, server in enumerate(servers)}
            _write(inventory, {"all": {"hosts": listed}})
        program = [str(venv / "bin" / "python"), str(venv / "bin" / "ansible-playbook")]
        options = ["-f", str(FORKS), "-i", str(inventory), "-e", json.dumps(extra)]
        return measure_play([*program, *options, playbook], environment, self._folder)

    def _environment(self, *callbacks: str) -> dict[str, str]:
        """Return environment variables that isolate the run from the user's Ansible configuration."""
        isolated = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
        return isolated | {
            "HOME": str(self._folder / "home"),
            "XDG_CACHE_HOME": str(self._folder / "cache"),
            "XDG_STATE_HOME": str(self._folder / "state"),
            "TMPDIR": str(self._folder / "tmp"),
            "ANSIBLE_LOCAL_TEMP": str(self._folder / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(BUILD / "collections"),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": ",".join(callbacks),
            "ANSIBLE_NOCOLOR": "1",
            "NO_PROXY": "127.0.0.1,localhost",
        }


def host_name(number: int) -> str:
    return f"cluster-{number:04}"


def _access(alike: bool) -> dict[str, str]:
    same = {"notification_cluster_name": "one of many"} if alike else {}
    return {
        "ansible_connection": "local",
        "kubesphere_kubeconfig": "{{ inventory_dir }}/kubeconfigs/{{ server }}",
    } | same


def _vault(dingtalk: DingTalk) -> dict[str, str]:
    return {
        "vault_dingtalk_app_secret": APP_SECRET,
        "vault_ops_robot_webhook": f"{dingtalk.legacy_api_url}/robot/send?access_token={'0123456789abcdef' * 4}",
        "vault_ops_robot_secret": f"SEC{'0123456789abcdef' * 4}",
    }


def _simulator(dingtalk: DingTalk) -> dict[str, Any]:
    return {
        "dingtalk_api_url": dingtalk.api_url,
        "dingtalk_legacy_api_url": dingtalk.legacy_api_url,
        "dingtalk_ca_path": str(dingtalk.ca_file),
        "dingtalk_registry_host": host_name(0),
        # The webhook is one of no robot.
        "dingtalk_verify_robots": "never",
        # The other subjects have no policies, and the alerting component is not installed.
        "alerting_policies": [],
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(content), allow_unicode=True))
