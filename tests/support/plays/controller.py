# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Ansible controller with its own directories and environment variables that runs the collection's playbooks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.environment import link_collection
from tests.support.testbed.process_tree import with_descendants

Json = dict[str, Any]

REPOSITORY = Path(__file__).resolve().parents[3]
COLLECTIONS = REPOSITORY / "build" / "collections"
PLUGINS = Path(__file__).parent / "plugins"
#: The virtual environment that runs the tests.
THIS_VENV = Path(sys.executable).parent.parent
TIMEOUT = 120


@dataclass(frozen=True)
class TaskResult:
    """The result of a task on a host; ``outcome`` is ok, failed, unreachable or skipped."""

    host: str
    task: str
    action: str
    outcome: str
    result: Json


@dataclass(frozen=True)
class Run:
    """A completed run of ansible-playbook; ``stats`` is its recap by host."""

    returncode: int
    stdout: str
    stderr: str
    results: list[TaskResult] = field(repr=False)
    stats: dict[str, dict[str, int]] = field(repr=False)

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def prose(self) -> str:
        """The output with a space for each break of a line, as sentences go over several lines."""
        return " ".join(self.output.split())

    @property
    def changed(self) -> dict[str, int]:
        """Inventory host -> changed tasks, as in the recap."""
        return {host: counts["changed"] for host, counts in self.stats.items()}

    def of(self, action: str) -> dict[str, Json]:
        """Inventory host -> result of an action plugin or module of the collection."""
        return {item.host: item.result for item in self.results if item.action == f"kubesphere.dingtalk.{action}"}

    def one(self, action: str) -> Json:
        """Return the result of an action that ran on one host."""
        [result] = self.of(action).values()
        return result

    @property
    def summary(self) -> list[str]:
        """The lines of the run's summary."""
        lines: list[str] = self.one("run_summary")["lines"]
        return lines

    @property
    def errors(self) -> dict[str, str]:
        """Inventory host -> message of its failed task."""
        failed = ("failed", "unreachable")
        return {item.host: str(item.result.get("msg")) for item in self.results if item.outcome in failed}

    def must(self, succeed: bool = True) -> Run:
        """Return the run itself; fail with its output if the outcome is different or a traceback was printed."""
        text = f"rc {self.returncode}\n{self.stdout}\n{self.stderr}"
        assert (self.returncode == 0) is succeed, text
        assert "Traceback (most recent call last)" not in text, text
        assert "This is a bug in the collection" not in text, text
        return self


class Running:
    """A command in its own session, as in a terminal."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path, record: Path) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        self._record = record

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: signal.Signals) -> list[int]:
        """Send a signal to the command and its descendants, as Ctrl+C does; return their process IDs."""
        processes = with_descendants(self._process.pid)
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return processes

    def finish(self) -> Run:
        """Wait for the end of the command; kill it and raise TimeoutExpired after ``TIMEOUT`` seconds."""
        try:
            stdout, stderr = self._process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self._process.communicate()
            raise
        lines = [json.loads(line) for line in self._record.read_text().splitlines()]
        results = [TaskResult(**line) for line in lines if "stats" not in line]
        stats: dict[str, dict[str, int]] = next((line["stats"] for line in lines if "stats" in line), {})
        return Run(self._process.returncode, stdout, stderr, results, stats)


class Controller:
    """A controller with all its files in ``folder``: inventory, home, caches, state. ``venv`` has ansible-core."""

    def __init__(self, folder: Path, inventory: Path | None = None, venv: Path = THIS_VENV) -> None:
        self.folder = folder
        self.venv = venv
        self.collections = COLLECTIONS
        self.environment: dict[str, str] = {}
        self.inventory = inventory or folder / "inventory"
        for name in ("home", "cache", "state", "tmp"):
            (folder / name).mkdir(parents=True)

    @property
    def hosts(self) -> Path:
        return self.inventory / "hosts.yml"

    def vars(self, place: str, **values: Any) -> None:
        """Set variables of an inventory host, or of ``all``; they have precedence over those of the example."""
        name = "group_vars/all/zz.yml" if place == "all" else f"host_vars/{place}.yml"
        path = self.inventory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        known = yaml.safe_load(path.read_text()) if path.exists() else None
        path.write_text(yaml.safe_dump({**(known or {}), **values}, allow_unicode=True))

    def playbook(self, plays: list[Json]) -> Path:
        """Write a playbook with the given plays and return its path."""
        path = self.folder / f"play-{len(list(self.folder.glob('play-*')))}.yml"
        path.write_text(yaml.safe_dump(plays, sort_keys=False, allow_unicode=True))
        return path

    def run(self, playbook: str | Path, *arguments: str, extra: Mapping[str, Any] | None = None) -> Run:
        """Run a playbook: a path, or the name of a playbook of the collection."""
        return self.start(playbook, *arguments, extra=extra).finish()

    def start(self, playbook: str | Path, *arguments: str, extra: Mapping[str, Any] | None = None) -> Running:
        """Start a playbook like :meth:`run`, without waiting for its end."""
        name = str(playbook) if isinstance(playbook, Path) else f"kubesphere.dingtalk.{playbook}"
        command = [str(self.venv / "bin" / "ansible-playbook"), "-i", str(self.hosts), name, *arguments]
        if extra:
            command += ["-e", json.dumps(extra)]
        return self.execute(command)

    def task(self, action: str, options: Mapping[str, Any], *arguments: str, hosts: str = "all", **keys: Any) -> Run:
        """Run a task of the collection on hosts; ``keys`` are further keys of the task."""
        task = {"name": action, f"kubesphere.dingtalk.{action}": dict(options), **keys}
        return self.run(self.playbook([{"hosts": hosts, "gather_facts": False, "tasks": [task]}]), *arguments)

    def execute(self, command: list[str]) -> Running:
        """Start a command of ansible-core in the controller's environment."""
        record = self.folder / "tmp" / f"results-{len(list(self.folder.glob('tmp/results-*')))}.jsonl"
        record.touch()
        environment = {**self._environment(), "RECORD_RESULTS_TO": str(record), **self.environment}
        return Running(command, environment, self.folder, record)

    def _environment(self) -> dict[str, str]:
        link_collection(REPOSITORY / "build")
        folders = {"HOME": "home", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state", "ANSIBLE_LOCAL_TEMP": "tmp"}
        return {
            **{name: str(self.folder / place) for name, place in folders.items()},
            "PATH": f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS / "callback"),
            "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS / "connection"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_NOCOLOR": "1",
        }

    def files(self) -> list[Path]:
        """Return all files of the controller."""
        return [path for path in sorted(self.folder.rglob("*")) if path.is_file()]

    def journal(self) -> Path:
        """Return the directory of the chat journal."""
        return self.folder / "state" / "kubesphere.dingtalk"


def copy_example(target: Path) -> None:
    """Copy the example's inventory."""
    shutil.copytree(REPOSITORY / "examples", target)
