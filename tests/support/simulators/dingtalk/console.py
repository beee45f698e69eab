# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations of people in DingTalk's client and consoles."""

from __future__ import annotations

import copy
import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.simulators.dingtalk.gateway import World
from tests.support.simulators.dingtalk.organisation import (
    ALL_SCOPES,
    DISBANDED,
    TYPE_CUSTOM,
    TYPE_ENTERPRISE,
    App,
    Chat,
    Message,
    Robot,
    Template,
    User,
)

KEYWORDS = 10


class Console:
    """Manual operations with immediate effect; queries return copies. An unknown ID raises KeyError."""

    legacy_api_url: str

    def __init__(self, world: World) -> None:
        self._world = world
        self._organisation = world.organisation

    @property
    def corp_id(self) -> str:
        """The organisation's CorpId."""
        return self._organisation.corp_id

    def add_user(
        self, mobile: str, userid: str = "", name: str = "", *, active: bool = True, dedicated: bool = False
    ) -> User:
        """Add a member; userid and name have generated defaults."""
        with self._world.lock:
            userid = userid or f"user-{len(self._organisation.users) + 1}"
            user = User(userid, mobile, name or userid, f"union-{userid}", active, dedicated)
            self._organisation.users[userid] = user
        return user

    def add_app(
        self,
        key: str,
        secret: str,
        scopes: Iterable[str] = ALL_SCOPES,
        *,
        ips: Iterable[str] | None = None,
        visible: Iterable[str] | None = None,
        robots: Mapping[str, str] | None = None,
    ) -> App:
        """Add an app.

        `ips`: egress IPs with `*` as wildcard (None: not checked, empty: all refused); `visible`: user IDs in its range
        (None: everyone); `robots`: robotCode to name. The App may be changed afterwards.
        """
        app = App(
            key,
            secret,
            set(scopes),
            None if ips is None else list(ips),
            None if visible is None else set(visible),
            dict(robots or {}),
        )
        with self._world.lock:
            self._organisation.apps[key] = app
        return app

    def add_chat(self, name: str, owner: str, members: Iterable[str] = (), app: str = "") -> Chat:
        """Create a group as in the client, or as an app; return a copy."""
        with self._world.lock:
            return copy.deepcopy(self._organisation.new_chat(name, owner, [owner, *members], app=app))

    def add_scene_template(
        self,
        template_id: str,
        app: str,
        *,
        published: bool = True,
        in_gray_list: bool = True,
        robots: Mapping[str, str] | None = None,
    ) -> Template:
        """Add a scene-group template of an app, with robots (robotCode to name) that are part of every group."""
        template = Template(template_id, app, published, in_gray_list, dict(robots or {}))
        with self._world.lock:
            self._organisation.apps[app].robots |= template.robots
            self._organisation.templates[template_id] = template
        return template

    def add_custom_robot(
        self,
        chatid: str,
        name: str,
        keywords: Iterable[str] = (),
        secret: str | None = None,
        ips: Iterable[str] = (),
    ) -> str:
        """Add a custom robot to a group and return its webhook URL.

        `secret`: "generate" creates one (see `secret_of`), None disables signing; `ips`: IPv4 addresses or CIDR.
        Raises ValueError for more than ten keywords or an invalid IP.
        """
        words, networks = tuple(keywords), tuple(ips)
        if len(words) > KEYWORDS:
            raise ValueError(f"a custom robot has at most {KEYWORDS} keywords")
        for network in networks:
            ipaddress.IPv4Network(network, strict=False)
        chosen = "SEC" + secrets.token_hex(32) if secret == "generate" else secret or ""
        token = secrets.token_hex(32)
        robot = Robot(name, TYPE_CUSTOM, token=token, secret=chosen, keywords=words, ips=networks)
        with self._world.lock:
            self._organisation.chats[chatid].robots.append(robot)
        return f"{self.legacy_api_url}/robot/send?access_token={token}"

    def secret_of(self, chatid: str, name: str) -> str:
        """Return a custom robot's signing secret, empty if signing is disabled."""
        with self._world.lock:
            return self._organisation.chats[chatid].robot(name).secret

    def add_app_robot(self, chatid: str, code: str) -> None:
        """Add an app's robot to a group manually."""
        with self._world.lock:
            app = self._organisation.owner_of_robot(code)
            if app is None:
                raise KeyError(code)
            self._organisation.chats[chatid].robots.append(Robot(app.robots[code], TYPE_ENTERPRISE, code))

    def change_robot(self, chatid: str, name: str, **fields: Any) -> None:
        """Set fields of a robot: name, keywords, secret, ips, stopped."""
        with self._world.lock:
            robot = self._organisation.chats[chatid].robot(name)
            for field, value in fields.items():
                if not hasattr(robot, field):
                    raise AttributeError(field)
                setattr(robot, field, value)

    def remove_robot(self, chatid: str, name: str) -> None:
        """Remove a robot and its webhook from a group."""
        with self._world.lock:
            chat = self._organisation.chats[chatid]
            chat.robots.remove(chat.robot(name))

    def disband(self, chatid: str) -> None:
        """Dissolve a group."""
        with self._world.lock:
            self._organisation.chats[chatid].status = DISBANDED

    def rename(self, chatid: str, name: str) -> None:
        """Rename a group."""
        with self._world.lock:
            self._organisation.chats[chatid].name = name

    def join(self, chatid: str, *userids: str) -> None:
        """Add people to a group."""
        with self._world.lock:
            chat = self._organisation.chats[chatid]
            chat.members = list(dict.fromkeys([*chat.members, *userids]))

    def leave(self, chatid: str, *userids: str) -> None:
        """Remove people from a group."""
        with self._world.lock:
            chat = self._organisation.chats[chatid]
            chat.members = [member for member in chat.members if member not in userids]

    def chats(self) -> list[Chat]:
        """Return all groups, including dissolved ones, in order of creation."""
        with self._world.lock:
            return copy.deepcopy(list(self._organisation.chats.values()))

    def chat(self, chatid: str) -> Chat:
        """Return one group."""
        with self._world.lock:
            return copy.deepcopy(self._organisation.chats[chatid])

    def messages(self, chatid: str | None = None) -> list[Message]:
        """Return the messages received by a group, or by all groups."""
        with self._world.lock:
            return [message for message in self._organisation.messages if chatid in (None, message.chatid)]
