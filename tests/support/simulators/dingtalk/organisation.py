# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a DingTalk organisation: users, apps, scene-group templates, chats, robots and messages."""

from __future__ import annotations

import base64
import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

ALL_SCOPES = (
    "qyapi_base",
    "qyapi_get_member",
    "qyapi_get_member_by_mobile",
    "qyapi_chat_manage",
    "qyapi_chat_read",
    "qyapi_robot_sendmsg",
)
TYPE_CUSTOM, TYPE_ENTERPRISE, TYPE_SCENE = 1, 2, 4
NORMAL, DISBANDED = 1, 2


@dataclass
class User:
    """A member of the organisation."""

    userid: str
    mobile: str
    name: str
    unionid: str
    active: bool = True
    dedicated: bool = False
    """A dedicated account (专属账号), which a lookup finds only on request."""


@dataclass
class App:
    """An enterprise-internal app."""

    key: str
    secret: str = field(repr=False)
    scopes: set[str] = field(default_factory=set)
    ips: list[str] | None = None
    """Egress IPs, `*` as wildcard; None: not checked, empty: all refused."""
    visible: set[str] | None = None
    """User IDs in the app's visible range; None: everyone."""
    robots: dict[str, str] = field(default_factory=dict)
    """robotCode to name of the app's own robots."""

    def sees(self, userid: str) -> bool:
        """Return whether the user is in the app's range."""
        return self.visible is None or userid in self.visible


@dataclass
class Robot:
    """A robot in a group; a custom one has a webhook token and security settings."""

    name: str
    kind: int
    code: str = ""
    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    keywords: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    stopped: bool = False
    sent: deque[float] = field(default_factory=deque, repr=False)
    limited_until: float = 0.0
    uuids: dict[str, float] = field(default_factory=dict, repr=False)


@dataclass
class Template:
    """A scene-group template; its robots are part of every group created from it."""

    template_id: str
    app: str
    published: bool = True
    in_gray_list: bool = True
    """Whether the organisation is in the template's gray list."""
    robots: dict[str, str] = field(default_factory=dict)
    """robotCode to name."""


@dataclass
class Chat:
    """A group chat; `app` is the key of the app that created it, empty for a chat created in the client."""

    chatid: str
    open_conversation_id: str
    name: str
    owner: str
    members: list[str]
    app: str = ""
    options: dict[str, int] = field(default_factory=dict)
    """Management options, camelCase, 0 or 1."""
    status: int = NORMAL
    tag: int = 2
    icon: str = ""
    externals: list[str] = field(default_factory=list)
    template_id: str = ""
    subadmins: list[str] = field(default_factory=list)
    robots: list[Robot] = field(default_factory=list)

    def robot(self, name: str) -> Robot:
        """Return the robot with this name. Raises KeyError."""
        for robot in self.robots:
            if robot.name == name:
                return robot
        raise KeyError(name)


@dataclass(frozen=True)
class Message:
    """A message in a chat."""

    chatid: str
    sender: Literal["app", "robot", "custom robot"]
    name: str
    """The robot's name, or the app's key."""
    msgtype: str
    content: Json
    """The message object of the type."""
    text: str
    """All texts of the message, one field per line."""
    time: float
    at: Json = field(default_factory=dict)


class Organisation:
    """The state; look-ups return None for unknown items."""

    def __init__(self, corp_id: str = "ding0123456789abcdef") -> None:
        self.corp_id = corp_id
        self.users: dict[str, User] = {}
        self.apps: dict[str, App] = {}
        self.chats: dict[str, Chat] = {}
        self.templates: dict[str, Template] = {}
        self.messages: list[Message] = []
        self.scene_uuids: dict[tuple[str, str], tuple[str, float]] = {}
        """(app key, uuid) to (chatid, time of creation)."""

    def by_mobile(self, mobile: str) -> User | None:
        """Find an active user by mobile number; dedicated accounts are not among them."""
        found = (user for user in self.users.values() if user.mobile == mobile and user.active)
        return next((user for user in found if not user.dedicated), None)

    def dedicated_accounts(self, mobile: str) -> list[User]:
        """Find the active dedicated accounts with a mobile number."""
        found = (user for user in self.users.values() if user.mobile == mobile and user.active)
        return [user for user in found if user.dedicated]

    def conversation(self, open_conversation_id: str) -> Chat | None:
        """Find a chat by its openConversationId."""
        return next((chat for chat in self.chats.values() if chat.open_conversation_id == open_conversation_id), None)

    def webhook(self, token: str) -> tuple[Chat, Robot] | None:
        """Find a robot by its webhook token."""
        pairs = ((chat, robot) for chat in self.chats.values() for robot in chat.robots)
        return next((pair for pair in pairs if token and pair[1].token == token), None)

    def owner_of_robot(self, code: str) -> App | None:
        """Find the app that owns a robotCode."""
        return next((app for app in self.apps.values() if code in app.robots), None)

    def unknown(self, userids: Iterable[str]) -> list[str]:
        """Return the IDs that do not belong to active members."""
        return [userid for userid in userids if userid not in self.users or not self.users[userid].active]

    def new_chat(self, name: str, owner: str, members: Iterable[str], **fields: Any) -> Chat:
        """Add a chat with new IDs. The openConversationId always contains a slash, a plus and padding."""
        conversation = "cid" + base64.b64encode(b"\xff\xe0" + secrets.token_bytes(13) + b"\x0f").decode()
        chatid = "chat" + secrets.token_hex(16)
        chat = Chat(chatid, conversation, name, owner, list(dict.fromkeys(members)), **fields)
        self.chats[chat.chatid] = chat
        return chat
