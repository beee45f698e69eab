# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints by which an app sends to a group: its robot (the-robot-sends-a-group-message), and legacy chat/send."""

from __future__ import annotations

import json
import secrets
from typing import Any

from tests.support.simulators.dingtalk.endpoint import OBJECT, STRING, Context, Endpoint, fields
from tests.support.simulators.dingtalk.endpoints.message_types import TEMPLATES, WEBHOOK, words
from tests.support.simulators.dingtalk.organisation import DISBANDED, Chat, Json, Message, Robot
from tests.support.simulators.dingtalk.refusals import Refusal

PARAM_BYTES = 15000


def robot_send(context: Context) -> Json:
    """Send as the app's robot, which must be in the group."""
    robot = _robot(context, chat := _conversation(context))
    key, param = context.values["msgKey"], context.values["msgParam"]
    if key not in TEMPLATES:
        raise Refusal("invalidParameter.msgKey.invalid", "the msgKey is unknown")
    if len(param.encode()) > PARAM_BYTES:
        raise Refusal("invalidParameter.msgParam.tooLong", f"msgParam has more than {PARAM_BYTES} bytes")
    try:
        content = json.loads(param)
    except ValueError:
        content = None
    if not TEMPLATES[key].is_valid(content):
        raise Refusal("invalidParameter.msgParam.invalid", f"msgParam does not fit {key}")
    text = words(content)
    message = Message(chat.chatid, "robot", robot.name, key, content, text, context.clock.now())
    context.organisation.messages.append(message)
    return {"processQueryKey": secrets.token_urlsafe(24)}


def _conversation(context: Context) -> Chat:
    chat = context.organisation.conversation(context.values["openConversationId"])
    if chat is None:
        raise Refusal("invalid.openConversationId", "the openConversationId is invalid")
    if chat.status == DISBANDED:
        raise Refusal("group.disbanded", "the group is dissolved")
    return chat


def _robot(context: Context, chat: Chat) -> Robot:
    code = context.values["robotCode"]
    robot = next((robot for robot in chat.robots if robot.code == code), None)
    owner = context.organisation.owner_of_robot(code)
    if owner is None:
        raise Refusal("invalidParameter.robotCode.notExsit", "the robotCode is unknown")
    if owner is not context.app:
        raise Refusal("invalidParameter.robotCode.auth", "the robot belongs to another app")
    if robot is None:
        raise Refusal("resource.not.found", "the robot is not in the group")
    if robot.stopped:
        raise Refusal("bot.stopped", "the robot is stopped")
    return robot


def chat_send(context: Context) -> Json:
    """Send as the organisation (send-group-messages)."""
    chat = context.organisation.chats.get(context.values["chatid"])
    if chat is None or not chat.app:
        raise Refusal(34001, "the chatid is invalid")
    if chat.app != context.app.key:
        raise Refusal(43007, "not authorised: the group belongs to another app")
    if chat.status == DISBANDED:
        raise Refusal(34013, "the group does not exist")
    kind, content = _message(context.values["msg"])
    text = words(content)
    if len(text.encode()) > context.unclear.chat_send_bytes:
        raise Refusal(34016, "the message is too long")
    message = Message(chat.chatid, "app", context.app.key, kind, content, text, context.clock.now())
    context.organisation.messages.append(message)
    return {"messageId": secrets.token_urlsafe(24)}


def _message(msg: Json) -> tuple[str, Any]:
    """Return type and object of a message; objects of other types are ignored."""
    kind = msg.get("msgtype")
    if kind not in WEBHOOK:
        raise Refusal(34004, "the msgtype is invalid")
    content = msg.get(kind)
    if not WEBHOOK[kind].is_valid(content):
        raise Refusal(34014, f"the message does not fit {kind}")
    return kind, content


ENDPOINTS = (
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/robot/groupMessages/send",
        work=robot_send,
        schema=fields(
            "msgKey msgParam openConversationId robotCode",
            msgKey=STRING,
            msgParam=STRING,
            openConversationId=STRING,
            robotCode=STRING,
            coolAppCode=STRING,
        ),
        invalid="invalidParameter.param.invalid",
        codes={
            "msgKey": "invalidParameter.msgKey.empty",
            "msgKey:type": "invalidParameter.msgKey.invalid",
            "msgParam": "invalidParameter.msgParam.invalid",
            "openConversationId": "invalid.openConversationId",
            "openConversationId:missing": "miss.openConversationId",
            "robotCode": "invalidParameter.robotCode.invalid",
            "robotCode:missing": "invalidParameter.robotCode.missing",
            "robotCode:minLength": "invalidParameter.robotCode.empty",
        },
        scope="qyapi_robot_sendmsg",
    ),
    Endpoint(
        style="legacy",
        method="POST",
        path="/chat/send",
        work=chat_send,
        schema=fields("chatid msg", chatid=STRING, msg=OBJECT),
        invalid=40035,
        codes={"chatid": 34001, "msg": 34014, "Content-Type": 43009, "body": 43009},
        scope="qyapi_chat_manage",
    ),
)
