# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays with a host for each planted secret, and all places in which a run may write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.integration.secrets.plants import (
    ROWS,
    Json,
    Plant,
    kubeconfig,
    module_options,
    new_secret,
    plants,
    private_key,
)
from tests.support.plays.controller import PLUGINS, Run
from tests.support.plays.environment import Environment, new_controller, simulator
from tests.support.simulators.kubernetes import Fault

#: The modules whose options are planted in plays; the other modules have the same options.
IN_PLAYS = ["cluster_info", "cluster_config", "alertmanager_config", "app_info", "message", "chat"]
REMOTE = ["cluster_info", "cluster_config", "alertmanager_config"]
#: Forms that are also planted over ssh, beside the first form of each option.
ALSO_REMOTE = {
    ("receivers", "without a name"),
    ("receivers", "as JSON"),
    ("manifests", "without metadata"),
    ("manifests", "as text"),
    *(("kubeconfig", form) for form in ROWS["kubeconfig"]("")),
}


@dataclass(frozen=True)
class Way:
    """How a play is run: its arguments and environment, and a group of hosts."""

    name: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    hosts: str = "all"


def _stdout(callback: str) -> tuple[tuple[str, str], ...]:
    return (("ANSIBLE_STDOUT_CALLBACK", callback),)


WAYS = (
    Way("default"),
    Way("-vvvvv in YAML", ("-vvvvv",), (("ANSIBLE_CALLBACK_RESULT_FORMAT", "yaml"),)),
    Way("-vvv minimal", ("-vvv",), _stdout("minimal"), "first"),
    Way("oneline", (), _stdout("oneline"), "first"),
    Way("-vvvvv over ssh", ("-vvvvv",), (), "remote"),
)
#: Where a run may write a secret: the file or stream, and the content by host if there is a file for each.
PLACES = ("stdout", "stderr", "log", "results", "junit", "tree")


@dataclass(frozen=True)
class Planted:
    """A host with its secret: the variables of the host, the groups that it is in, and the play that it is for."""

    host: str
    name: str
    secret: str
    play: str
    groups: tuple[str, ...]
    variables: Mapping[str, Any]


class Answer:
    """An answer of a cluster and of DingTalk that quotes secrets of others, known by nothing but their shape."""

    START = "these are invalid:"

    def __init__(self, site: Environment) -> None:
        shapes = {
            "a webhook": "https://oapi.dingtalk.com/robot/send?access_token={}",
            "a URL": "https://me:{}@proxy.example.com/",
            "a header": "Authorization: Bearer {}",
            "a Slack webhook": "https://hooks.slack.com/services/T0/B0/{}",
        }
        self.secrets = {name: new_secret() for name in [*shapes, "a key"]}
        quoted = " and ".join(shape.format(self.secrets[name]) for name, shape in shapes.items())
        self.message = f"{self.START} {quoted} and {private_key(self.secrets['a key'])}"
        simulator(site.clusters["quoting"]).faults.add(Fault("GET", status=403, message=self.message, times=0))
        site.dingtalk.fail("/topapi/v2/user/get", times=None, kind="errcode", errcode=60121, message=self.message)


class Field:
    """Hosts with secrets, plays for them, and a controller of one core."""

    def __init__(self, site: Environment, answer: Answer, folder: Path, venv: Path) -> None:
        self.answer = answer
        self.folder = folder
        self.controller = new_controller(folder, site.dingtalk, site.clusters, venv=venv)
        self.plays: dict[str, Json] = {}
        self.planted: list[Planted] = []
        options = module_options(site, folder)
        self._plant_options(options)
        self._plant_environment(options)
        self._plant_variables()
        self._plant_answers(site, options)
        self._write()

    def _plant_options(self, options: Mapping[str, Json]) -> None:
        """Plant each option once, in the first module that has it, and the same behind ssh."""
        known: set[tuple[str, str]] = set()
        for plant in sorted(plants(IN_PLAYS), key=lambda plant: IN_PLAYS.index(plant.module)):
            if (plant.option, plant.form) in known:
                continue
            first = not any(option == plant.option for option, _form in known)
            known.add((plant.option, plant.form))
            template = Plant(plant.module, plant.option, plant.form, "{{ planted }}", "")
            play = self._play(f"{plant.module} {plant.option}", plant.module, template.options(options[plant.module]))
            groups = ("first",) if first else ()
            self._add(plant.name, plant.secret, play, groups, {"planted": plant.value})
            if plant.module in REMOTE and (first or (plant.option, plant.form) in ALSO_REMOTE):
                self._add_remote(plant, play)

    def _add_remote(self, plant: Plant, play: str) -> None:
        secret = new_secret()
        value = ROWS[plant.option](secret)[plant.form]
        ssh = {
            "ansible_connection": "ansible.builtin.ssh",
            "ansible_host": "127.0.0.1",
            "ansible_ssh_executable": str(PLUGINS / "ssh.sh"),
            "ansible_ssh_transfer_method": "piped",
            "ansible_python_interpreter": str(self.controller.venv / "bin" / "python"),
            # Without it, the module is a file on the host. That takes ten commands in place of one.
            "ansible_pipelining": plant.form != "as a map",
        }
        self._add(f"{plant.name} over ssh", secret, play, ("remote",), {"planted": value, **ssh})

    def _plant_environment(self, options: Mapping[str, Json]) -> None:
        """Plant the variables that options or libraries read."""
        closed = {"host": "https://127.0.0.1:1"}
        for variable in ("K8S_AUTH_PROXY", "HTTPS_PROXY", "https_proxy", "K8S_AUTH_HOST", "K8S_AUTH_PASSWORD"):
            secret = new_secret()
            url = secret if variable == "K8S_AUTH_PASSWORD" else f"http://me:{secret}@127.0.0.1:1"
            given = {} if variable == "K8S_AUTH_HOST" else closed
            play = self._play(variable, "cluster_info", given, environment={variable: "{{ planted }}"})
            self._add(f"environment {variable}", secret, play, ("first",), {"planted": url})

    def _plant_variables(self) -> None:
        """Plant the variables of hosts, which the actions of the playbooks read."""
        features = ["notification", "alertmanager", "alerting"]
        tasks = {"cluster_config": {"features": features}, "fleet_chats": {"hosts": ["{{ inventory_hostname }}"]}}
        for name, own in tasks.items():
            self._plant_in_variables(name, self._play(f"variables of {name}", name, own))
        include = {"ansible.builtin.include_role": {"name": "kubesphere.dingtalk.alertmanager"}}
        ignored = {"block": [include], "rescue": [{"ansible.builtin.meta": "noop"}]}
        self.plays["play_role"] = {"hosts": "play_role", "gather_facts": False, "tasks": [ignored]}
        self._plant_in_variables("role alertmanager", "play_role", "alertmanager_")
        # Reads the variables of all hosts, and lists their errors.
        everything = self._play("variables of all hosts", "fleet_chats", {})
        secret = new_secret()
        proxy = f"socks5://me:{secret}@127.0.0.1:1"
        self._add("variables of all hosts", secret, everything, ("first",), {"dingtalk_proxy": proxy})

    def _plant_in_variables(self, name: str, play: str, prefix: str = "") -> None:
        for variable, value, secret in _variables():
            if variable.startswith(prefix):
                self._add(f"{name} {variable}", secret, play, (), {variable: value, "dingtalk_registry_host": ""})

    def _plant_answers(self, site: Environment, options: Mapping[str, Json]) -> None:
        """Plant secrets that are known to nobody but a server, in its answers, and in the words of a plugin."""
        access = {"kubeconfig": str(site.clusters["quoting"].kubeconfig)}
        user = {**options["user_info"], "people": [{"userid": "user-1"}]}
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "/bin/sh",
            "args": ["-c", f"cat >&2 <<'END'\n{self.answer.message}\nEND\nexit 1"],
            "interactiveMode": "Never",
        }
        refused = {"planted": kubeconfig({"exec": plugin})}
        for place, module, given, variables in (
            ("a cluster", "cluster_info", access, {}),
            ("DingTalk", "user_info", user, {}),
            ("a plugin", "cluster_info", {"kubeconfig": "{{ planted }}"}, refused),
        ):
            play = self._play(f"answer of {place}", module, given)
            for name, secret in self.answer.secrets.items():
                self._add(f"answer of {place}: {name}", secret, play, ("first",), variables, host=f"answer_{play}")

    def _play(self, name: str, module: str, options: Json, **keys: Any) -> str:
        group = "play_" + re.sub(r"\W", "_", name)
        task = {"name": name, f"kubesphere.dingtalk.{module}": options, "ignore_errors": True, **keys}
        self.plays[group] = {"hosts": group, "gather_facts": False, "tasks": [task]}
        return group

    def _add(
        self,
        name: str,
        secret: str,
        play: str,
        groups: tuple[str, ...],
        variables: Mapping[str, Any],
        host: str = "",
    ) -> None:
        groups = groups if "remote" in groups else (*groups, "local")
        self.planted.append(Planted(host or f"host{len(self.planted):04}", name, secret, play, groups, variables))

    def _write(self) -> None:
        hosts = {planted.host: dict(planted.variables) for planted in self.planted}
        groups: dict[str, Json] = {}
        for planted in self.planted:
            for group in (planted.play, *planted.groups):
                groups.setdefault(group, {"hosts": {}})["hosts"][planted.host] = None
        self.controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": hosts, "children": groups}}))
        self.playbook = self.controller.playbook(list(self.plays.values()))

    def run(self, way: Way) -> dict[str, str]:
        """Run the plays; return what is in each place."""
        folder = self.folder / re.sub(r"\W", "_", way.name)
        self.controller.environment = {
            "ANSIBLE_CALLBACKS_ENABLED": "record,ansible.builtin.junit,ansible.builtin.tree",
            "ANSIBLE_LOG_PATH": str(folder / "log"),
            "JUNIT_OUTPUT_DIR": str(folder / "junit"),
            "ANSIBLE_CALLBACK_TREE_DIR": str(folder / "tree"),
            "ANSIBLE_FORKS": "4",
            **dict(way.environment),
        }
        folder.mkdir()
        limit = "local" if way.hosts == "all" else way.hosts
        done = self.controller.run(self.playbook, "--limit", limit, *way.arguments)
        return {**self._texts(done, folder), "played": " ".join(sorted({item.host for item in done.results}))}

    def _texts(self, done: Run, folder: Path) -> dict[str, str]:
        results = yaml.safe_dump([item.result for item in done.results], allow_unicode=True, width=10**6)
        files = {name: [path for path in (folder / name).rglob("*") if path.is_file()] for name in ("junit", "tree")}
        joined = {name: "\n".join(path.read_text() for path in paths) for name, paths in files.items()}
        log = (folder / "log").read_text()
        return {"stdout": done.stdout, "stderr": done.stderr, "log": log, "results": results, **joined}

    def of(self, way: Way) -> list[Planted]:
        """Return what is planted in a run."""
        group = "local" if way.hosts == "all" else way.hosts
        return [planted for planted in self.planted if group in planted.groups]


def _variables() -> list[tuple[str, Any, str]]:
    """Return variables with a value and the secret in it."""
    found = []

    def plant(variable: str, make: Any) -> None:
        secret = new_secret()
        found.append((variable, make(secret), secret))

    def password(secret: str) -> str:
        return f"https://me:{secret}@127.0.0.1:1"

    for variable in ("kubesphere_host", "kubesphere_proxy", "kubesphere_api_url", "dingtalk_api_url"):
        plant(variable, password)
    for variable in ("dingtalk_legacy_api_url", "dingtalk_proxy", "alerting_alertmanager_url"):
        plant(variable, password)
    for variable in ("kubesphere_client_key", "kubesphere_ca_cert", "dingtalk_ca_path", "kubesphere_api_ca_cert"):
        plant(variable, private_key)
    for variable in ("kubesphere_api_token", "kubesphere_api_password", "kubesphere_api_key", "dingtalk_app_secret"):
        plant(variable, lambda secret: [secret])
    plant("kubesphere_kubeconfig", lambda secret: kubeconfig({"token": secret}))
    plant("kubesphere_kubeconfig", lambda secret: [kubeconfig({"token": secret})])
    plant("kubesphere_kubeconfig", lambda secret: f"apiVersion: v1 kind: Config users: - user: token: {secret}")
    plant("dingtalk_registry_kubeconfig", lambda secret: kubeconfig({"token": secret}))
    plant("dingtalk_registry_kubeconfig", lambda secret: [kubeconfig({"token": secret})])
    plant("dingtalk_registry_kubeconfig", lambda secret: f"apiVersion: v1 users: - user: token: {secret}")
    plant("dingtalk_robots", lambda secret: {"ops_robot": {"chat": "ops", "name": "r", "webhok": password(secret)}})
    plant("dingtalk_robots", lambda secret: {"ops_robot": secret})
    plant("dingtalk_robots", lambda secret: [secret])
    plant("alertmanager_receivers", lambda secret: {"team": {"webhook_configs": [{"url": f"https://x/{secret}"}]}})
    plant("alertmanager_receivers", lambda secret: [{"webhook_configs": [{"url": f"https://x/{secret}"}]}])
    plant("alertmanager_global", lambda secret: [{"smtp_auth_password": secret}])
    plant("alertmanager_routes", lambda secret: f"https://me:{secret}@127.0.0.1:1")
    return found
