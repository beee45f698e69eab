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

#: Characters of a key. The registry has room for many keys, and YAML parsers read keys of up to 1,024.
MAX_KEY = 100


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
    for key, at, attributes in entries(errors.at("dingtalk_chats"), values, MAX_KEY):
        params = validated(at, chat_spec(), attributes)
        if params is None:
            continue
        desired = desired_chat(key, params)
        chats[key] = desired
        check_chat(at, desired)
    return chats


def check_chat(errors: Errors, desired: DesiredChat) -> None:
    """Check a desired chat."""
    validation.check_name(errors.at("name"), desired.name, scene=bool(desired.template_id))
    _check_number_of_members(errors, desired)
    if desired.chat_id is not None:
        validation.check_chat_id(errors.at("chat_id"), desired.chat_id)
    if desired.owner is not None:
        validation.check_person(errors.at("owner"), desired.owner)
    elif not desired.chat_id:
        errors.at("owner").add("missing; set the owner of the new chat, {mobile: ..} or {userid: ..}")
    for name, people in (("members", desired.members), ("administrators", desired.administrators)):
        for at, person in errors.at(name).each(people):
            validation.check_person(at, person)
    _check_kind(errors, desired)


def _check_kind(errors: Errors, desired: DesiredChat) -> None:
    """Check the options that only scene groups support."""
    if not desired.template_id:
        only_scene = [errors.at("settings", name) for name in ONLY_SCENE if name in desired.settings]
        only_scene += [errors.at("administrators")] if desired.administrators else []
        for at in only_scene:
            at.add("not supported by plain chats; remove it, or set template_id for a scene group")
    if desired.settings.get("only_admin_can_add_mem") and not desired.settings.get("management_type"):
        errors.at("settings", "only_admin_can_add_mem").add("1 requires management_type: 1; set it as well")


def _check_number_of_members(errors: Errors, desired: DesiredChat) -> None:
    people = len(desired.members) + bool(desired.owner)
    if people > CAPACITY:
        errors.at("members").add(
            f"{people} people including the owner, but DingTalk allows {CAPACITY} in a chat; split them into several "
            "chats"
        )
    batch = desired.member_batch
    if batch is not None and not 1 <= batch <= CAPACITY:
        errors.at("member_batch").add(f"{batch}, expected 1 to {CAPACITY}; DingTalk documents 40")


def read_robots(errors: Errors, values: Any, chats: Any, legacy_api_url: str) -> dict[str, DesiredRobot]:
    """Read ``dingtalk_robots`` without malformed entries.

    ``chats``: the value of ``dingtalk_chats``, of which even a malformed entry may be referred to.
    """
    robots: dict[str, DesiredRobot] = {}
    for key, at, attributes in entries(errors.at("dingtalk_robots"), values, MAX_KEY):
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
        _check_robot(at, desired, chats, legacy_api_url)
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


def _check_robot(errors: Errors, desired: DesiredRobot, chats: Any, legacy_api_url: str) -> None:
    validation.check_keywords(errors.at("keywords"), list(desired.keywords))
    check_line(errors.at("name"), desired.name or "")
    _check_kind_of_robot(errors, desired)
    if desired.webhook:
        validation.check_webhook(errors.at("webhook"), desired.webhook, legacy_api_url)
    if desired.secret:
        validation.check_secret(errors.at("secret"), desired.secret)
    check_keys(errors.at("chat"), [desired.chat] if desired.chat else [], "dingtalk_chats", chats)


def _check_kind_of_robot(errors: Errors, desired: DesiredRobot) -> None:
    """Check that no attribute lacks another one without which it has no effect."""
    custom = {"webhook": desired.webhook, "secret": desired.secret, "keywords": desired.keywords}
    if desired.type == "enterprise":
        for name, value in custom.items():
            if value:
                errors.at(name).add("supported by custom robots only; remove it, or remove type and robot_code")
    elif desired.robot_code:
        errors.at("robot_code").add("requires type: enterprise; set it as well, or remove robot_code")
    elif desired.secret and not desired.webhook:
        webhook = errors.at("webhook").place
        errors.at("secret").add(f"requires {webhook}, which the robot's page shows as well; set both")


def _person(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
