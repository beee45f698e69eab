# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One controller that runs the operation ``chat`` in process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.decisions import Decisions
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.chats import read_chats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import fleet as fleet_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.chat import OPERATION
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet import Fleet, run_fleet
from tests.simulators.dingtalk import DingTalk
from tests.simulators.kubernetes import Fault
from tests.testbed import Cluster


@dataclass
class SteppingClock:
    """Never waits: sleeping moves it on, so a poll to a deadline takes no time."""

    now: float = field(default_factory=lambda: 1_700_000_000.0)
    slept: float = 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


class Controller:
    """``run`` returns the result of the module ``chat``, ``play`` that of ``fleet``, as Ansible would get them."""

    def __init__(self, cluster: Cluster, dingtalk: DingTalk, folder: Path) -> None:
        self._options = {
            "app_key": "dingapp",
            "app_secret": "the-app-secret",
            "api_url": dingtalk.api_url,
            "legacy_api_url": dingtalk.legacy_api_url,
            "ca_path": str(dingtalk.ca_file),
            "cache_path": str(folder / "cache"),
            "state_path": str(folder / "state"),
            # every run looks at the chat
            "cache_valid_time": 0,
            "registry": {"kubeconfig": str(cluster.kubeconfig)},
            "start_registry": True,
            "key": "ops",
            "name": "Ops",
            "owner": {"mobile": "13800000001"},
        }
        self._access = {"kubeconfig": str(cluster.kubeconfig)}
        self.clock = SteppingClock()
        self.journal = folder / "state" / "journal.jsonl"

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        spec = OPERATION.spec
        validated = ArgumentSpecValidator(dict(spec.options), **spec.rules()).validate({**self._options, **options})
        assert not validated.error_messages, validated.error_messages
        task = Task(validated.validated_parameters, check_mode=check_mode, diff_mode=True, clock=self.clock)
        return run_operation(OPERATION, task)

    def play(
        self,
        chats: Mapping[str, Any],
        check_mode: bool = False,
        clusters: Mapping[str, Cluster] | None = None,
        start_registry: bool = True,
        users: Mapping[str, tuple[str, ...]] | None = None,
        list_chats: bool = False,
        cache_valid_time: int = 0,
        **decisions: Any,
    ) -> dict[str, Any]:
        """Bring ``dingtalk_chats`` in line after ``decisions``; ``clusters`` are more hosts beside the registry's.

        ``users``: chat key -> the hosts that send to it.
        """
        problems: list[str] = []
        wishes = read_chats(chats, problems)
        assert not problems, problems
        more = {name: {"kubeconfig": str(cluster.kubeconfig)} for name, cluster in (clusters or {}).items()}
        fleet = Fleet(
            wishes,
            clusters={"registry": self._access, **more},
            registry_host="registry",
            start_registry=start_registry,
            users=users or {},
            list_chats=list_chats,
            decisions=Decisions(**decisions),
        )
        names = ("app_key", "app_secret", "api_url", "legacy_api_url", "ca_path", "cache_path", "state_path")
        params = {
            "request_timeout": 30,
            "cache_valid_time": cache_valid_time,
            **{name: self._options[name] for name in names},
        }
        task = Task(params, check_mode=check_mode, diff_mode=True, clock=self.clock)
        return run_operation(Operation(fleet_operation.OPERATION.spec, lambda task: run_fleet(task, fleet)), task)


def lose_the_answer(controller: Controller, cluster: Cluster, chats: Mapping[str, Any]) -> None:
    """Let a controller make a chat while the registry cannot be written after the intent: its journal has the ID."""
    assert cluster.simulator is not None
    cluster.simulator.faults.add(Fault("PUT", ".*/configmaps.*", times=20, status=500))
    assert controller.play(chats)["failed"]
    cluster.simulator.faults.clear()
