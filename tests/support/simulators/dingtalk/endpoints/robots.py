# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints for the robots of a group: listing them, and adding the app's own robot."""

from __future__ import annotations

from tests.support.simulators.dingtalk.endpoint import STRING, Context, Endpoint, fields
from tests.support.simulators.dingtalk.organisation import DISBANDED, TYPE_CUSTOM, TYPE_ENTERPRISE, Chat, Json, Robot
from tests.support.simulators.dingtalk.refusals import Refusal


def query(context: Context) -> Json:
    """List a group's robots (obtain-the-list-of-robots-in-the-group)."""
    chat = _chat(context)
    if not chat.template_id and not context.unclear.robots_query_plain:
        raise Refusal("unauthorized", "the group has no template")
    robots = [
        {
            "robotCode": context.unclear.custom_robot_code if robot.kind == TYPE_CUSTOM else robot.code,
            "name": robot.name,
            "downloadIconURL": "",
            "openRobotType": robot.kind,
        }
        for robot in chat.robots
    ]
    return {"chatbotInstanceVOList": robots}


def add(context: Context) -> Json:
    """Add the app's own robot to a group; no change if it is present. Documented only by the SDK."""
    code = context.values["robotCode"]
    if context.unclear.org_robots_add == "refused" or context.organisation.owner_of_robot(code) not in (
        None,
        context.app,
    ):
        raise Refusal("unauthorized", "the robot may not be added by this app")
    if code not in context.app.robots:
        raise Refusal("robotNotFound", "the robotCode is unknown")
    chat = _chat(context)
    if code not in {robot.code for robot in chat.robots}:
        chat.robots.append(Robot(context.app.robots[code], TYPE_ENTERPRISE, code))
    return {"result": True}


def _chat(context: Context) -> Chat:
    chat = context.organisation.conversation(context.values["openConversationId"])
    if chat is None or chat.status == DISBANDED:
        raise Refusal("illegal.openconevrsation.id", "the openConversationId is invalid")
    if chat.app != context.app.key:
        raise Refusal("unauthorized", "the group belongs to another app")
    return chat


ENDPOINTS = (
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/robot/groups/robots/query",
        work=query,
        schema=fields("openConversationId", openConversationId=STRING),
        invalid="illegal.openconevrsation.id",
        scope="qyapi_chat_manage",
    ),
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/robot/groups/orgRobots/add",
        work=add,
        schema=fields("openConversationId robotCode", openConversationId=STRING, robotCode=STRING),
        invalid="illegal.openconevrsation.id",
        codes={"robotCode": "robotNotFound"},
        scope="qyapi_chat_manage",
    ),
)
