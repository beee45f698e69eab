# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that read scene groups (query-group-members, query-group-information, legacy scenegroup/get)."""

from __future__ import annotations

import re

from tests.support.simulators.dingtalk.endpoint import INTEGER, STRING, Context, Endpoint, fields
from tests.support.simulators.dingtalk.organisation import DISBANDED, Chat, Json
from tests.support.simulators.dingtalk.refusals import Refusal


def members(context: Context) -> Json:
    """List all members up to the capacity of a group in one page, regardless of maxResults."""
    chat = _chat(context)
    if chat.status == DISBANDED:
        raise Refusal("group.disbanded", "the group is dissolved")
    users = [context.organisation.users[userid] for userid in chat.members if userid in context.organisation.users]
    return {
        "success": True,
        "memberUserIds": list(chat.members),
        "hasMore": False,
        "nextToken": "",
        "unionIdList": [user.unionid for user in users],
        "staffIdNickMap": {user.userid: user.name for user in users},
        "unionIdNickMap": {user.unionid: user.name for user in users},
    }


def information(context: Context) -> Json:
    """Handle sceneGroups/query; a dissolved group has status 2."""
    chat = _chat(context)
    return {
        "success": True,
        "openConversationId": chat.open_conversation_id,
        "templateId": chat.template_id,
        "title": chat.name,
        "ownerUserId": chat.owner,
        "icon": chat.icon,
        "groupUrl": "",
        "status": chat.status,
    }


def _chat(context: Context) -> Chat:
    chat = context.organisation.conversation(context.values["openConversationId"])
    if chat is None:
        raise Refusal("cidEncryptError", "the openConversationId cannot be decoded")
    if not chat.template_id:
        raise Refusal("groupPermissionDenied", "the group has no template")
    if chat.app != context.app.key:
        raise Refusal("groupTemplatePermissionDenied", "the template belongs to another app")
    return chat


def legacy(context: Context) -> Json:
    """Handle the legacy query, whose response has the options as strings."""
    chat = context.organisation.conversation(context.values["open_conversation_id"])
    if chat is None:
        raise Refusal(400001, "system error, check the group's ID")
    if not chat.template_id or chat.app != context.app.key:
        raise Refusal(400020, "no access to the group")
    result: Json = {
        "title": chat.name,
        "template_id": chat.template_id,
        "open_conversation_id": chat.open_conversation_id,
        "owner_staff_id": chat.owner,
        "sub_admin_staff_ids": list(chat.subadmins),
        "group_url": "",
        "icon": chat.icon,
        "management_options": {_snake(name): str(value) for name, value in chat.options.items()},
    }
    return {"success": True, "result": result}


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)


ENDPOINTS = (
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/im/sceneGroups/members/batchQuery",
        work=members,
        schema=fields(
            "openConversationId maxResults",
            openConversationId=STRING,
            maxResults=INTEGER,
            nextToken={"type": "string"},
            coolAppCode=STRING,
        ),
        invalid="paramIllegal",
        codes={"openConversationId:missing": "paramBlank", "maxResults:missing": "paramBlank"},
        scope="qyapi_chat_manage",
    ),
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/im/sceneGroups/query",
        work=information,
        schema=fields("openConversationId", openConversationId=STRING, coolAppCode=STRING),
        invalid="paramIllegal",
        codes={"openConversationId:missing": "paramBlank"},
        scope="qyapi_chat_manage",
    ),
    Endpoint(
        style="legacy",
        method="POST",
        path="/topapi/im/chat/scenegroup/get",
        work=legacy,
        schema=fields("open_conversation_id", open_conversation_id=STRING),
        invalid=40035,
        scope="qyapi_chat_read",
        body="form or json",
    ),
)
