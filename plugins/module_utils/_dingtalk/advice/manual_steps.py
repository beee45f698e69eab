# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manual steps to set up a robot in the DingTalk client, with English and Chinese page names."""

from __future__ import annotations

from collections.abc import Sequence

from .console_pages import CHAT_ROBOTS, RELEASE, ROBOT


def custom_robot_steps(name: str, chat: str, keywords: Sequence[str] = (), exists: bool = False) -> list[str]:
    """Return the steps to add a custom robot and to store its webhook and secret in the user's variables."""
    add = f"open {CHAT_ROBOTS} of the chat {chat}, choose Add robot > Custom (添加机器人 > 自定义) and name it {name!r}"
    find = f"open {CHAT_ROBOTS} of the chat {chat} and select the robot {name!r}"
    security = "enable Additional signature (加签)"
    if keywords:
        security += f" and enter the custom keywords (自定义关键词) {', '.join(keywords)}"
    return [
        f"In the DingTalk client, as owner or administrator of the chat, {find if exists else add}.",
        f"In its security settings (安全设置), {security}.",
        "Copy its webhook (Webhook 地址) and its secret (SEC...) to your encrypted variables and run again.",
    ]


def enterprise_robot_steps(robot_code: str, chat: str) -> list[str]:
    """Return the steps to add the app's own robot to a chat."""
    return [
        f"Make sure that the robot {robot_code} is configured and published on {ROBOT}, and that a version with it is "
        f"released on {RELEASE}. {ROBOT.place}",
        f"In the DingTalk client, as owner or administrator of the chat, open {CHAT_ROBOTS} of the chat {chat}, "
        "choose Add robot (添加机器人) and select it among the enterprise robots (企业机器人).",
        "Run again. The robot is then found in the chat.",
    ]
