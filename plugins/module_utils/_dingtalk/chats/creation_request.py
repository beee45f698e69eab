# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request that creates a chat: its body, its idempotency key, and the IDs in its answer."""

from __future__ import annotations

import uuid
from typing import Any

from ..api.client import DingTalk
from ..api.endpoints import CREATE_CHAT, CREATE_SCENE_GROUP
from ..api.errors import DingTalkError
from . import plain, scene_groups
from .chat import DesiredChat
from .created_ids import CreatedIds, created_ids


def request_creation(dingtalk: DingTalk, desired: DesiredChat, generation: int) -> CreatedIds:
    """Send one request to create a chat, with as many members as fit, and return the IDs in the answer.

    DingTalk has an idempotency key for scene groups only (create-a-scene-group): a timely repetition creates no second
    one. Raises ``DingTalkError``, whose ``outcome_unknown`` is true if the chat may exist nevertheless.
    """
    if desired.template_id:
        endpoint, keys = CREATE_SCENE_GROUP, ("chat_id", "open_conversation_id")
        body = _scene_body(desired, _uuid(dingtalk.app_key, desired.key, generation))
    else:
        endpoint, keys = CREATE_CHAT, ("chatid", "openConversationId")
        body = _plain_body(desired)
    error: DingTalkError | None = None
    try:
        answer = dingtalk.call(endpoint, body=body, subject=repr(desired.name))
    except DingTalkError as failure:
        error, answer = failure, failure.answer.body
    return created_ids(answer, secrets=dingtalk.secrets, endpoint=endpoint, name=desired.name, error=error, keys=keys)


def _plain_body(desired: DesiredChat) -> dict[str, Any]:
    return {
        "name": desired.name,
        "owner": desired.owner_id,
        "useridlist": first_members(desired, plain.BATCH),
        **({"icon": desired.icon} if desired.icon else {}),
        **plain.management_options(desired.settings),
    }


def _scene_body(desired: DesiredChat, uuid_of_group: str) -> dict[str, Any]:
    return {
        "title": desired.name,
        "template_id": desired.template_id,
        "owner_user_id": desired.owner_id,
        "user_ids": first_members(desired, scene_groups.BATCH),
        "uuid": uuid_of_group,
        **({"icon": desired.icon} if desired.icon else {}),
        **({"subadmin_ids": list(desired.administrator_ids)} if desired.administrators else {}),
        **scene_groups.management_options(desired.settings),
    }


def first_members(desired: DesiredChat, size: int) -> list[str]:
    """Return owner, administrators and members, up to ``size`` user IDs."""
    return list(dict.fromkeys([desired.owner_id, *desired.administrator_ids, *desired.member_ids]))[:size]


def _uuid(app_key: str, key: str, generation: int) -> str:
    """Return the idempotency key of a chat's creation (at most 64 characters), identical on every controller."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://api.dingtalk.com/{app_key}/{key}/{generation}").hex
