# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DingTalk endpoints in use, with their permission, quota and idempotency."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Style(Enum):
    """The two generations of DingTalk's API; a token is valid for both."""

    #: ``api_url``; the token is sent in the header ``x-acs-dingtalk-access-token``
    NEW = "new"
    #: ``legacy_api_url``; the token is sent in the query as ``access_token``
    LEGACY = "legacy"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint. ``purpose`` completes the sentence "Could not ..."."""

    purpose: str
    method: str
    path: str
    style: Style
    #: the permission, as spelled in the developer console
    scope: str | None = None
    #: counts against the organisation's monthly API quota
    counted: bool = True
    #: a read or an idempotent write: may be repeated when its outcome is unknown
    repeatable: bool = False
    #: requires the app's access token
    authenticated: bool = True
    #: creates a chat, so that no chat is named in the request
    creates_chat: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _new(
    purpose: str, path: str, scope: str | None, *, repeatable: bool = False, creates_chat: bool = False
) -> Endpoint:
    return Endpoint(purpose, "POST", path, Style.NEW, scope, repeatable=repeatable, creates_chat=creates_chat)


# obtain-the-access-token-of-an-internal-app
ACCESS_TOKEN = Endpoint(
    "get an access token",
    "POST",
    "/v1.0/oauth2/accessToken",
    Style.NEW,
    "qyapi_base",
    counted=False,
    repeatable=True,
    authenticated=False,
)
# query-users-by-phone-number; obtain-the-userid-of-your-mobile-phone-number has the search for dedicated accounts
USER_BY_MOBILE = Endpoint(
    "look up the user with the mobile number",
    "POST",
    "/topapi/v2/user/getbymobile",
    Style.LEGACY,
    "qyapi_get_member_by_mobile",
    counted=False,
    repeatable=True,
)
# query-user-details
USER = Endpoint(
    "look up the user with the user ID",
    "POST",
    "/topapi/v2/user/get",
    Style.LEGACY,
    "qyapi_get_member",
    counted=False,
    repeatable=True,
)
# obtain-a-group-session
CHAT = Endpoint("read the chat", "GET", "/chat/get", Style.LEGACY, "qyapi_chat_read", repeatable=True)
# obtain-group-openconversationid
OPEN_CONVERSATION_ID = _new(
    "get the openConversationId of the chat",
    "/v1.0/im/chat/{chatId}/convertToOpenConversationId",
    "qyapi_chat_read",
    repeatable=True,
)
# create-common-group-new-version-v2: has no idempotency key
CREATE_CHAT = _new("create the chat", "/v1.0/im/group/create", "qyapi_chat_manage", creates_chat=True)
# api-updategroup
UPDATE_CHAT = _new("change the chat", "/v1.0/im/group/update", "qyapi_chat_manage")
# undocumented, from the SDK: no known scope or error codes
SEARCH_CHATS = _new("search chats for", "/v1.0/im/innerGroups/search", None, repeatable=True)
# create-a-scene-group: idempotent by its uuid, for an undocumented time
CREATE_SCENE_GROUP = _new(
    "create the scene group", "/v1.0/im/sceneGroup/create", "qyapi_chat_manage", creates_chat=True
)
# api-updatescenegroup
UPDATE_SCENE_GROUP = _new("change the scene group", "/v1.0/im/sceneGroup/update", "qyapi_chat_manage")
# api-addscenegroupmember, api-removescenegroupmember
ADD_SCENE_MEMBERS = _new("add members to the scene group", "/v1.0/im/sceneGroup/member/add", "qyapi_chat_manage")
REMOVE_SCENE_MEMBERS = _new(
    "remove members of the scene group", "/v1.0/im/sceneGroup/member/delete", "qyapi_chat_manage"
)
# api-dsbandopenscenegroup
DISSOLVE_SCENE_GROUP = _new("dissolve the scene group", "/v1.0/im/chat/scenegroup/disband", "qyapi_chat_manage")
# query-group-information, query-group-members
SCENE_GROUP = _new("read the scene group", "/v1.0/im/sceneGroups/query", "qyapi_chat_manage", repeatable=True)
SCENE_MEMBERS = _new(
    "list the members of the scene group",
    "/v1.0/im/sceneGroups/members/batchQuery",
    "qyapi_chat_manage",
    repeatable=True,
)
# queries-the-basic-information-of-a-scenario-group: the only read that returns the settings of a scene group
SCENE_SETTINGS = Endpoint(
    "read the settings of the scene group",
    "POST",
    "/topapi/im/chat/scenegroup/get",
    Style.LEGACY,
    "qyapi_chat_read",
    repeatable=True,
)
# obtain-the-list-of-robots-in-the-group
CHAT_ROBOTS = _new(
    "list the robots of the chat", "/v1.0/robot/groups/robots/query", "qyapi_chat_manage", repeatable=True
)
# undocumented, from the SDK: no known scope or error codes
ADD_ROBOT = _new("add the robot to the chat", "/v1.0/robot/groups/orgRobots/add", None)
# the-robot-sends-a-group-message: has no idempotency key
SEND_TO_CHAT = _new("send a message as the app's robot", "/v1.0/robot/groupMessages/send", "qyapi_robot_sendmsg")
# custom-robots-send-group-messages: idempotent by msgUuid, which is always set; webhooks have a separate monthly
# quota
SEND_TO_ROBOT = Endpoint(
    "send a message through the robot's webhook",
    "POST",
    "/robot/send",
    Style.LEGACY,
    counted=False,
    repeatable=True,
    authenticated=False,
)
