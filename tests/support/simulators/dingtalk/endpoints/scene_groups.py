# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that create and change scene groups (create-a-scene-group, api-updatescenegroup, ...)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.support.simulators.dingtalk.endpoint import FLAG, STRING, STRINGS, Context, Endpoint, fields
from tests.support.simulators.dingtalk.endpoints.chats import CAPACITY, changed_members
from tests.support.simulators.dingtalk.organisation import DISBANDED, TYPE_SCENE, Chat, Json, Robot, Template
from tests.support.simulators.dingtalk.refusals import Refusal

_ZEROS = (
    "mention_all_authority",
    "show_history_type",
    "validation_type",
    "searchable",
    "chat_banned_type",
    "management_type",
    "only_admin_can_ding",
    "group_email_disabled",
    "only_admin_can_set_msg_top",
    "add_friend_forbidden",
    "members_to_admin_chat",
    "all_members_can_create_calendar",
    "not_quit_when_emp_leave",
    "only_admin_can_add_mem",
)
_ONES = ("all_members_can_create_mcs_conf", "group_live_switch")
DEFAULTS = dict.fromkeys(_ZEROS, 0) | dict.fromkeys(_ONES, 1)
TITLE: Json = {"type": "string", "minLength": 1, "maxLength": 30}
_OPTIONS = dict.fromkeys(DEFAULTS, FLAG)


def camel(options: Mapping[str, int]) -> dict[str, int]:
    """Return options with the names that plain groups use."""
    return {re.sub(r"_(\w)", lambda found: found[1].upper(), name): value for name, value in options.items()}


def create(context: Context) -> Json:
    """Create a group from a template; a repeated uuid returns the first group's IDs during the uuid's lifetime."""
    values, uuid = context.values, context.values.get("uuid", "")
    if uuid and (known := _known(context, uuid)):
        return known
    template = _template(context)
    owner = values["owner_user_id"]
    members = [owner, *values.get("user_ids", ()), *values.get("subadmin_ids", ())]
    if context.organisation.unknown([owner]):
        raise Refusal("member.notFound", "the owner is not a member of the organisation")
    if len(set(members)) > CAPACITY:
        raise Refusal("member.exceed", f"a group has at most {CAPACITY} members")
    if context.organisation.unknown(members):
        raise _invalid("some IDs are not members of the organisation")
    if not context.app.sees(owner):
        raise Refusal("permession.checkFailed", "the owner is outside the app's visible range")
    chat = _new_chat(context, template, members)
    if uuid:
        context.organisation.scene_uuids[context.app.key, uuid] = (chat.chatid, context.clock.now())
    return _ids(chat)


def _new_chat(context: Context, template: Template, members: list[str]) -> Chat:
    values = context.values
    return context.organisation.new_chat(
        values["title"],
        members[0],
        members,
        app=context.app.key,
        options=camel(DEFAULTS | values.get("management_options", {})),
        icon=values.get("icon", ""),
        template_id=template.template_id,
        subadmins=list(values.get("subadmin_ids", ())),
        robots=[Robot(name, TYPE_SCENE, code) for code, name in template.robots.items()],
    )


def _known(context: Context, uuid: str) -> Json | None:
    chatid, created = context.organisation.scene_uuids.get((context.app.key, uuid), ("", float("-inf")))
    if context.clock.now() - created >= context.unclear.uuid_seconds:
        return None
    if context.unclear.uuid_repeat == "error":
        raise _invalid("the uuid has been used")
    return _ids(context.organisation.chats[chatid])


def _ids(chat: Chat) -> Json:
    return {"open_conversation_id": chat.open_conversation_id, "chat_id": chat.chatid}


def _template(context: Context) -> Template:
    template = context.organisation.templates.get(context.values["template_id"])
    if template is None or not template.published:
        raise Refusal("groupTemplate.notFound", "the template is missing or offline")
    if template.app != context.app.key:
        raise Refusal("groupTemplate.permessionDenied.appNotInstalled", "the template belongs to another app")
    if not template.in_gray_list:
        raise Refusal("groupTemplate.permessionDenied.orgNotInGrayList", "the organisation is not in the gray list")
    return template


def update(context: Context) -> Json:
    """Change title, owner, icon and options."""
    values, chat = context.values, _own(context)
    owner = values.get("owner_user_id", chat.owner)
    if union := values.get("owner_union_id"):
        owner = _userids(context, [union])[0]
    if owner not in chat.members:
        raise _invalid("the owner is not among the members")
    chat.owner = owner
    chat.name = values.get("title", chat.name)
    chat.icon = values.get("icon", chat.icon)
    chat.options |= camel(values.get("management_options", {}))
    return {"success": True}


def add_members(context: Context) -> Json:
    """Add members, by userid or unionid."""
    chat, people = _own(context), _people(context)
    if context.organisation.unknown(people):
        raise _invalid("some IDs are not members of the organisation")
    chat.members = changed_members(context, chat, people, ())
    return {"success": True}


def delete_members(context: Context) -> Json:
    """Remove members, by userid or unionid; the owner cannot be removed."""
    chat, people = _own(context), _people(context)
    if chat.owner in people:
        raise _invalid("the owner cannot be removed")
    chat.members = changed_members(context, chat, (), people)
    return {"success": True}


def disband(context: Context) -> Json:
    """Dissolve a group."""
    chat = context.organisation.conversation(context.values["openConversationId"])
    if chat is None or not chat.template_id:
        raise Refusal("paramIllegal", "the openConversationId is invalid")
    if chat.app != context.app.key:
        raise Refusal("permession.checkFailed", "the group belongs to another app")
    chat.status = DISBANDED
    return {"success": True}


def _people(context: Context) -> list[str]:
    return [*context.values.get("user_ids", ()), *_userids(context, context.values.get("union_ids", ()))]


def _userids(context: Context, unionids: list[str]) -> list[str]:
    known = {user.unionid: user.userid for user in context.organisation.users.values()}
    if any(unionid not in known for unionid in unionids):
        raise _invalid("some unionids are not members of the organisation")
    return [known[unionid] for unionid in unionids]


def _own(context: Context) -> Chat:
    chat = context.organisation.conversation(context.values["open_conversation_id"])
    if chat is None or not chat.template_id or chat.status == DISBANDED:
        raise _invalid("the open_conversation_id is invalid")
    if chat.app != context.app.key:
        raise Refusal("permession.checkFailed", "the group belongs to another app")
    return chat


def _invalid(message: str) -> Refusal:
    return Refusal("parameter.invalid", message)


def _endpoint(path: str, work: object, schema: Json, invalid: str = "parameter.invalid") -> Endpoint:
    return Endpoint(
        style="new",
        method="POST",
        path=path,
        work=work,  # type: ignore[arg-type]
        schema=schema,
        invalid=invalid,
        scope="qyapi_chat_manage",
    )


_PEOPLE = fields("open_conversation_id", open_conversation_id=STRING, user_ids=STRINGS, union_ids=STRINGS)

ENDPOINTS = (
    _endpoint(
        "/v1.0/im/sceneGroup/create",
        create,
        fields(
            "title template_id owner_user_id",
            title=TITLE,
            template_id=STRING,
            owner_user_id=STRING,
            user_ids=STRINGS,
            subadmin_ids=STRINGS,
            uuid=STRING,
            icon=STRING,
            management_options=fields(**_OPTIONS),
        ),
    ),
    _endpoint(
        "/v1.0/im/sceneGroup/update",
        update,
        fields(
            "open_conversation_id",
            open_conversation_id=STRING,
            title=TITLE,
            icon=STRING,
            owner_user_id=STRING,
            owner_union_id=STRING,
            management_options=fields(**_OPTIONS, plugin_customize_verify=FLAG),
        ),
    ),
    _endpoint("/v1.0/im/sceneGroup/member/add", add_members, _PEOPLE),
    _endpoint("/v1.0/im/sceneGroup/member/delete", delete_members, _PEOPLE),
    _endpoint(
        "/v1.0/im/chat/scenegroup/disband",
        disband,
        fields("openConversationId", openConversationId=STRING),
        "paramIllegal",
    ),
)
