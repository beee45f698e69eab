# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired state of role ``notification``: validation and template context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import Errors, OperationError
from .._core.printable import check_line
from .._core.validation import check_keys
from .._dingtalk import validation
from .._dingtalk.api.sites import INTERNATIONAL, site_of
from .._dingtalk.chats.chat import DesiredChat
from . import receivers
from .chats import DesiredApp, DesiredRobot, app_secrets, read_app
from .feature import DesiredFeature
from .receivers import GLOBAL_RECEIVER, GLOBAL_SECRET, RECEIVERS, destination

#: Further variables that the feature reads.
VARIABLES: tuple[str, ...] = (
    "dingtalk_app_key",
    "dingtalk_app_secret",
    "dingtalk_chats",
    "dingtalk_robots",
    "dingtalk_api_url",
    "dingtalk_legacy_api_url",
)


@dataclass(frozen=True)
class DesiredNotification(DesiredFeature):
    """Desired state of role ``notification`` with the valid entries of its maps."""

    chats: Mapping[str, DesiredChat]
    robots: Mapping[str, DesiredRobot]
    receivers: Mapping[str, receivers.DesiredReceiver]
    routers: list[dict[str, Any]]


def read(
    errors: Errors, params: Mapping[str, Any], variables: Mapping[str, Any], app: DesiredApp | None = None
) -> DesiredNotification:
    """Return the desired state, checked. ``app``: the chats and robots in ``variables``, if read before."""
    app = app or read_app(errors, variables)
    additional = receivers.read_receivers(errors, params["notification_receivers"])
    routers = receivers.read_routers(errors, params["notification_routers"])
    # Of the maps as they are: an error in an entry is reported there, and not for each reference to it.
    wanted, known = params["notification_chats"], variables.get("dingtalk_chats") or {}
    robots = variables.get("dingtalk_robots") or {}
    validation.check_chat_ids(errors.at("notification_chats"), wanted)
    check_keys(errors.at("notification_chats"), wanted, "dingtalk_chats", known)
    name = params["notification_robot"]
    check_keys(errors.at("notification_robot"), [name] if name else [], "dingtalk_robots", robots)
    check_line(errors.at("notification_cluster_name"), params["notification_cluster_name"] or "")
    receivers.check_selector(errors.at("notification_alert_selector"), params["notification_alert_selector"])
    receivers.check_receivers(errors, additional, known, robots)
    receivers.check_routers(errors, routers, additional)
    _check_robot(errors.at("notification_robot"), name, app)
    for key, receiver in additional.items():
        _check_robot(errors.at(RECEIVERS, key, "robot"), receiver.robot, app)
    if used_chats(params):
        _check_app(errors, variables)
        _check_site(errors, params, variables)
    return DesiredNotification(params, variables, app.chats, app.robots, additional, routers)


def settings(desired: DesiredNotification, chat_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return ``notification`` of the template context.

    ``chat_ids``: chat key -> chat ID from role ``dingtalk``; without one, ``chat_id`` in ``dingtalk_chats`` is used.
    """
    params, variables = desired.params, desired.variables
    ids = _chat_ids("notification_chats", params["notification_chats"], desired, chat_ids)
    additional = [
        {
            "name": name,
            "secret_name": receiver.secret_name,
            "labels": receiver.labels,
            "app_key": None,
            "enabled": receiver.enabled,
            "alert_selector": receiver.alert_selector,
            **destination(
                _chat_ids(f"{RECEIVERS}.{name}.chats", receiver.chats, desired, chat_ids),
                desired.robots.get(receiver.robot),
            ),
        }
        for name, receiver in desired.receivers.items()
    ]
    additional = [item for item in additional if item["chat_ids"] or item["webhook"]]
    needs_app = bool(ids or any(item["chat_ids"] for item in additional))
    return {
        "name": GLOBAL_RECEIVER,
        "secret_name": GLOBAL_SECRET,
        "labels": {"type": "global"},
        "enabled": params["notification_enabled"],
        "cluster_name": params["notification_cluster_name"],
        "alert_selector": params["notification_alert_selector"],
        "app_key": variables.get("dingtalk_app_key") if needs_app else None,
        "app_secret": variables.get("dingtalk_app_secret") if needs_app else None,
        **destination(ids, desired.robots.get(params["notification_robot"])),
        "receivers": additional,
        "routers": desired.routers,
    }


def check_release(errors: Errors, settings: Mapping[str, Any], release: str) -> None:
    """Check that this release supports the settings."""
    receivers.check_release(errors, settings, release)


def warnings(settings: Mapping[str, Any], release: str) -> list[str]:
    """Return warnings about settings without effect."""
    return receivers.warn_of_routers(settings)


def secrets(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the values to mask."""
    return app_secrets(variables)


def used_chats(params: Mapping[str, Any]) -> list[str]:
    """Return the keys of the chats that receive a cluster's alerts, through any Receiver."""
    found = receivers.read_receivers(Errors(), params["notification_receivers"])
    additional = (key for receiver in found.values() for key in receiver.chats)
    return list(dict.fromkeys([*params["notification_chats"], *additional]))


def _check_robot(errors: Errors, name: str, app: DesiredApp) -> None:
    """Check that a robot has a webhook to post through."""
    if name in app.robots and app.robots[name].type == "enterprise":
        errors.add(f"{name!r} is an enterprise robot, but KubeSphere posts through a webhook; set a custom robot")


def _check_app(errors: Errors, variables: Mapping[str, Any]) -> None:
    for name in ("dingtalk_app_key", "dingtalk_app_secret"):
        if not variables.get(name):
            errors.at(name).add(
                "missing; sending to chats requires app key and app secret, so set both "
                "(Basic info > Credentials and basic info, 基础信息 > 凭证与基础信息) or "
                "remove the chats from notification_chats and notification_receivers"
            )


def _check_site(errors: Errors, params: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
    """Check that chats are not of the international site: notification-manager's URL for chats is constant."""
    names = [name for name in ("dingtalk_api_url", "dingtalk_legacy_api_url") if _is_international(variables.get(name))]
    chats = {errors.at("notification_chats"): params["notification_chats"]}
    found = receivers.read_receivers(Errors(), params["notification_receivers"])
    chats |= {errors.at(RECEIVERS, name, "chats"): list(desired.chats) for name, desired in found.items()}
    for at, keys in chats.items():
        if keys and names:
            at.add(
                f"KubeSphere sends to chats at oapi.dingtalk.com only, so chats of dingtalk.io ({', '.join(names)}) "
                "would receive nothing; remove them, and use a robot, which works on both sites"
            )


def _is_international(url: Any) -> bool:
    return site_of(url) is INTERNATIONAL


def _chat_ids(place: str, keys: Iterable[str], desired: DesiredNotification, chat_ids: Mapping[str, str]) -> list[str]:
    return [_chat_id(place, key, desired.chats[key], chat_ids) for key in keys]


def _chat_id(place: str, key: str, chat: DesiredChat, chat_ids: Mapping[str, str]) -> str:
    chat_id = chat_ids.get(key) or chat.chat_id
    if not chat_id:
        raise OperationError(
            f"{place}: the chat ID of {key!r} is unknown, because role dingtalk did not create or find the chat "
            "before. Run site.yml from its beginning (--start-at-task, --step and --skip-tags always can leave out its "
            f"first task), or the role before this one, or set dingtalk_chats.{key}.chat_id. If "
            "a task of fleet_chats registered its result under another name than dingtalk_fleet, set fleet_from to it. "
            "Nothing was changed.",
            finding="KD254",
        )
    return chat_id
