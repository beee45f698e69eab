# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app with a chat and a robot, what one change to them or to the inventory breaks, and the finding that names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.inprocess import examine_app
from tests.support.plays.environment import APP_KEY, APP_SECRET
from tests.support.simulators.dingtalk import DingTalk
from tests.system.doctor.setups import ShiftedClock

PEOPLE = ("user-1", "user-2", "user-3")


@dataclass
class World:
    """An app with a chat of two members and its robot."""

    dingtalk: DingTalk
    folder: Path

    def __post_init__(self) -> None:
        for number, userid in enumerate(PEOPLE, 1):
            self.dingtalk.add_user(f"1380000000{number}", userid=userid)
        self.app = self.dingtalk.add_app(APP_KEY, APP_SECRET)
        self.chat = self.dingtalk.add_chat("Ops", "user-1", ["user-2"], app=APP_KEY).chatid
        self.webhook = self.dingtalk.add_custom_robot(self.chat, "kubesphere", keywords=["alert"])

    def examine(self, ahead: int = 0, **variables: Any) -> dict[str, Any]:
        """``ahead``: seconds by which the controller's clock is ahead of DingTalk's."""
        chat = {
            "name": "Ops",
            "chat_id": self.chat,
            "owner": {"userid": "user-1"},
            "members": [{"userid": "user-1"}, {"userid": "user-2"}],
        }
        robot = {"chat": "ops", "name": "kubesphere", "webhook": self.webhook, "keywords": ["alert"]}
        host = {
            "inventory_hostname": "one",
            # The cluster is not asked.
            "kubesphere_host": "https://cluster.invalid:6443",
            "kubesphere_api_key": "a-token",
            "dingtalk_app_key": APP_KEY,
            "dingtalk_app_secret": APP_SECRET,
            "dingtalk_api_url": self.dingtalk.api_url,
            "dingtalk_legacy_api_url": self.dingtalk.legacy_api_url,
            "dingtalk_ca_path": str(self.dingtalk.ca_file),
            "dingtalk_cache_path": str(self.folder / "cache"),
            "dingtalk_state_path": str(self.folder / "state"),
            "dingtalk_chats": {"ops": chat},
            "dingtalk_robots": {"oncall": robot},
            **variables,
        }
        return examine_app({"one": host}, ShiftedClock(ahead))


@dataclass(frozen=True)
class Setup:
    """``finding``: the ID of the first one. ``variables``: what the inventory has otherwise."""

    finding: str
    change: Callable[[World], object] = lambda world: None
    variables: Mapping[str, Any] = field(default_factory=dict)
    ahead: int = 0


def app(**fields: Any) -> Callable[[World], object]:
    def change(world: World) -> None:
        for name, value in fields.items():
            assert hasattr(world.app, name)
            setattr(world.app, name, value)

    return change


SETUPS: dict[str, Setup] = {
    "no chat and no robot": Setup("KD102", variables={"dingtalk_chats": {}, "dingtalk_robots": {}}),
    "misspelt key": Setup("KD101", variables={"dingtalk_chats": {"ops": {"name": "Ops", "ownr": {"userid": "a"}}}}),
    "registry that cannot be reached": Setup("KD243", variables={"dingtalk_registry_host": "one"}),
    "chat of another app": Setup(
        "KD218",
        lambda world: world.dingtalk.add_app("dingother", "s"),
        {"dingtalk_app_key": "dingother", "dingtalk_app_secret": "s"},
    ),
    "wrong app secret": Setup("KD201", variables={"dingtalk_app_secret": "another"}),
    "unknown app key": Setup("KD201", variables={"dingtalk_app_key": "dinganother"}),
    "IP not on the list": Setup("KD203", app(ips=["9.9.9.9"])),
    "no permission for chats": Setup("KD202", lambda world: world.app.scopes.discard("qyapi_chat_manage")),
    "no permission for people": Setup("KD202", lambda world: world.app.scopes.discard("qyapi_get_member")),
    "not reachable": Setup("KD237", variables={"dingtalk_api_url": "https://127.0.0.1:9"}),
    "clock of the controller ten minutes ahead": Setup("KD256", ahead=600),
    "clock of the controller an hour behind": Setup("KD256", ahead=-3600),
    "dissolved chat": Setup("KD253", lambda world: world.dingtalk.disband(world.chat)),
    "robot of an unknown chat": Setup("KD101", variables={"dingtalk_chats": {}}),
    "renamed chat": Setup("KD255", lambda world: world.dingtalk.rename(world.chat, "Others")),
    "member left": Setup("KD255", lambda world: world.dingtalk.leave(world.chat, "user-2")),
    "removed robot": Setup("KD250", lambda world: world.dingtalk.remove_robot(world.chat, "kubesphere")),
}
