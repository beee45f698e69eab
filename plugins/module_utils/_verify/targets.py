# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is proven on a cluster: the chats and robots of the Receivers of the inventory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._delivery.alerts import ExpectedReceiver

CHAT, ROBOT = "chat", "robot"


@dataclass(frozen=True)
class Target:
    """A chat or robot at one Receiver.

    ``key``: its key in ``dingtalk_chats`` or ``dingtalk_robots``. ``chat_id``: empty for a robot.
    """

    kind: str
    key: str
    receiver: str
    chat_id: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """What it has in common with the same chat or robot at other Receivers and on other clusters."""
        return self.kind, self.chat_id or self.key

    @property
    def name(self) -> str:
        """Its name in a sentence, such as ``chat ops``."""
        return f"{self.kind} {self.key}"


def targets_of(receivers: Iterable[ExpectedReceiver]) -> list[Target]:
    """Return the targets of Receivers; one that several have, once. Robots without a webhook are omitted."""
    found: dict[tuple[str, str], Target] = {}
    for receiver in receivers:
        chats = [Target(CHAT, key, receiver.name, chat_id) for chat_id, key in receiver.chats.items()]
        robot = [Target(ROBOT, receiver.robot, receiver.name)] if receiver.robot and receiver.robot_is_ready else []
        for target in (*chats, *robot):
            found.setdefault(target.identity, target)
    return list(found.values())
