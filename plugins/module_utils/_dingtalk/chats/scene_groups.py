# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scene groups, which are chats created from a template: read and update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..api.client import DingTalk
from ..api.endpoints import (
    ADD_SCENE_MEMBERS,
    DISSOLVE_SCENE_GROUP,
    REMOVE_SCENE_MEMBERS,
    SCENE_GROUP,
    SCENE_MEMBERS,
    SCENE_SETTINGS,
    UPDATE_SCENE_GROUP,
    Endpoint,
)
from ..api.errors import DingTalkError
from ..api.response import mapping, number, strings, truth
from .changes import Difference, batches
from .chat import Chat
from .plain import DISSOLVED, GONE, SETTINGS, ChatGone

#: Settings in addition to those of plain chats; all take 0 or 1 (create-a-scene-group, management_options)
ONLY_SCENE = (
    "only_admin_can_ding",
    "only_admin_can_set_msg_top",
    "only_admin_can_add_mem",
    "add_friend_forbidden",
    "members_to_admin_chat",
    "group_email_disabled",
    "not_quit_when_emp_leave",
    "all_members_can_create_calendar",
    "all_members_can_create_mcs_conf",
    "group_live_switch",
)
#: User IDs in one request: 100 for the older endpoints (add-people-to-scene-group), undocumented for the newer ones
BATCH = 100
#: Most members in one page (query-group-members)
PAGE = 1000


class SceneGroups:
    """Reads and changes scene groups; every call counts against the monthly quota."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self._dingtalk = dingtalk

    def get(self, chat_id: str, conversation: str, with_settings: bool, key: str) -> Chat:
        """Return a scene group; settings and administrators cost one more call.

        Raises :class:`ChatGone` for a dissolved group.
        """
        try:
            group = self._query(SCENE_GROUP, conversation)
            if number(group.get("status"), default=1) == DISSOLVED:
                raise ChatGone(chat_id, "DingTalk reports it as disbanded.", key)
            members = self._members(conversation)
            settings, administrators = self._settings(conversation) if with_settings else ({}, ())
        except DingTalkError as error:
            if error.codes & GONE:
                reason = f"DingTalk returned {error.code}: {error.dingtalk_message}."
                raise ChatGone(chat_id, reason, key) from error
            raise
        return Chat(
            chat_id=chat_id,
            name=str(group.get("title") or ""),
            owner=str(group.get("ownerUserId") or ""),
            members=tuple(members),
            settings=settings,
            open_conversation_id=conversation,
            template_id=str(group.get("templateId") or ""),
            icon=str(group.get("icon") or ""),
            administrators=administrators,
        )

    def change(self, conversation: str, difference: Difference, batch: int = BATCH) -> None:
        """Apply the changes; an error's ``userids`` are the added members or the new owner."""
        for endpoint, fields in steps(difference, batch):
            try:
                self._dingtalk.call(
                    endpoint, body={"open_conversation_id": conversation, **fields}, subject=conversation
                )
            except DingTalkError as error:
                added = fields.get("user_ids", ()) if endpoint is ADD_SCENE_MEMBERS else ()
                error.userids = tuple(added) or tuple(filter(None, [fields.get("owner_user_id")]))
                raise

    def dissolve(self, conversation: str) -> None:
        """Dissolve a scene group, permanently and for everyone in it."""
        self._query(DISSOLVE_SCENE_GROUP, conversation)

    def _members(self, conversation: str) -> Iterator[str]:
        token = ""
        while True:
            more = {"nextToken": token} if token else {}
            page = self._query(SCENE_MEMBERS, conversation, maxResults=PAGE, **more)
            yield from strings(page.get("memberUserIds"))
            token = str(page.get("nextToken") or "")
            if not truth(page.get("hasMore")) or not token:
                return

    def _settings(self, conversation: str) -> tuple[dict[str, int], tuple[str, ...]]:
        body = {"open_conversation_id": conversation}
        answer = mapping(self._dingtalk.call(SCENE_SETTINGS, body=body, subject=conversation).get("result"))
        options = mapping(answer.get("management_options"))
        settings = {name: number(options[name]) for name in (*SETTINGS, *ONLY_SCENE) if name in options}
        return settings, tuple(strings(answer.get("sub_admin_staff_ids")))

    def _query(self, endpoint: Endpoint, conversation: str, **fields: Any) -> dict[str, Any]:
        body = {"openConversationId": conversation, **fields}
        return self._dingtalk.call(endpoint, body=body, subject=conversation)


def steps(difference: Difference, batch: int) -> Iterator[tuple[Endpoint, dict[str, Any]]]:
    """Yield the requests: add members, so that one may become owner; update; then remove members."""
    for userids in batches(difference.add, batch):
        yield ADD_SCENE_MEMBERS, {"user_ids": userids}
    update = {
        **({} if difference.name is None else {"title": difference.name}),
        **({} if difference.owner is None else {"owner_user_id": difference.owner}),
        **({} if difference.icon is None else {"icon": difference.icon}),
        **management_options(difference.settings),
    }
    if update:
        yield UPDATE_SCENE_GROUP, update
    for userids in batches(difference.remove, batch):
        yield REMOVE_SCENE_MEMBERS, {"user_ids": userids}


def management_options(settings: Mapping[str, int]) -> dict[str, Any]:
    """Return settings as a part of a request; empty without any."""
    options = {name: int(value) for name, value in settings.items()}
    return {"management_options": options} if options else {}
