# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes behind role ``notification``: what is checked, and what its templates see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk import checks
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.specs import LEGACY_API_URL
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.chats import (
    WishedChat,
    WishedRobot,
    read_chats,
    read_robots,
)

#: Variables beside the role's own that the feature reads.
VARIABLES: tuple[str, ...] = (
    "dingtalk_app_key",
    "dingtalk_app_secret",
    "dingtalk_chats",
    "dingtalk_robots",
    "dingtalk_legacy_api_url",
)


def check(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the wishes, whatever the cluster is."""
    return _read(params, variables)[2]


def settings(params: Mapping[str, Any], variables: Mapping[str, Any], chat_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return what the templates see as ``notification``.

    ``chat_ids``: chat key -> chat ID as role ``dingtalk`` found them; ``chat_id`` in ``dingtalk_chats`` does as well.
    """
    chats, robot, _problems = _read(params, variables)
    ready = robot if robot and robot.webhook else None
    ids = [_chat_id(key, chats[key], chat_ids) for key in params["notification_chats"]]
    return {
        "enabled": params["notification_enabled"],
        "cluster_name": params["notification_cluster_name"],
        "alert_selector": params["notification_alert_selector"],
        "app_key": variables.get("dingtalk_app_key") if ids else None,
        "app_secret": variables.get("dingtalk_app_secret") if ids else None,
        "chat_ids": list(dict.fromkeys(ids)),
        "webhook": ready.webhook if ready else None,
        "robot_secret": ready.secret if ready else None,
        "keywords": list(ready.keywords) if ready else [],
    }


def secrets(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the values that must never be shown."""
    chats_robot = _read(params, variables)
    robot = chats_robot[1]
    app_secret = str(variables.get("dingtalk_app_secret") or "")
    return [value for value in (app_secret, *((robot.webhook, robot.secret) if robot else ())) if value]


def _read(
    params: Mapping[str, Any], variables: Mapping[str, Any]
) -> tuple[dict[str, WishedChat], WishedRobot | None, list[str]]:
    problems: list[str] = []
    chats = read_chats(variables.get("dingtalk_chats"), problems)
    legacy_api_url = variables.get("dingtalk_legacy_api_url") or LEGACY_API_URL
    robots = read_robots(variables.get("dingtalk_robots"), chats, legacy_api_url, problems)
    wanted = params["notification_chats"]
    problems += checks.check_chat_ids("notification_chats", wanted)
    problems += _unknown("notification_chats", wanted, "dingtalk_chats", variables.get("dingtalk_chats") or {})
    name = params["notification_robot"]
    problems += _unknown("notification_robot", [name] if name else [], "dingtalk_robots", robots)
    if wanted:
        problems += _check_app(variables)
    return chats, robots.get(name) if name else None, problems


def _unknown(place: str, wanted: list[str], variable: str, known: Mapping[str, Any]) -> list[str]:
    have = f"it has {', '.join(sorted(map(str, known)))}" if known else "which is empty"
    return [f"{place}: {key!r} is not a key of {variable}; {have}" for key in wanted if key not in known]


def _check_app(variables: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: missing; chats are written to with app key and app secret, give both "
        "(Basic info > Credentials and basic info, 基础信息 > 凭证与基础信息) or leave notification_chats empty"
        for name in ("dingtalk_app_key", "dingtalk_app_secret")
        if not variables.get(name)
    ]


def _chat_id(key: str, chat: WishedChat, chat_ids: Mapping[str, str]) -> str:
    chat_id = chat_ids.get(key) or chat.chat_id
    if not chat_id:
        raise OperationError(
            f"notification_chats: the chat ID of {key!r} is not known. Run role dingtalk (or site.yml) first, which "
            f"creates or looks up the chat, or give dingtalk_chats.{key}.chat_id. Nothing was changed."
        )
    return chat_id
