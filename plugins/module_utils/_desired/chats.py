# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired chats and robots: ``dingtalk_chats`` and ``dingtalk_robots``, maps whose keys are identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import Errors
from .._core.printable import check_line
from .._core.secrets.kinds import texts
from .._core.secrets.options import find_secrets
from .._core.specs import ArgumentSpec
from .._core.validation import check_keys, entries, validated
from .._dingtalk import validation
from .._dingtalk.api.options import LEGACY_API_URL, people_option, person_option, verbatim_people
from .._dingtalk.chats.chat import DesiredChat
from .._dingtalk.chats.plain import CAPACITY, SETTINGS
from .._dingtalk.chats.scene_groups import ONLY_SCENE


def chat_spec() -> ArgumentSpec:
    """Return the attributes of one chat, as an entry of ``dingtalk_chats`` and as options of the module ``chat``."""
    return ArgumentSpec(
        options={
            "name": {"type": "str", "required": True},
            "owner": person_option(),
            "members": people_option(),
            "administrators": people_option(),
            "purge_members": {"type": "bool", "default": False},
            "settings": {
                "type": "dict",
                "options": {name: {"type": "int", "choices": [0, 1]} for name in (*SETTINGS, *ONLY_SCENE)},
            },
            "icon": {"type": "str"},
            "chat_id": {"type": "str"},
            "template_id": {"type": "str"},
            "member_batch": {"type": "int"},
            "skip_unknown_members": {"type": "bool", "default": False},
        },
        verbatim=frozenset({"name", "icon", "chat_id", "template_id"})
        | verbatim_people("owner", "members", "administrators"),
    )


def robot_spec() -> ArgumentSpec:
    """Return the attributes of one robot, as an entry of ``dingtalk_robots``."""
    return ArgumentSpec(
        options={
            "chat": {"type": "str"},
            "name": {"type": "str"},
            "type": {"type": "str", "default": "custom", "choices": ["custom", "enterprise"]},
            "webhook": {"type": "str", "no_log": True},
            "secret": {"type": "str", "no_log": True},
            "keywords": {"type": "list", "elements": "str", "default": []},
            "robot_code": {"type": "str"},
        },
        required_if=[("type", "enterprise", ["robot_code", "chat"])],
        verbatim=frozenset({"chat", "name", "webhook", "secret", "keywords", "robot_code"}),
    )


@dataclass(frozen=True)
class DesiredRobot:
    """One robot. ``webhook`` is empty until the custom robot has been added in the DingTalk client."""

    key: str
    chat: str | None
    name: str | None
    type: str
    webhook: str
    secret: str
    keywords: tuple[str, ...]
    robot_code: str | None


def desired_chat(key: str, params: Mapping[str, Any]) -> DesiredChat:
    """Build the desired chat from validated attributes."""
    settings = {name: value for name, value in (params.get("settings") or {}).items() if value is not None}
    return DesiredChat(
        key=key,
        name=params["name"],
        owner=None if params.get("owner") is None else _person(params["owner"]),
        members=tuple(_person(person) for person in params.get("members") or []),
        settings=settings,
        chat_id=params.get("chat_id"),
        template_id=params.get("template_id") or "",
        purge_members=params["purge_members"],
        skip_unknown_members=params["skip_unknown_members"],
        member_batch=params.get("member_batch"),
        icon=params.get("icon") or None,
        administrators=tuple(_person(person) for person in params.get("administrators") or []),
    )


def read_chats(errors: Errors, values: Any) -> dict[str, DesiredChat]:
    """Read ``dingtalk_chats`` without malformed entries."""
    chats: dict[str, DesiredChat] = {}
    for key, at, attributes in entries(errors.at("dingtalk_chats"), values):
        params = validated(at, chat_spec(), attributes)
        if params is None:
            continue
        desired = desired_chat(key, params)
        chats[key] = desired
        errors.extend(check_chat(at.place, desired))
    return chats


def check_chat(place: str, desired: DesiredChat) -> list[str]:
    """Return the errors of a desired chat."""
    errors = validation.check_name(f"{place}.name", desired.name, scene=bool(desired.template_id))
    errors += _check_number_of_members(place, desired)
    if desired.chat_id is not None:
        errors += validation.check_chat_id(f"{place}.chat_id", desired.chat_id)
    if desired.owner is None and not desired.chat_id:
        errors.append(f"{place}.owner: missing; set the owner of the new chat, {{mobile: ..}} or {{userid: ..}}")
    if desired.owner is not None:
        errors += validation.check_person(f"{place}.owner", desired.owner)
    for name, people in (("members", desired.members), ("administrators", desired.administrators)):
        for index, person in enumerate(people):
            errors += validation.check_person(f"{place}.{name}[{index}]", person)
    return errors + _check_kind(place, desired)


def _check_kind(place: str, desired: DesiredChat) -> list[str]:
    """Check the options that only scene groups support."""
    errors = []
    if not desired.template_id:
        only_scene = [f"settings.{name}" for name in ONLY_SCENE if name in desired.settings]
        only_scene += ["administrators"] if desired.administrators else []
        errors = [
            f"{place}.{name}: not supported by plain chats; remove it, or set template_id for a scene group"
            for name in only_scene
        ]
    if desired.settings.get("only_admin_can_add_mem") and not desired.settings.get("management_type"):
        errors.append(f"{place}.settings.only_admin_can_add_mem: 1 requires management_type: 1; set it as well")
    return errors


def _check_number_of_members(place: str, desired: DesiredChat) -> list[str]:
    errors = []
    people = len(desired.members) + bool(desired.owner)
    if people > CAPACITY:
        errors.append(
            f"{place}.members: {people} people including the owner, but DingTalk allows {CAPACITY} in a chat; split "
            "them into several chats"
        )
    batch = desired.member_batch
    if batch is not None and not 1 <= batch <= CAPACITY:
        errors.append(f"{place}.member_batch: {batch}, expected 1 to {CAPACITY}; DingTalk documents 40")
    return errors


def read_robots(errors: Errors, values: Any, chats: Any, legacy_api_url: str) -> dict[str, DesiredRobot]:
    """Read ``dingtalk_robots`` without malformed entries.

    ``chats``: the value of ``dingtalk_chats``, of which even a malformed entry may be referred to.
    """
    robots: dict[str, DesiredRobot] = {}
    for key, at, attributes in entries(errors.at("dingtalk_robots"), values):
        params = validated(at, robot_spec(), attributes)
        if params is None:
            continue
        desired = DesiredRobot(
            key=key,
            chat=params.get("chat") or None,
            name=params.get("name") or None,
            type=params["type"],
            webhook=params.get("webhook") or "",
            secret=params.get("secret") or "",
            keywords=tuple(params["keywords"]),
            robot_code=params.get("robot_code") or None,
        )
        robots[key] = desired
        errors.extend(_check_robot(at.place, desired, legacy_api_url))
        check_keys(at.at("chat"), [desired.chat] if desired.chat else [], "dingtalk_chats", chats)
    return robots


@dataclass(frozen=True)
class DesiredApp:
    """The desired chats and robots of an app."""

    chats: Mapping[str, DesiredChat]
    robots: Mapping[str, DesiredRobot]


def read_app(errors: Errors, variables: Mapping[str, Any]) -> DesiredApp:
    """Read ``dingtalk_chats`` and ``dingtalk_robots`` without malformed entries."""
    given = variables.get("dingtalk_chats") or {}
    chats = read_chats(errors, given)
    legacy_api_url = variables.get("dingtalk_legacy_api_url") or LEGACY_API_URL
    return DesiredApp(chats, read_robots(errors, variables.get("dingtalk_robots"), given, legacy_api_url))


def app_secrets(variables: Mapping[str, Any]) -> list[str]:
    """Return the secrets of the app and of all robots, including invalid ones."""
    robots = variables.get("dingtalk_robots")
    found = list(texts(variables.get("dingtalk_app_secret")))
    for robot in robots.values() if isinstance(robots, Mapping) else [robots]:
        found += find_secrets(robot_spec(), robot) if isinstance(robot, Mapping) else texts(robot)
    return found


def _check_robot(place: str, desired: DesiredRobot, legacy_api_url: str) -> list[str]:
    errors = validation.check_keywords(f"{place}.keywords", list(desired.keywords))
    errors += check_line(f"{place}.name", desired.name or "") + _check_kind_of_robot(place, desired)
    if desired.webhook:
        errors += validation.check_webhook(f"{place}.webhook", desired.webhook, legacy_api_url)
    if desired.secret:
        errors += validation.check_secret(f"{place}.secret", desired.secret)
    return errors


def _check_kind_of_robot(place: str, desired: DesiredRobot) -> list[str]:
    """Return the errors of attributes that have no effect without another one."""
    custom = {"webhook": desired.webhook, "secret": desired.secret, "keywords": desired.keywords}
    if desired.type == "enterprise":
        return [
            f"{place}.{name}: supported by custom robots only; remove it, or remove type and robot_code"
            for name, value in custom.items()
            if value
        ]
    if desired.robot_code:
        return [f"{place}.robot_code: requires type: enterprise; set it as well, or remove robot_code"]
    if desired.secret and not desired.webhook:
        return [f"{place}.secret: requires {place}.webhook, which the robot's page shows as well; set both"]
    return []


def _person(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
