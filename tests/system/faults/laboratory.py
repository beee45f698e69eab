# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that run in process over real sockets, with a simulated clock: create a chat, send a message."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import chat, message, user_info
from tests.support import inprocess
from tests.support.inprocess import Result
from tests.support.plays.environment import CONFIG_MAP
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.kubernetes import KubernetesSimulator
from tests.support.testbed import Cluster

APP, SECRET, ROBOT = "dingapp", "the-app-secret", "dingrobot"
NAME, OWNER = "Ops", "13800000001"
MEMBERS = 50
#: The request timeout in seconds, and a longer delay.
TIMEOUT, LATE = 1, 1.5
HOUR = 3600.0
CONFIG_MAPS = CONFIG_MAP.rpartition("/")[0]


@dataclass
class SimulatedClock:
    """A simulated clock, which sleeping advances without delay."""

    now: float

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Laboratory:
    """A controller, DingTalk and a registry; ``options`` are those of every run, ``clock`` is the controller's."""

    def __init__(self, folder: Path, dingtalk: DingTalk, registry: Cluster, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.dingtalk = dingtalk
        self.registry = registry
        self.patch = patch
        self.clock = SimulatedClock(time.time())
        self.app = dingtalk.add_app(APP, SECRET, robots={ROBOT: "Helper"})
        for number in range(1, MEMBERS + 1):
            dingtalk.add_user(f"138{number:08}", userid=f"user-{number}")
        self.options: dict[str, Any] = {
            "app_key": APP,
            "app_secret": SECRET,
            "api_url": dingtalk.api_url,
            "legacy_api_url": dingtalk.legacy_api_url,
            "ca_path": dingtalk.ca_file,
            "cache_path": str(folder / "cache"),
            "state_path": str(folder / "state"),
            "request_timeout": TIMEOUT,
        }
        self.access: dict[str, Any] = {"kubeconfig": str(registry.kubeconfig), "request_timeout": TIMEOUT}
        self._healthy = dict(self.options), dict(self.access)

    @property
    def cluster(self) -> KubernetesSimulator:
        assert self.registry.simulator
        return self.registry.simulator

    @property
    def journal(self) -> Path:
        return self.folder / "state" / "journal.jsonl"

    def configure(self, **options: Any) -> None:
        """Set options of every run, also of those after the recovery."""
        self.options.update(options)
        self._healthy[0].update(options)

    def calls(self, *apis: str) -> list[Call]:
        return [call for call in self.dingtalk.calls if call.api in apis]

    def create_chat(self, **more: Any) -> Result:
        """Run the chat module with the desired state."""
        desired = {"key": "ops", "name": NAME, "owner": {"mobile": OWNER}}
        members = [{"userid": f"user-{number}"} for number in range(1, MEMBERS + 1)]
        options = {**self.options, **desired, "members": members, "registry": self.access, "start_registry": True}
        options |= more
        return inprocess.run(chat.OPERATION, options, clock=self.clock)

    def look_up(self) -> Result:
        """Look up the owner, which stores the user ID and the token in the cache."""
        return inprocess.run(user_info.OPERATION, {**self.options, "people": [{"mobile": OWNER}]}, clock=self.clock)

    def send_to_webhook(self) -> Result:
        """Send a message through the webhook of a custom robot."""
        found = self.dingtalk.add_chat(NAME, "user-1", app=APP).chatid
        webhook = self.dingtalk.add_custom_robot(found, "KubeSphere", ["alert"], secret="generate")
        secret = self.dingtalk.secret_of(found, "KubeSphere")
        options = {**self.options, "webhook": webhook, "secret": secret, "keywords": ["alert"], "content": "an alert"}
        return inprocess.run(message.OPERATION, options, clock=self.clock)

    def send_as_robot(self) -> Result:
        """Send a message as the app's own robot."""
        found = self.dingtalk.add_chat(NAME, "user-1", app=APP)
        self.dingtalk.add_app_robot(found.chatid, ROBOT)
        target = {"open_conversation_id": found.open_conversation_id, "robot_code": ROBOT, "content": "an alert"}
        return inprocess.run(message.OPERATION, {**self.options, **target}, clock=self.clock)

    def recover(self) -> None:
        """Remove all faults and advance the clocks by an hour."""
        self.dingtalk.heal()
        self.cluster.faults.clear()
        self.patch.undo()
        self.options, self.access = map(dict, self._healthy)
        self.app.scopes |= {"qyapi_chat_manage", "qyapi_chat_read"}
        self.dingtalk.unclear.uuid_repeat = "same"
        self.app.ips = self.app.visible = None
        self.dingtalk.limits.monthly["api"] = 5000
        self.clock.now += HOUR
        self.dingtalk.clock.advance(HOUR)

    def write_concurrently(self) -> None:
        """Modify the registry's ConfigMap as another client."""
        self.registry.patch(CONFIG_MAP, {"metadata": {"annotations": {"other": str(time.monotonic())}}})

    def cache_fails(self, number: int) -> None:
        """Make the creation of cache files fail with an errno: disk full or read-only."""

        make = tempfile.mkstemp

        def refuse(*arguments: Any, **options: Any) -> Any:
            if options.get("dir") == self.folder / "cache":
                raise OSError(number, os.strerror(number))
            return make(*arguments, **options)

        self.patch.setattr(tempfile, "mkstemp", refuse)

    def journal_fails(self, number: int) -> None:
        """Make writes to the journal fail with an errno: disk full or read-only."""
        write, opened = os.write, os.open

        def refuse_write(descriptor: int, data: bytes) -> int:
            if data.startswith((b"{", b"\n{")):
                raise OSError(number, os.strerror(number))
            return write(descriptor, data)

        def refuse_open(path: Any, flags: int, *more: Any, **options: Any) -> int:
            if str(path).endswith(self.journal.name) and flags & (os.O_WRONLY | os.O_RDWR):
                raise OSError(number, os.strerror(number), str(path))
            return opened(path, flags, *more, **options)

        if number == errno.ENOSPC:
            self.patch.setattr(os, "write", refuse_write)
        else:
            self.patch.setattr(os, "open", refuse_open)
