# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes in ``dingtalk_chats`` and ``dingtalk_robots``: maps whose keys are identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._core.specs import ArgumentSpec
from .._core.validation import check_shape
from .._dingtalk import validation
from .._dingtalk.api.options import people_option, person_option
from .._dingtalk.chats.plain import CAPACITY, SETTINGS
from .._dingtalk.chats.reconcile import Manner
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
        }
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
    )


@dataclass(frozen=True)
class WishedChat:
    """One chat. ``owner``, ``members`` and ``administrators`` are people: ``{mobile: ..}`` or ``{userid: ..}``.

    With ``template_id`` it is a scene group. ``manner`` says how it is brought in line.
    """

    key: str
    name: str
    owner: Mapping[str, Any] | None
    members: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, int]
    chat_id: str | None
    template_id: str
    manner: Manner
    icon: str | None
    administrators: tuple[Mapping[str, Any], ...]

    @property
    def needs_settings(self) -> bool:
        """Tell whether a check compares more than a scene group's query tells."""
        return bool(self.settings or self.administrators)


@dataclass(frozen=True)
class WishedRobot:
    """One robot. ``webhook`` is empty until a custom robot was added in the DingTalk client."""

    key: str
    chat: str | None
    name: str | None
    type: str
    webhook: str
    secret: str
    keywords: tuple[str, ...]
    robot_code: str | None


def validated(spec: ArgumentSpec, values: Any, place: str, problems: list[str]) -> Mapping[str, Any] | None:
    """Return ``values`` with their types and defaults, or None after adding what is wrong to ``problems``."""
    if not isinstance(values, Mapping):
        problems.append(f"{place}: expected a map of {', '.join(spec.options)}")
        return None
    misshapen = check_shape(spec.options, values)
    if misshapen:
        problems.extend(f"{place}: {problem}" for problem in misshapen)
        return None
    result = ArgumentSpecValidator(dict(spec.options), **spec.rules()).validate(dict(values))
    problems.extend(f"{place}: {message}" for message in result.error_messages)
    parameters: Mapping[str, Any] = result.validated_parameters
    return None if result.error_messages else parameters


def wished_chat(key: str, params: Mapping[str, Any]) -> WishedChat:
    """Build the wish from validated attributes."""
    settings = {name: value for name, value in (params.get("settings") or {}).items() if value is not None}
    return WishedChat(
        key=key,
        name=params["name"],
        owner=None if params.get("owner") is None else _person(params["owner"]),
        members=tuple(_person(person) for person in params.get("members") or []),
        settings=settings,
        chat_id=params.get("chat_id") or None,
        template_id=params.get("template_id") or "",
        manner=Manner(params["purge_members"], params["skip_unknown_members"], params.get("member_batch")),
        icon=params.get("icon") or None,
        administrators=tuple(_person(person) for person in params.get("administrators") or []),
    )


def read_chats(values: Any, problems: list[str]) -> dict[str, WishedChat]:
    """Read ``dingtalk_chats``; what is wrong is added to ``problems`` and left out."""
    chats: dict[str, WishedChat] = {}
    for key, attributes in entries("dingtalk_chats", values, problems):
        place = f"dingtalk_chats.{key}"
        params = validated(chat_spec(), attributes, place, problems)
        if params is None:
            continue
        wish = wished_chat(key, params)
        chats[key] = wish
        problems.extend(check_chat(place, wish))
    return chats


def check_chat(place: str, wish: WishedChat) -> list[str]:
    """Return what is wrong with a chat's wishes."""
    problems = validation.check_name(f"{place}.name", wish.name, scene=bool(wish.template_id))
    problems += _check_number_of_members(place, wish)
    if wish.owner is None and not wish.chat_id:
        problems.append(f"{place}.owner: missing; a chat is created with an owner, {{mobile: ..}} or {{userid: ..}}")
    if wish.owner is not None:
        problems += validation.check_person(f"{place}.owner", wish.owner)
    for name, people in (("members", wish.members), ("administrators", wish.administrators)):
        for index, person in enumerate(people):
            problems += validation.check_person(f"{place}.{name}[{index}]", person)
    return problems + _check_kind(place, wish)


def _check_kind(place: str, wish: WishedChat) -> list[str]:
    """Check what only scene groups have."""
    problems = []
    if not wish.template_id:
        only_scene = [f"settings.{name}" for name in ONLY_SCENE if name in wish.settings]
        only_scene += ["administrators"] if wish.administrators else []
        problems = [
            f"{place}.{name}: plain chats do not have it; remove it, or give template_id for a scene group"
            for name in only_scene
        ]
    if wish.settings.get("only_admin_can_add_mem") and not wish.settings.get("management_type"):
        problems.append(
            f"{place}.settings.only_admin_can_add_mem: 1 works only with management_type: 1; give that as well"
        )
    return problems


def _check_number_of_members(place: str, wish: WishedChat) -> list[str]:
    problems = []
    people = len(wish.members) + bool(wish.owner)
    if people > CAPACITY:
        problems.append(
            f"{place}.members: {people} people with the owner, DingTalk allows {CAPACITY} in a chat; spread them over "
            "several chats"
        )
    batch = wish.manner.batch
    if batch is not None and not 1 <= batch <= CAPACITY:
        problems.append(f"{place}.member_batch: {batch}, expected 1 to {CAPACITY}; DingTalk documents 40")
    return problems


def read_robots(
    values: Any, chats: Mapping[str, Any], legacy_api_url: str, problems: list[str]
) -> dict[str, WishedRobot]:
    """Read ``dingtalk_robots``; what is wrong is added to ``problems`` and left out."""
    robots: dict[str, WishedRobot] = {}
    for key, attributes in entries("dingtalk_robots", values, problems):
        place = f"dingtalk_robots.{key}"
        params = validated(robot_spec(), attributes, place, problems)
        if params is None:
            continue
        wish = WishedRobot(
            key=key,
            chat=params.get("chat") or None,
            name=params.get("name") or None,
            type=params["type"],
            webhook=params.get("webhook") or "",
            secret=params.get("secret") or "",
            keywords=tuple(params["keywords"]),
            robot_code=params.get("robot_code") or None,
        )
        robots[key] = wish
        problems.extend(_check_robot(place, wish, chats, legacy_api_url))
    return robots


def app_secrets(variables: Mapping[str, Any]) -> list[str]:
    """Return the secrets of the app and of all robots, whatever else is wrong with these."""
    robots = variables.get("dingtalk_robots")
    maps = [robot for robot in robots.values() if isinstance(robot, Mapping)] if isinstance(robots, Mapping) else []
    found = [robot.get(name) for robot in maps for name in ("webhook", "secret")]
    return [str(value) for value in (variables.get("dingtalk_app_secret"), *found) if value]


def _check_robot(place: str, wish: WishedRobot, chats: Mapping[str, Any], legacy_api_url: str) -> list[str]:
    problems = validation.check_keywords(f"{place}.keywords", list(wish.keywords))
    if wish.webhook:
        problems += validation.check_webhook(f"{place}.webhook", wish.webhook, legacy_api_url)
    if wish.secret:
        problems += validation.check_secret(f"{place}.secret", wish.secret)
    if wish.chat and wish.chat not in chats:
        problems.append(f"{place}.chat: no chat {wish.chat!r} in dingtalk_chats; {_known(chats)}")
    return problems


def _known(names: Mapping[str, Any]) -> str:
    """Say which keys there are, for an error about one that is not."""
    return f"known are {', '.join(sorted(names))}" if names else "it is empty"


def _person(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def entries(name: str, values: Any, problems: list[str]) -> list[tuple[str, Any]]:
    """Return the items of a map whose keys are identities; one that is no map is added to ``problems``."""
    if not values:
        return []
    if not isinstance(values, Mapping):
        problems.append(f"{name}: expected a map whose keys are the identities, not a {type(values).__name__}")
        return []
    return [(str(key), attributes) for key, attributes in values.items()]


def unknown_keys(place: str, wanted: list[str], variable: str, known: Any) -> list[str]:
    """Return a problem for each key that ``variable``, whose keys are ``known``, does not have; none for no map."""
    if not isinstance(known, Mapping):
        return []  # said of the variable itself
    have = f"it has {', '.join(sorted(map(str, known)))}" if known else "which is empty"
    return [f"{place}: {key!r} is not a key of {variable}; {have}" for key in wanted if key not in known]
