# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation whose play runs every ten minutes for a month, on a simulated clock."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.chats import read_chats, read_robots
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.options import dingtalk_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import Fleet, run_fleet
from tests.support.inprocess import task_for
from tests.support.plays.controller import Controller
from tests.support.simulators.dingtalk import DingTalk
from tests.support.testbed import Cluster, clusters

Json = dict[str, Any]

APP_KEY, APP_SECRET = "dingexampleappkey", "app-secret-of-the-month"
CHATS, CLUSTERS = 10, 100
EVERY, DAYS = 600, 30
REGISTRY_HOST = "cluster-0"


@dataclass
class SimulatedClock:
    """The clock of both the controller and DingTalk."""

    dingtalk: DingTalk
    now: float

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.advance_to(self.now + seconds)

    def advance_to(self, now: float) -> None:
        self.now = now
        self.dingtalk.clock.set(now)


@dataclass
class Month:
    """An organisation with its controller, DingTalk and clusters.

    ``wiped``: local state is deleted before each run, as in a new container. ``registry_url``: the registry without
    TLS, which is not under test here and would slow down thousands of requests.

    Two API servers represent the hundred clusters: that of the registry, and one for all other hosts, because only
    the first run calls them.
    """

    dingtalk: DingTalk
    registry: Cluster
    registry_url: str
    others: Cluster
    controller: Controller
    wiped: bool
    clock: SimulatedClock
    chats: dict[str, Json]
    robots: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fleet = self._read_fleet()
        options = {
            "app_key": APP_KEY,
            "app_secret": APP_SECRET,
            "api_url": self.dingtalk.api_url,
            "legacy_api_url": self.dingtalk.legacy_api_url,
            "ca_path": self.dingtalk.ca_file,
            "cache_path": str(self.state_folders[0]),
            "state_path": str(self.state_folders[1]),
        }
        self._options = task_for(Operation(dingtalk_spec(), lambda task: {}), options).params

    @property
    def state_folders(self) -> list[Path]:
        """Folders with the local state of the controller."""
        return [self.controller.folder / place / "kubesphere.dingtalk" for place in ("cache", "state")]

    def run(self) -> Json:
        """Run the operation of the play's first task."""
        if self.wiped:
            self.wipe()
        return run_fleet(Task(self._options, clock=self.clock), self._fleet)

    def attempt(self, check_mode: bool = False, **options: Any) -> Json:
        """Run the operation and return the task result, also on failure; ``options`` override those of the app."""
        if self.wiped:
            self.wipe()
        task = Task({**self._options, **options}, check_mode, clock=self.clock)
        return run_operation(Operation(dingtalk_spec(), lambda task: run_fleet(task, self._fleet)), task)

    def desired(self, chats: dict[str, Json], robots: dict[str, Json] | None = None) -> None:
        """Replace the desired state in the inventory."""
        self.chats, self.robots = chats, robots or {}
        self._fleet = self._read_fleet()

    def wipe(self) -> None:
        for folder in self.state_folders:
            shutil.rmtree(folder, ignore_errors=True)

    def declare_robots(self) -> None:
        """Declare a custom robot in each chat, which does not exist yet."""
        robot = {"name": "alerts", "keywords": ["alert"]}
        self.desired(self.chats, {f"robot-{key}": {"chat": key, **robot} for key in self.chats})

    def add_robots(self, result: Json) -> None:
        """Add the robots to their chats in DingTalk, and their webhooks to the inventory."""
        for key, chat in result["chats"].items():
            webhook = self.dingtalk.add_custom_robot(chat["chat_id"], "alerts", ["alert"])
            self.robots[f"robot-{key}"]["webhook"] = webhook
        self.desired(self.chats, self.robots)

    def tokens_by_day(self) -> Counter[int]:
        """Return day -> number of token requests received by DingTalk."""
        times = [call.time for call in self.dingtalk.calls if call.path.endswith("accessToken")]
        return Counter(int((time - self.dingtalk.calls[0].time) // 86400) for time in times)

    def _read_fleet(self) -> Fleet:
        with Errors() as errors:
            chats = read_chats(errors, self.chats)
            robots = read_robots(errors, self.robots, chats, self.dingtalk.legacy_api_url)
        access = {f"cluster-{number}": access_to(self.others) for number in range(CLUSTERS)}
        access[REGISTRY_HOST] = {**access_to(self.registry), "host": self.registry_url}
        return Fleet(chats, robots, access, REGISTRY_HOST)


def mobile(number: int) -> Json:
    return {"mobile": f"138000000{number:02}"}


def access_to(cluster: Cluster) -> Json:
    return {"host": cluster.server, "api_key": cluster.token, "ca_cert": str(cluster.ca_file)}


def two_clusters(folder: Path) -> AbstractContextManager[dict[str, Cluster]]:
    """Start the clusters of a month."""
    return clusters({"registry": "3.4", "others": "3.4"}, folder)


@contextmanager
def month(folder: Path, fleet: Mapping[str, Cluster], begin: float, wiped: bool) -> Iterator[Month]:
    """Provide an organisation with an app, people and a hundred clusters, but no chats."""
    (folder / "dingtalk").mkdir()
    assert fleet["registry"].simulator
    with DingTalk(folder / "dingtalk") as dingtalk, fleet["registry"].simulator.in_clear() as url:
        dingtalk.add_app(APP_KEY, APP_SECRET)
        dingtalk.clock.freeze()
        for number in range(2 * CHATS):
            dingtalk.add_user(mobile(number)["mobile"], userid=f"user-{number}")
        clock = SimulatedClock(dingtalk, begin)
        clock.advance_to(begin)
        controller = Controller(folder / "controller")
        chats = {
            f"chat-{number}": {"name": f"Chat {number}", "owner": mobile(number), "members": [mobile(number + CHATS)]}
            for number in range(CHATS)
        }
        yield Month(dingtalk, fleet["registry"], url, fleet["others"], controller, wiped, clock, chats)
