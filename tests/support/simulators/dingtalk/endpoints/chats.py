# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints of plain group chats (create-common-group-new-version-v2, api-updategroup, obtain-a-group-session, ...)."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.simulators.dingtalk.endpoint import FLAG, INTEGER, STRING, STRINGS, Context, Endpoint, fields
from tests.support.simulators.dingtalk.organisation import DISBANDED, Chat, Json
from tests.support.simulators.dingtalk.refusals import Refusal

OPTIONS = (
    "mentionAllAuthority",
    "showHistoryType",
    "validationType",
    "searchable",
    "chatBannedType",
    "managementType",
)
CAPACITY = 1000
NAME: Json = {"type": "string", "minLength": 1, "maxLength": 20}
OWNER_TYPE: Json = {"enum": ["emp", "ext"]}
MANAGEMENT = fields(**dict.fromkeys(OPTIONS, FLAG))


def create(context: Context) -> Json:
    """Create a group; every call creates another one, also with the same name."""
    values, members = context.values, list(dict.fromkeys(context.values["useridlist"]))
    owner = values["owner"]
    _check_batch(context, values["useridlist"])
    if context.organisation.unknown([owner, *members]):
        raise _invalid("some IDs are not members of the organisation")
    if not context.app.sees(owner):
        raise Refusal("permession.checkFailed", "the owner is outside the app's visible range")
    if context.unclear.owner_must_be_member and owner not in members:
        raise _invalid("the owner is not among the members")
    chat = context.organisation.new_chat(
        values["name"],
        owner,
        [owner, *members],
        app=context.app.key,
        options=dict.fromkeys(OPTIONS, 0) | values.get("managementOptions", {}),
        tag=values.get("conversationTag", 2),
        icon=values.get("icon", ""),
        externals=list(values.get("extidlist", ())),
    )
    return {
        "conversationTag": chat.tag,
        "openConversationId": chat.open_conversation_id,
        "chatid": chat.chatid,
    }


def update(context: Context) -> Json:
    """Change name, owner, icon, options and members after validating all of them."""
    values = context.values
    chat = context.organisation.chats.get(values["chatid"])
    if chat is None or not chat.app or chat.status == DISBANDED:
        raise _invalid("the chatid is invalid")
    if chat.app != context.app.key:
        raise Refusal("permession.checkFailed", "the group belongs to another app")
    members = _members(context, chat)
    owner = values.get("owner", chat.owner)
    if owner not in members:
        raise _invalid("the owner is not among the members")
    if not context.app.sees(owner):
        raise Refusal("permession.checkFailed", "the owner is outside the app's visible range")
    chat.members, chat.owner = members, owner
    chat.name = values.get("name", chat.name)
    chat.icon = values.get("icon", chat.icon)
    chat.options |= values.get("managementOptions", {})
    added = [one for one in values.get("add_extidlist", ()) if one not in chat.externals]
    chat.externals = [one for one in chat.externals + added if one not in values.get("del_extidlist", ())]
    return {"success": True}


def _members(context: Context, chat: Chat) -> list[str]:
    add, remove = (context.values.get(name, []) for name in ("add_useridlist", "del_useridlist"))
    _check_batch(context, add)
    _check_batch(context, remove)
    if set(add) & set(remove):
        raise _invalid("the lists of added and deleted members overlap")
    if context.organisation.unknown(add):
        raise _invalid("some IDs are not members of the organisation")
    return changed_members(context, chat, add, remove)


def changed_members(context: Context, chat: Chat, add: Iterable[str], remove: Iterable[str]) -> list[str]:
    """Return the members after the change. Raises Refusal for too many members."""
    present = set(chat.members)
    if context.unclear.repeated_member == "error" and (present & set(add) or set(remove) - present):
        raise _invalid("a member to add is already present, or a member to delete is missing")
    members = [one for one in dict.fromkeys([*chat.members, *add]) if one not in set(remove)]
    if len(members) > CAPACITY:
        raise _invalid(f"a group has at most {CAPACITY} members")
    return members


def get(context: Context) -> Json:
    """Handle chat/get, whose response has flat options."""
    chat = context.organisation.chats.get(context.values["chatid"])
    if chat is None or not chat.app:
        raise Refusal(40016, "the chatid is invalid")
    if chat.app != context.app.key:
        raise Refusal(43007, "not authorised: the group belongs to another app")
    if chat.status == DISBANDED and context.unclear.dissolved != "status":
        raise Refusal(context.unclear.dissolved, "the group does not exist")
    info: Json = {
        "chatid": chat.chatid,
        "name": chat.name,
        "owner": chat.owner,
        "icon": chat.icon,
        "useridlist": list(chat.members),
        "conversationTag": chat.tag,
    }
    info |= {name: chat.options.get(name, 0) for name in OPTIONS}
    if context.unclear.status_shown:
        info["status"] = chat.status
    return {"chat_info": info}


def convert(context: Context) -> Json:
    """Convert a chatid of the organisation to its openConversationId; no API does the reverse."""
    chat = context.organisation.chats.get(context.values["chatId"])
    if chat is None:
        raise Refusal("invalideChatId", "the chatId is invalid")
    if not context.app.sees(chat.owner):
        raise Refusal("permession.checkFailed", "the owner is outside the app's visible range")
    return {"openConversationId": chat.open_conversation_id}


def search(context: Context) -> Json:
    """Search a user's internal groups by a part of their title; the hits contain no chatid."""
    values = context.values
    hits = [
        {
            "icon": chat.icon,
            "memberAmount": str(len(chat.members)),
            "openConversationId": chat.open_conversation_id,
            "title": chat.name,
        }
        for chat in context.organisation.chats.values()
        if values["searchKey"] in chat.name and values["userId"] in chat.members and chat.status != DISBANDED
    ]
    return {"groupInfos": hits[: values["maxResults"]]}


def _check_batch(context: Context, userids: list[str]) -> None:
    if len(userids) > context.unclear.batch:
        raise _invalid(f"at most {context.unclear.batch} IDs in a list")


def _invalid(message: str) -> Refusal:
    return Refusal("parameter.invalid", message)


ENDPOINTS = (
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/im/group/create",
        work=create,
        schema=fields(
            "name owner useridlist",
            name=NAME,
            owner=STRING,
            useridlist=STRINGS | {"minItems": 1},
            ownerType=OWNER_TYPE,
            conversationTag={"const": 2},
            extidlist=STRINGS,
            icon=STRING,
            managementOptions=MANAGEMENT,
        ),
        invalid="parameter.invalid",
        scope="qyapi_chat_manage",
    ),
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/im/group/update",
        work=update,
        schema=fields(
            "chatid",
            chatid=STRING,
            name=NAME,
            owner=STRING,
            ownerType=OWNER_TYPE,
            add_useridlist=STRINGS,
            del_useridlist=STRINGS,
            add_extidlist=STRINGS,
            del_extidlist=STRINGS,
            icon=STRING,
            managementOptions=MANAGEMENT,
        ),
        invalid="parameter.invalid",
        scope="qyapi_chat_manage",
    ),
    Endpoint(
        style="legacy",
        method="GET",
        path="/chat/get",
        work=get,
        schema=fields("chatid", chatid=STRING),
        invalid=40035,
        codes={"chatid": 49000},
        scope="qyapi_chat_read",
        body="none",
        query=("chatid",),
    ),
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/im/chat/{chatId}/convertToOpenConversationId",
        work=convert,
        schema=fields("chatId", chatId=STRING),
        invalid="invalideChatId",
        scope="qyapi_chat_read",
        body="none",
    ),
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/im/innerGroups/search",
        work=search,
        schema=fields("maxResults searchKey userId", maxResults=INTEGER, searchKey=STRING, userId=STRING),
        invalid="parameter.invalid",
        scope="qyapi_chat_manage",
    ),
)
